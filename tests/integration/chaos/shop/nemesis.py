"""Who strikes: at what and how is drawn from a seed, so that a run can be made again."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final, Literal

from flowctl.cluster import Cluster
from flowctl.cluster.process import Process

from tests.integration.chaos.system import true_within

type How = Literal["kill", "freeze"]

# The relays live in customer, order and payment; a server is killed with all its children.
PARTS: Final = ("gateway", "auth", "customer", "order", "payment", "notification", "nats", "postgres")
FREEZING, TWO_AT_ONCE = 0.15, 0.3
# Not at once, so that a strike falls into the middle of things and not only into beginnings.
LOADED_S, HELD_S = (0.3, 1.5), (0.5, 2.5)
WELL_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Strike:
    parts: tuple[str, ...]
    how: How
    after_s: float
    held_s: float

    def __str__(self) -> str:
        return f"{self.how} {' and '.join(self.parts)}"

    async def hit(self, cluster: Cluster) -> None:
        """Return once nothing more is done by us, and whoever was killed has been started again by the cluster."""
        processes = [process for part in self.parts for process in cluster.processes[part]]
        await (_kill(processes) if self.how == "kill" else self._freeze(processes))

    async def _freeze(self, processes: list[Process]) -> None:
        for process in processes:
            process.freeze()
        try:
            await asyncio.sleep(self.held_s)
        finally:
            for process in processes:
                process.thaw()


async def _kill(processes: list[Process]) -> None:
    before = {process.name: process.restarts for process in processes}
    for process in processes:
        process.kill()

    async def run_again() -> bool:
        return all(process.restarts > before[process.name] for process in processes)

    await true_within(WELL_WITHIN_S, run_again, f"{', '.join(before)} run again")


def plan(seed: int, rounds: int) -> list[Strike]:
    """Each part is killed before any is killed again, at times two at once; between them somebody is frozen."""
    chance = random.Random(seed)  # noqa: S311  a seed makes the run the same again
    due: list[str] = []
    strikes: list[Strike] = []
    for _ in range(rounds):
        if chance.random() < FREEZING:
            strikes.append(_drawn((chance.choice(PARTS),), "freeze", chance))
            continue
        due = due or chance.sample(PARTS, len(PARTS))
        parts = [due.pop()]
        if due and chance.random() < TWO_AT_ONCE:
            parts.append(due.pop())
        strikes.append(_drawn(tuple(parts), "kill", chance))
    return strikes


def _drawn(parts: tuple[str, ...], how: How, chance: random.Random) -> Strike:
    return Strike(parts, how, chance.uniform(*LOADED_S), chance.uniform(*HELD_S))
