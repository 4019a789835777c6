"""What whoever keeps the streams tells of them: how full they are, and who reads them."""

import asyncio
from dataclasses import replace

import pytest
from flowkit import chores
from flowkit.bus import Bus
from flowkit.contract import DEAD_LETTERS, EVENTS, Participant
from flowkit.process.watched_streams import WatchedStreams, watched_streams
from flowkit.streams import Streams, StreamStanding
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics

from .grounds import DIARY, PARTICIPANTS, SOON_S, Teller, declare, lit


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("auth")


@pytest.fixture
def watched(streams: Streams, metrics: Metrics) -> WatchedStreams:
    return WatchedStreams.of(streams, PARTICIPANTS, metrics)


def of_stream(metrics: Metrics, name: str, stream: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"stream": stream})


def readers(metrics: Metrics, service: str, event: str) -> float | None:
    return metrics.registry.get_sample_value(names.EVENT_READERS, {"service": service, "event": event})


async def test_it_is_told_how_full_a_stream_is(watched: WatchedStreams, teller: Teller, metrics: Metrics) -> None:
    for body in (b"one", b"two"):
        await teller.tell(body)

    await watched.look()

    assert of_stream(metrics, names.STREAM_MESSAGES, EVENTS) == 2
    assert of_stream(metrics, names.STREAM_MESSAGES, DEAD_LETTERS) == 0
    assert 0 < (of_stream(metrics, names.STREAM_BYTES, EVENTS) or 0) < 1000
    assert of_stream(metrics, names.STREAM_MOST_BYTES, EVENTS) == StreamOptions().most_bytes


async def test_whoever_reads_is_counted_for_as_long_as_they_do(
    watched: WatchedStreams, streams: Streams, metrics: Metrics
) -> None:
    await watched.look()
    assert readers(metrics, "diary", "lamp.lit") == 0

    reading = asyncio.create_task(streams.pull(DIARY, 1, SOON_S))
    try:
        async with asyncio.timeout(SOON_S):
            while readers(metrics, "diary", "lamp.lit") != 1:
                await watched.look()
        assert readers(metrics, "keeper", "lamp.lit") == 0
    finally:
        reading.cancel()


async def test_a_version_that_nobody_reads_is_not_hidden_by_another_that_is_read(bus: Bus, metrics: Metrics) -> None:
    later = replace(lit, version=2)
    participants = (Participant("tellers", announces=(lit, later)), Participant("diary", reacts_to=(lit, later)))
    assert not await Keeping(bus, Declared.of(participants, StreamOptions())).keep()
    watched = WatchedStreams.of(Streams(bus), participants, metrics)
    readings = list[asyncio.Task[object]]()
    try:
        for version, readers_then in ((1, 0), (2, 1)):
            consumer = f"diary-lamp-lit-v{version}"
            readings.append(asyncio.create_task(Streams(bus).pull(consumer, 1, SOON_S)))
            async with asyncio.timeout(SOON_S):
                while not (await Streams(bus).consumer(consumer)).waiting:
                    await asyncio.sleep(0.01)
            await watched.look()
            assert readers(metrics, "diary", "lamp.lit") == readers_then
    finally:
        for each in readings:
            each.cancel()


async def test_who_should_read_what_is_told_before_anybody_has(watched: WatchedStreams, metrics: Metrics) -> None:
    await watched.look()

    told = {(service, event): readers(metrics, service, event) for service, event in _declared()}
    assert told == dict.fromkeys(_declared(), 0)


async def test_streams_that_are_not_there_yet_are_told_once_they_are(bus: Bus, metrics: Metrics) -> None:
    async with watched_streams(WatchedStreams.of(Streams(bus), PARTICIPANTS, metrics), every=0.01):
        await declare(bus)
        async with asyncio.timeout(SOON_S):
            while not of_stream(metrics, names.STREAM_MOST_BYTES, EVENTS):
                await asyncio.sleep(0.01)


async def test_a_look_that_fails_as_nobody_foresaw_is_not_the_last(
    bus: Bus, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    info, faults = Streams.info, [LookupError("what is this?")]

    async def info_at_last(streams: Streams, stream: str) -> StreamStanding:
        if faults:
            raise faults.pop()
        return await info(streams, stream)

    monkeypatch.setattr(Streams, "info", info_at_last)
    monkeypatch.setattr(chores, "AGAIN_S", 0.0)
    await declare(bus)
    async with watched_streams(WatchedStreams.of(Streams(bus), PARTICIPANTS, metrics)):
        async with asyncio.timeout(SOON_S):
            while not of_stream(metrics, names.STREAM_MOST_BYTES, EVENTS):
                await asyncio.sleep(0.01)


def _declared() -> list[tuple[str, str]]:
    return [(each.name, event.name) for each in PARTICIPANTS for event in each.reacts_to]
