"""What an ops port tells in figures."""

from dataclasses import dataclass

from httpx import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

type Series = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Figures:
    values: dict[Series, float]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all series of that name with these labels."""
        wanted = set(labels.items())
        return sum(value for (given, pairs), value in self.values.items() if given == name and wanted <= set(pairs))


async def figures(ops_url: str) -> Figures:
    async with AsyncClient(timeout=30) as client:
        answer = await client.get(f"{ops_url}/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return Figures({(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples})
