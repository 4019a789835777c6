"""The cluster's streams, as an operator finds them."""

import asyncio
from typing import Any

from contracts.bus import PARTICIPANTS
from flowkit.contract import DEAD_LETTERS, EVENTS, consumers_of

from tests.cluster import Running
from tests.integration.bus import PATIENCE_S, Bus, connected

CONSUMERS = [
    consumer for each in PARTICIPANTS for event in each.reacts_to for consumer in consumers_of(each.name, event)
]


async def info(bus: Bus, what: str) -> dict[str, Any]:
    """Of what may be made a moment from now."""
    async with asyncio.timeout(PATIENCE_S):
        while "error" in (told := (await bus.ask(f"$JS.API.{what}")).body):
            await asyncio.sleep(0.05)
    return told


async def test_a_cluster_has_its_streams_on_disk_and_discards_nothing(cluster: Running) -> None:
    async with connected(cluster.nats_url) as bus:
        for stream in (EVENTS, DEAD_LETTERS):
            config = (await info(bus, f"STREAM.INFO.{stream}"))["config"]
            assert (config["storage"], config["discard"], config["retention"]) == ("file", "new", "limits"), stream


async def test_whoever_reacts_to_an_event_has_its_place_in_the_stream(cluster: Running) -> None:
    async with connected(cluster.nats_url) as bus:
        for consumer in CONSUMERS:
            told = await info(bus, f"CONSUMER.INFO.{EVENTS}.{consumer.name}")
            assert told["config"]["filter_subjects"] == list(consumer.subjects)
