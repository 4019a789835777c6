"""What a participant may do on the bus: what it declares, and no more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from flowkit.contract import EVENTS, Participant, callers_of, consumers_of, inbox_prefix_of

_SERVICE_VERBS = ("PING", "INFO", "STATS")


@dataclass(frozen=True, slots=True)
class Permissions:
    """Patterns as NATS reads them; `subject queue` is a subscription as a member of that queue group alone."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    @classmethod
    def of(cls, who: Participant, everyone: Sequence[Participant]) -> Self:
        return cls(_unique(_publishes(who, everyone)), _unique(_subscribes(who)))


def _publishes(who: Participant, everyone: Sequence[Participant]) -> Iterator[str]:
    yield from (contract.subject for contract in who.calls)
    yield from (notice.subject for notice in who.tells)
    yield from (f"{event.subject}.*" for event in who.announces)
    yield from _reads(who)
    if who.serves:
        # Never to whoever asks: a reply can be asked for on any subject.
        for names in callers_of(who.name, everyone).values():
            yield from (f"{inbox_prefix_of(name)}.>" for name in names)
    if who.inspects:
        yield "$SRV.>"
    yield from who.publishes


def _reads(who: Participant) -> Iterator[str]:
    """A consumer's own requests, in NATS's protocol: the next, how it stands, done with one; what it gives up on."""
    for consumer in (each for event in who.reacts_to for each in consumers_of(who.name, event)):
        yield f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS}.{consumer.name}"
        yield f"$JS.API.CONSUMER.INFO.{EVENTS}.{consumer.name}"
        yield f"$JS.ACK.{EVENTS}.{consumer.name}.>"
        yield f"{consumer.dead}.*"


def _subscribes(who: Participant) -> Iterator[str]:
    yield from (f"{contract.subject} {who.name}" for contract in who.serves)
    yield from (notice.subject for notice in who.hears)
    yield f"{who.inbox_prefix}.>"
    if who.serves:
        for verb in _SERVICE_VERBS:
            yield from (f"$SRV.{verb}", f"$SRV.{verb}.{who.name}", f"$SRV.{verb}.{who.name}.*")
    yield from who.subscribes


def _unique(patterns: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(patterns)))
