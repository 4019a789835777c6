"""A delivery that was lost hold of by a fault of our own: given again, but not for ever."""

from contextlib import suppress

import structlog

from flowkit.bus import BusError
from flowkit.contract import Consumer
from flowkit.reactions.delivery import Bench
from flowkit.reactions.given import Reason
from flowkit.reactions.reactor import Reactor
from flowkit.streams import Pulled
from flowkit.telemetry import names

_ABANDONED: Reason = "abandoned"
_log = structlog.get_logger("flowkit.reactions")


async def let_go_of(bench: Bench, reactor: Reactor, consumer: Consumer, pulled: Pulled, fault: Exception) -> None:
    _log.error("a delivery was lost hold of", consumer=consumer.name, place=pulled.place, exc_info=fault)
    with suppress(BusError):
        if reactor.judge.is_abandoned(pulled.delivered):
            await _put_aside(bench, reactor, consumer, pulled, fault)
        else:
            await bench.streams.again(pulled, reactor.judge.pause(pulled.delivered))


async def _put_aside(bench: Bench, reactor: Reactor, consumer: Consumer, pulled: Pulled, fault: Exception) -> None:
    """What cannot be stored now is given again when its ack wait is over."""
    await bench.letters.keep(consumer, pulled, _ABANDONED, names.ERROR + type(fault).__name__)
    reactor.metrics.dead[_ABANDONED].inc()
    await bench.streams.give_up(pulled, _ABANDONED)
