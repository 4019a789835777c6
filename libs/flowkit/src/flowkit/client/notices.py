"""Notices: told to whoever listens now, answered by nobody, kept by nobody."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog
from msgspec import Struct

from flowkit.bus import Bus, BusError, Message, Subscription
from flowkit.contract import Notice
from flowkit.telemetry.instruments import NoticeMetrics
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.wire import headers

_encoder = msgspec.json.Encoder()
_log = structlog.get_logger("flowkit.notices")


@dataclass(frozen=True, slots=True)
class Notices:
    bus: Bus
    name: str
    tracing: Tracing
    metrics: Metrics

    async def tell[Body: Struct](self, notice: Notice[Body], body: Body) -> bool:
        """Whether it left. What depends on it must come right without it too: on its way it may still be lost."""
        carried = {headers.CALLER: self.name}
        self.tracing.inject(carried)
        counted = self.metrics.notice(notice.subject)
        try:
            await self.bus.publish(notice.subject, _encoder.encode(body), headers=carried)
        except BusError as fault:
            counted.lost.inc()
            _log.warning("notice could not be told", notice=notice.subject, fault=type(fault).__name__)
            return False
        counted.told.inc()
        return True

    async def hear[Body: Struct](self, notice: Notice[Body], heed: Callable[[Body], None]) -> Subscription:
        """Each of a service's instances hears each notice. `heed` returns at once."""
        decoder, counted = msgspec.json.Decoder(notice.body), self.metrics.notice(notice.subject)
        return await self.bus.subscribe(notice.subject, lambda message: _heed(decoder, counted, heed, message))


def _heed[Body: Struct](
    decoder: msgspec.json.Decoder[Body], counted: NoticeMetrics, heed: Callable[[Body], None], message: Message
) -> None:
    try:
        body = decoder.decode(message.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        counted.lost.inc()
        _log.warning("notice could not be read", notice=message.subject, caller=headers.caller(message.headers))
        return
    counted.heard.inc()
    heed(body)
