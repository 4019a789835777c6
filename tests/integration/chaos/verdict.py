"""What may come of requests while a part is away, and what may be left behind in the database."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none; what is used of it is typed below
import msgspec
from contracts.customer import register
from flowkit.servers.databases import Connect
from flowkit.telemetry.names import FLOW_HANDLED

from .load import Outcome, Tally
from .system import System
from .waits import Waits

TABLE = {502: "BAD_GATEWAY", 503: "SERVICE_UNAVAILABLE", 504: "TIMEOUT"}
LATENESS_S = 0.1


def refuse_anything_but_the_table(tally: Tally, deadline_s: float, waits: Waits) -> None:
    """Success, or an error that says what happened; and never later than the deadline."""
    odd = [each for each in tally.failed if TABLE.get(each.status) != each.error_code]
    assert not odd, f"{len(odd)} answers are not of the table, the first: {odd[0]}"
    refuse_anything_late(tally, deadline_s, waits)


def refuse_anything_late(tally: Tally, deadline_s: float, waits: Waits) -> None:
    """Later than the deadline by more than those who were to ask and to answer then waited for a processor."""
    late = [
        each for each in tally.outcomes if each.took > deadline_s + LATENESS_S + _kept_from_it(each, deadline_s, waits)
    ]
    assert not late, f"{len(late)} answers after their deadline, the first: {late[0]}"


def _kept_from_it(each: Outcome, deadline_s: float, waits: Waits) -> float:
    """A late beginning, as the time counts from when the gateway has read the request; and a late end."""
    due, came = each.began + deadline_s, each.began + each.took
    return waits.between(each.began, each.began + LATENESS_S) + waits.between(due, max(due, came))


@dataclass(frozen=True, slots=True)
class Marks:
    """When each customer was made, by email, as the database has it."""

    made: dict[str, datetime]

    @classmethod
    async def left_in(cls, system: System) -> "Marks":
        (process,) = system.processes("customer")
        connect = cast("Connect", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]  see Connect
        connection = await connect(process.database_url, timeout=20)
        try:
            rows = await connection.fetchval("SELECT coalesce(json_object_agg(email, created_at), '{}') FROM customers")
        finally:
            await connection.close()
        return cls(msgspec.json.decode(cast("str", rows), type=dict[str, datetime]))

    def refuse_untold(self, outcomes: Iterable[Outcome], deadline_s: float) -> None:
        """What was answered 201 is there, what was answered 503 is not, and nothing was made after its answer. Only
        TIMEOUT is answered before anybody knows, where the connection under a request is lost: by its deadline then."""
        for each in outcomes:
            made = self.made.get(each.request.mark)
            assert (made is not None) or each.status != 201, f"told of, and lost: {each}"
            assert made is None or each.status != 503, f"not to have run, and yet made at {made}: {each}"
            last = each.sent_at + (max(each.took, deadline_s) if each.status == 504 else each.took)
            assert made is None or made.timestamp() <= last, f"made at {made}, too late: {each}"


def refuse_registered_twice(lines: Iterable[Mapping[str, Any]]) -> None:
    """A request is carried out by one attempt: all others of its trace were told that they did not run."""
    flows = [line for line in lines if line.get("event") == FLOW_HANDLED and line["flow"] == register.subject]
    carried_out = Counter(line["trace_id"] for line in flows if line["status"] != 503)
    twice = [trace_id for trace_id, times in carried_out.items() if times > 1]
    assert not twice, [line for line in flows if line["trace_id"] in twice]
