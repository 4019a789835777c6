"""What reactions need may be away: they wait, say so once, and go on by themselves."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from flowkit.bus import Bus
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.call import Call
from flowkit.contract import Crowded, Unavailable
from flowkit.servers import NatsServer
from flowkit.testing.memory_bus import MemoryBroker
from structlog.testing import capture_logs

from .scenes import Diary, Visited, said, scene, streams_kept, visited


def waits(logs: Sequence[Mapping[str, object]]) -> list[tuple[object, object]]:
    return [(line["event"], line["waiting_for"]) for line in logs if "waiting_for" in line]


@pytest.mark.parametrize("away_as", [Unavailable, RuntimeError])
async def test_while_the_database_is_away_nothing_is_pulled_and_no_attempt_is_spent(
    bus: Bus, away_as: type[Exception]
) -> None:
    """Away in whatever way: a password that is no longer the right one is no fault of an event."""
    diary = Diary(is_away=True, away_as=away_as)
    with capture_logs() as logs:
        async with scene(bus, diary=diary) as host:
            for n in range(3):
                await host.tell(said(f"{n}"))
            await host.until(lambda: waits(logs))
            before = host.again
            await host.until(lambda: diary.refused > before + 10)
            given_back = host.again
            diary.is_away = False

            await host.written("0", "1", "2")

    assert given_back <= 3, "each was given once, to find that there is no database, and then waited for it"
    assert waits(logs) == [("events wait", "the database"), ("events wait no longer", "the database")]


async def test_a_pool_in_which_nothing_came_free_is_not_taken_for_a_database_that_is_away(bus: Bus) -> None:
    diary = Diary(is_away=True, away_as=Crowded)
    with capture_logs() as logs:
        async with scene(bus, diary=diary) as host:
            await host.tell(said("first"))
            await host.until(lambda: host.again >= 3)
            diary.is_away = False
            await host.written("first")

    assert waits(logs) == []


@dataclass
class ReadOnly(Diary):
    """As a standby answers, or a database without its tables: transactions can be opened, and nothing be written."""

    is_read_only: bool = True
    tried: Callable[[], None] = lambda: None

    async def mark_done(self, consumer: str, event_id: str) -> bool:
        self.tried()
        if self.is_read_only:
            raise RuntimeError("cannot execute INSERT in a read-only transaction")
        return await super().mark_done(consumer, event_id)


async def test_a_database_that_can_be_read_and_not_written_costs_no_attempts_either(bus: Bus) -> None:
    tries: list[int] = []
    diary = ReadOnly(tried=lambda: tries.append(1))
    with capture_logs() as logs:
        async with scene(bus, diary=diary) as host:
            for n in range(3):
                await host.tell(said(f"{n}"))
            await host.until(lambda: host.again)
            await host.until(lambda: len(tries) > 20)
            given_back = host.again
            diary.is_read_only = False

            await host.written("0", "1", "2")

    assert given_back <= 3
    assert waits(logs) == [("events wait", "the database"), ("events wait no longer", "the database")]


async def test_a_consumer_that_is_not_there_yet_is_waited_for_and_its_maker_is_told(empty_bus: Bus) -> None:
    with capture_logs() as logs:
        async with scene(empty_bus) as host:
            await host.until(lambda: waits(logs))
            await streams_kept(empty_bus)
            await host.tell(said("hello"))

            await host.written("hello")
            await host.until(lambda: len(waits(logs)) == 2)

    what = "a consumer that is not there yet"
    assert waits(logs) == [("events wait", what), ("events wait no longer", what)]
    assert next(line for line in logs if "made_by" in line)["made_by"] == "auth"


async def test_nats_may_go_and_come_back_in_the_middle() -> None:
    async with NatsServer.temporary() as server:
        bus = NatsBus(NatsOptions(server.url))
        await bus.flush(within=10)
        await streams_kept(bus)
        with capture_logs() as logs:
            async with scene(bus) as host:
                await host.tell(said("before"))
                await host.written("before")
                server.kill()
                await server.wait()
                await host.until(lambda: waits(logs))
                await server.start()
                await host.until(lambda: bus.is_connected)
                await host.tell(said("after"))

                await host.written("before", "after")
                await host.until(lambda: len(waits(logs)) == 2)
        await bus.close()

    assert waits(logs) == [("events wait", "nats"), ("events wait no longer", "nats")]


async def test_what_was_done_while_the_connection_was_lost_is_acknowledged_over_the_next() -> None:
    bus = MemoryBroker().connect()
    await streams_kept(bus)

    async def cut_off(event: Visited, _: Call, tx: Diary) -> None:
        await tx.write(event.said)
        bus.cut()

    async with scene(bus, cut_off) as host:
        await host.tell(said("hello"))
        await host.until(lambda: host.diary.lines)
        await asyncio.sleep(0)
        bus.restore()

        await host.written("hello")
    assert host.diary.opened == 1
    assert host.figure("events_redelivered_total", event=visited.name) == 0
