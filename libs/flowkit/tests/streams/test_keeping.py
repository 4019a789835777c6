"""Streams and consumers become what is declared, or it is said why not: in memory and on NATS alike."""

import asyncio
from typing import Any

import msgspec
import pytest
from flowkit.bus import Bus
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.streams import Streams, StreamsRefused
from flowkit.streams.conflict import Conflict
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping

from .grounds import DIARY, IN_ORDER, KEEPER, PARTICIPANTS, SOON_S, Grounds, Teller, bodies

# There is room for it in a server's memory too.
SMALL = StreamOptions(most_bytes=1 << 20)


def keeping(bus: Bus, options: StreamOptions | None = None) -> Keeping:
    return Keeping(bus, Declared.of(PARTICIPANTS, options or StreamOptions()))


async def made(bus: Bus, what: str, config: dict[str, Any]) -> None:
    answer = await bus.request(f"$JS.API.{what}", msgspec.json.encode(config), within=SOON_S)
    assert b'"error"' not in answer.data


async def consumer_made(bus: Bus, name: str, config: dict[str, Any]) -> None:
    asked = {"stream_name": EVENTS, "config": {"durable_name": name, "ack_policy": "explicit"} | config}
    await made(bus, f"CONSUMER.CREATE.{EVENTS}.{name}", asked)


async def test_what_is_declared_is_made(bus: Bus) -> None:
    assert await keeping(bus).keep() == ()
    streams = Streams(bus)
    events, dead_letters = await streams.info(EVENTS), await streams.info(DEAD_LETTERS)

    assert sorted(events.config["subjects"]) == ["again.>", "event.>"]
    assert (events.config["storage"], events.config["discard"]) == ("file", "new")
    assert events.config["max_age"] == 7 * 24 * 3600 * 10**9
    assert events.config["deny_delete"]
    assert not events.config.get("deny_purge")
    assert dead_letters.config["subjects"] == ["dead.>"]
    assert dead_letters.config["max_msgs_per_subject"] == 1
    assert dead_letters.config["discard_new_per_subject"]


async def test_whoever_reacts_has_a_consumer_and_one_a_partition_where_it_is_ordered(bus: Bus) -> None:
    await keeping(bus).keep()
    streams = Streams(bus)
    keeper, in_order = await streams.consumer(KEEPER), await streams.consumer(IN_ORDER)

    assert keeper.config["filter_subjects"] == ["event.lamp.lit.v1.*", "again.keeper.lamp.lit.v1.*"]
    assert (keeper.config["ack_policy"], keeper.config["max_deliver"]) == ("explicit", -1)
    assert in_order.config["filter_subjects"] == ["event.lamp.broken.v1.3", "again.keeper.lamp.broken.v1.3"]
    assert (keeper.config["max_ack_pending"], in_order.config["max_ack_pending"]) == (1000, 1)
    assert (await streams.consumer(DIARY)).config["deliver_policy"] == "all"


async def test_to_keep_what_is_kept_changes_nothing(bus: Bus) -> None:
    await keeping(bus).keep()
    await Teller(Streams(bus)).tell(b"one")
    before = await Streams(bus).info(EVENTS)

    assert await keeping(bus).keep() == ()
    assert await Streams(bus).info(EVENTS) == before


async def test_several_may_keep_at_once(bus: Bus, grounds: Grounds) -> None:
    buses = [bus, await grounds.connect(), await grounds.connect()]

    assert await asyncio.gather(*(keeping(each).keep() for each in buses)) == [(), (), ()]


async def test_another_setting_is_taken_over_and_nothing_is_lost(bus: Bus) -> None:
    await keeping(bus).keep()
    await Teller(Streams(bus)).tell(b"one")
    other = StreamOptions(days=9, most_bytes=1 << 20, duplicate_window_s=5, ack_wait_s=7)
    assert await keeping(bus, other).keep() == ()
    streams = Streams(bus)
    events = await streams.info(EVENTS)

    assert events.config["max_age"] == 9 * 24 * 3600 * 10**9
    assert (events.config["max_bytes"], events.config["duplicate_window"]) == (1 << 20, 5 * 10**9)
    assert (await streams.consumer(KEEPER)).ack_wait_s == 7
    assert bodies(await streams.pull(KEEPER, 10, SOON_S)) == [b"one"]


async def test_what_somebody_else_set_beside_stays(bus: Bus) -> None:
    wanted = dict(Declared.of(PARTICIPANTS, StreamOptions()).streams[0])
    await made(bus, f"STREAM.CREATE.{EVENTS}", wanted | {"metadata": {"team": "lamps"}, "max_age": 3600 * 10**9})
    assert await keeping(bus).keep() == ()
    events = await Streams(bus).info(EVENTS)

    assert events.config["metadata"]["team"] == "lamps"
    assert events.config["max_age"] == 7 * 24 * 3600 * 10**9


