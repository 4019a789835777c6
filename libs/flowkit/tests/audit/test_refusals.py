"""Refusals are written soon, and a flood of them in a few lines."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flowkit.audit import Audited, Entry, Refusals, TellAudit
from flowkit.audit.keeping import kept
from flowkit.contract import Unavailable
from flowkit.contract.audit import WhichEntries
from flowkit.postgres import Store
from flowkit.testing.calls import a_call

ADA = Entry(action="customer.login", outcome="UNAUTHORIZED", subject_kind="customer", subject="ada")
NOBODY = replace(ADA, subject=None)


@dataclass(slots=True)
class Log:
    written: list[Entry] = field(default_factory=list[Entry])
    is_away: bool = False
    now: float = 0.0

    async def write(self, entries: Sequence[Entry]) -> None:
        if self.is_away:
            raise Unavailable
        self.written.extend(entries)

    @property
    def refusals(self) -> Refusals:
        return Refusals(self.write, most=4, clock=lambda: self.now)

    @property
    def times(self) -> list[tuple[str | None, int]]:
        return [(entry.subject, entry.times) for entry in self.written]


async def second_by_second(log: Log, refusals: Refusals, seconds: int, *each: Entry) -> None:
    for _ in range(seconds):
        for entry in each:
            refusals.note(entry)
        await refusals.flush()
        log.now += 1


async def test_the_first_of_a_minute_is_written_at_once_and_the_rest_as_one() -> None:
    log = Log()
    refusals = log.refusals

    await second_by_second(log, refusals, 1, *[ADA] * 3)
    assert log.times == [("ada", 3)]
    await second_by_second(log, refusals, 59, ADA, ADA)
    assert log.times == [("ada", 3)]
    await second_by_second(log, refusals, 1)
    assert log.times == [("ada", 3), ("ada", 118)]


async def test_a_flood_over_many_accounts_is_a_few_lines_and_none_of_it_is_lost() -> None:
    log = Log()
    refusals = log.refusals
    crowd = [replace(ADA, subject=f"account {n}") for n in range(200)]

    await second_by_second(log, refusals, 300, *crowd)
    await refusals.flush(all_of_it=True)

    assert sum(entry.times for entry in log.written) == 300 * 200
    assert len(log.written) <= 6 * 2 * (4 + 1)
    assert {entry.subject for entry in log.written} == {"account 0", "account 1", "account 2", "account 3", None}


async def test_who_is_known_and_who_is_not_are_noted_alike() -> None:
    log = Log()
    refusals = log.refusals

    await second_by_second(log, refusals, 1, ADA, NOBODY)

    assert log.times == [("ada", 1), (None, 1)]


async def test_of_what_is_alike_the_trace_of_the_first_is_told() -> None:
    log = Log()
    refusals = log.refusals

    await second_by_second(log, refusals, 2, replace(ADA, trace_id="first"), replace(ADA, trace_id="second"))
    await refusals.flush(all_of_it=True)

    assert [entry.trace_id for entry in log.written] == ["first", "first"]


async def test_what_cannot_be_written_now_is_written_later() -> None:
    log = Log(is_away=True)
    refusals = log.refusals
    for _ in range(3):
        refusals.note(ADA)
        try:
            await refusals.flush()
        except Unavailable:
            log.now += 100

    log.is_away = False
    await refusals.flush()

    assert log.times == [("ada", 3)]


async def test_what_comes_while_it_is_written_is_not_lost() -> None:
    log = Log()
    refusals = log.refusals

    async def slow(entries: Sequence[Entry]) -> None:
        refusals.note(ADA)
        await log.write(entries)

    refusals.write = slow
    refusals.note(ADA)
    await refusals.flush(all_of_it=True)
    refusals.write = log.write
    await refusals.flush(all_of_it=True)

    assert log.times == [("ada", 1), ("ada", 1)]


async def test_what_is_noted_is_in_the_log_soon_and_at_the_latest_at_the_end(
    store: Store[Audited],
) -> None:
    async def recorded() -> int:
        return sum(entry.times for entry in (await TellAudit(store).run(WhichEntries(), a_call())).items)

    async with kept(store, timedelta(days=30)) as refusals:
        refusals.note(ADA)
        async with asyncio.timeout(20):
            while not await recorded():
                await asyncio.sleep(0.05)
        refusals.note(ADA)
        refusals.note(ADA)
    assert await recorded() == 3
