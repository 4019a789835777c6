"""A delivery that was lost hold of, by a fault of our own or since it does not end: given again, but not for ever."""

from contextlib import suppress

import structlog

from flowkit.bus import BusError
from flowkit.reactions import given
from flowkit.reactions.delivery import Bench
from flowkit.reactions.given import Reason
from flowkit.reactions.held import Held
from flowkit.telemetry import names

_ABANDONED: Reason = "abandoned"
_log = structlog.get_logger("flowkit.reactions")


async def let_go_of(bench: Bench, held: Held, fault: Exception) -> None:
    pulled, judge = held.pulled, held.reactor.judge
    _log.error("a delivery was lost hold of", consumer=held.consumer.name, place=pulled.place, exc_info=fault)
    with suppress(BusError):
        if judge.is_abandoned(pulled.delivered):
            await _put_aside(bench, held, type(fault).__name__)
        else:
            await bench.streams.again(pulled, judge.pause(pulled.delivered))


async def put_aside_at_last(bench: Bench, held: Held) -> None:
    """What does not end would end the next process too. The failures a process has counted end with it, so here the
    server's count is asked. Should it yet be done, its mark makes it harmless to give it again."""
    if held.pulled.delivered < bench.options.attempts:
        return
    try:
        await _put_aside(bench, held, "it does not end when told to")
    except BusError as fault:
        _log.error("a dead letter could not be stored", event_id=given.event_id(held.pulled), fault=str(fault))


async def _put_aside(bench: Bench, held: Held, fault: str) -> None:
    """What cannot be stored now is given again when its ack wait is over."""
    await bench.letters.keep(held.consumer, held.pulled, _ABANDONED, names.ERROR + fault)
    held.reactor.metrics.dead[_ABANDONED].inc()
    await bench.streams.give_up(held.pulled, _ABANDONED)
