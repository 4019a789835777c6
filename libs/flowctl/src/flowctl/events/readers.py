"""Who reads which events, and how far they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from contracts.bus import PARTICIPANTS
from flowkit.contract import EVENTS, Consumer, Event, consumers_of
from flowkit.streams import ConsumerStanding, NoSuchConsumer, NoSuchStream, Streams


@dataclass(frozen=True, slots=True)
class Reader:
    """A service's consumers of an event: one, or where it is ordered one a partition. None of it is known where one of
    them is not there."""

    event: Event[Any]
    service: str
    standings: Sequence[ConsumerStanding] = ()
    oldest: datetime | None = None
    """When that was stored which is not finished, and has waited longest."""

    @property
    def is_there(self) -> bool:
        return bool(self.standings)

    @property
    def pending(self) -> int:
        return sum(each.pending for each in self.standings)

    @property
    def in_flight(self) -> int:
        return sum(each.unacknowledged for each in self.standings)

    @property
    def redelivered(self) -> int:
        return sum(each.redelivered for each in self.standings)


def announcers() -> dict[str, tuple[Event[Any], str]]:
    """By the name and version of an event: what it is, and who announces it."""
    return {event.subject: (event, each.name) for each in PARTICIPANTS for event in each.announces}


def services_reacting_to(event: Event[Any]) -> list[str]:
    return [each.name for each in PARTICIPANTS if event in each.reacts_to]


@cache
def actors(event: str) -> frozenset[str]:
    """The services that act on an event of that name, in any version of it."""
    return frozenset(who.name for who in PARTICIPANTS if any(each.name == event for each in who.reacts_to))


def read_by(service: str, event: str | None = None) -> list[Consumer]:
    """What a service reads with, of every event it acts on or of that one."""
    reacting = [(each.name, told) for each in PARTICIPANTS for told in each.reacts_to if each.name == service]
    return [consumer for name, told in reacting if event in (None, told.name) for consumer in consumers_of(name, told)]


def every_consumer() -> list[Consumer]:
    return [consumer for each in PARTICIPANTS for consumer in read_by(each.name)]


async def readers(streams: Streams) -> list[Reader]:
    """Of every event that is reacted to; raises the bus's faults."""
    asked = [
        _reader(streams, service, event)
        for event, _ in announcers().values()
        for service in services_reacting_to(event)
    ]
    return list(await asyncio.gather(*asked))


async def _reader(streams: Streams, service: str, event: Event[Any]) -> Reader:
    consumers = list(consumers_of(service, event))
    try:
        standings = await asyncio.gather(*(streams.consumer(each.name) for each in consumers))
    except (NoSuchConsumer, NoSuchStream):
        return Reader(event, service)
    behind = [_oldest(streams, *pair) for pair in zip(consumers, standings, strict=True) if _is_behind(pair[1])]
    oldest = [moment for moment in await asyncio.gather(*behind) if moment is not None]
    return Reader(event, service, standings, min(oldest, default=None))


def _is_behind(standing: ConsumerStanding) -> bool:
    return standing.pending + standing.unacknowledged > 0


async def _oldest(streams: Streams, consumer: Consumer, standing: ConsumerStanding) -> datetime | None:
    pages = await asyncio.gather(
        *(streams.read(EVENTS, start=standing.floor + 1, most=1, subject=subject) for subject in consumer.subjects)
    )
    return min((kept.stored_at for page in pages for kept in page), default=None)