async def test_a_consumer_of_another_event_is_given_its_own(bus: Bus) -> None:
    await made(bus, f"STREAM.CREATE.{EVENTS}", dict(Declared.of(PARTICIPANTS, StreamOptions()).streams[0]))
    await consumer_made(bus, KEEPER, {"filter_subjects": ["event.other.>"], "max_ack_pending": 3})

    assert await keeping(bus).keep() == ()
    standing = await Streams(bus).consumer(KEEPER)
    assert standing.config["filter_subjects"] == ["event.lamp.lit.v1.*", "again.keeper.lamp.lit.v1.*"]
    assert standing.config["max_ack_pending"] == 1000


async def test_what_cannot_be_changed_is_said_with_what_to_do(bus: Bus) -> None:
    wanted = dict(Declared.of(PARTICIPANTS, SMALL).streams[0])
    await made(bus, f"STREAM.CREATE.{EVENTS}", wanted | {"storage": "memory", "max_age": 3600 * 10**9})
    (conflict,) = await keeping(bus, SMALL).keep()

    assert conflict.what == f"stream {EVENTS}"
    assert conflict.differs == {
        "storage": ("memory", "file"),
        "max_age": (3600 * 10**9, 7 * 24 * 3600 * 10**9),
    }
    told = str(conflict)
    assert told.startswith('stream EVENTS: storage is "memory", declared "file"')
    assert "can not change storage type (10052). What to do: set it back" in told
    assert (await Streams(bus).info(EVENTS)).config["storage"] == "memory"


async def test_a_stream_of_old_from_which_nothing_may_be_purged_is_said(bus: Bus) -> None:
    wanted = dict(Declared.of(PARTICIPANTS, SMALL).streams[0])
    await made(bus, f"STREAM.CREATE.{EVENTS}", wanted | {"deny_purge": True})
    (conflict,) = await keeping(bus, SMALL).keep()

    assert conflict.differs == {"deny_purge": (True, False)}
    assert "can not cancel deny purge (10052). What to do: " in str(conflict)
    with pytest.raises(StreamsRefused, match="stream purge not permitted"):
        await Streams(bus).remove_up_to(EVENTS, 1)


async def test_what_conflicts_keeps_nothing_else_from_being_made(bus: Bus) -> None:
    wanted = dict(Declared.of(PARTICIPANTS, SMALL).streams[0])
    await made(bus, f"STREAM.CREATE.{EVENTS}", wanted | {"storage": "memory"})
    await keeping(bus, SMALL).keep()

    assert (await Streams(bus).info(DEAD_LETTERS)).messages == 0
    assert (await Streams(bus).consumer(KEEPER)).pending == 0


async def test_subjects_that_another_stream_has_are_said_once_and_not_for_each_consumer(bus: Bus) -> None:
    await made(bus, f"STREAM.CREATE.{DEAD_LETTERS}", {"name": DEAD_LETTERS, "subjects": ["event.>"], "discard": "new"})
    first = await keeping(bus).keep()

    assert [conflict.what for conflict in first] == [f"stream {EVENTS}"]
    assert str(first[0]).startswith("stream EVENTS: there is none. The server: subjects overlap")
    assert "remove the other stream" in str(first[0])
    # Its neighbour was put right meanwhile, so there is room now.
    assert await keeping(bus).keep() == ()


async def test_more_replicas_than_there_are_servers_are_said(bus: Bus) -> None:
    await keeping(bus).keep()
    conflicts = await keeping(bus, StreamOptions(replicas=3)).keep()

    assert [conflict.what for conflict in conflicts] == [f"stream {EVENTS}", f"stream {DEAD_LETTERS}"]
    assert "num_replicas is 1, declared 3" in str(conflicts[0])
    assert "EVENTS_REPLICAS be 1" in str(conflicts[0])


async def test_what_was_removed_is_made_again(bus: Bus) -> None:
    await keeping(bus).keep()
    await Teller(Streams(bus)).tell(b"one")
    await bus.request(f"$JS.API.CONSUMER.DELETE.{EVENTS}.{KEEPER}", b"", within=SOON_S)

    assert await keeping(bus).keep() == ()
    assert bodies(await Streams(bus).pull(KEEPER, 10, SOON_S)) == [b"one"]


def test_a_refusal_nobody_foresaw_leads_to_the_servers_log() -> None:
    told = str(Conflict("consumer a", {}, StreamsRefused(1, "out of sorts")))
    assert told == "consumer a: there is none. The server: out of sorts (1). What to do: see the server's log"
