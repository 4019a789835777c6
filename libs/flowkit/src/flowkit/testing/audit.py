"""An audit log in a list, for the fake stores of flows' tests."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from flowkit.audit import Entry
from flowkit.contract.audit import AuditEntry, WhichEntries


@dataclass(slots=True)
class FakeAudit:
    """`recorded` is what was written, the oldest first; `told` the same in the fewest words."""

    recorded: list[Entry] = field(default_factory=list[Entry])

    async def record(self, *entries: Entry) -> None:
        self.recorded.extend(entries)

    async def entries(self, which: WhichEntries) -> Sequence[AuditEntry]:
        kept = [AuditEntry(id=_id(n), at=datetime.now(UTC), **asdict(each)) for n, each in enumerate(self.recorded)]
        return [each for each in kept[::-1] if _fits(each, which)][: which.limit + 1]

    @property
    def told(self) -> list[tuple[str, str, str | None, str | None]]:
        """Action, outcome, who did it, to whom."""
        return [(each.action, each.outcome, each.actor, each.subject) for each in self.recorded]


class Noted(list[Entry]):
    """Refusals, as they were noted."""

    def note(self, entry: Entry) -> None:
        self.append(entry)


def _id(number: int) -> str:
    return str(UUID(int=number))


def _fits(entry: AuditEntry, which: WhichEntries) -> bool:
    asked = {name: value for name, value in msgspec.structs.asdict(which).items() if value is not msgspec.UNSET}
    return all(
        (
            asked.get("actor", entry.actor) == entry.actor,
            asked.get("subject", entry.subject) == entry.subject,
            asked.get("about", entry.actor) in (entry.actor, entry.subject),
            asked.get("trace", entry.trace_id) == entry.trace_id,
            asked.get("since", entry.at) <= entry.at,
            "before" not in asked or entry.id < asked["before"],
        )
    )
