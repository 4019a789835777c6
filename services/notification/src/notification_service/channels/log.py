"""The channel where no other is configured: that somebody would have been told is a line in the log."""

from dataclasses import dataclass

import structlog
from flowkit.telemetry.logs import written
from flowkit.telemetry.writer import NotWritten

from notification_service.ports import Away, Message

_log = structlog.get_logger("notification")


@dataclass(frozen=True, slots=True)
class LogChannel:
    """Tells ids: an email belongs in no log."""

    async def send(self, message: Message) -> None:
        """Returns once the line has left the process: killed a moment later, it has not promised what nobody reads."""
        try:
            async with written():
                _log.info(
                    "notification logged",
                    kind=message.kind,
                    notification_id=message.notification_id,
                    customer_id=message.customer_id,
                )
        except NotWritten:
            raise Away("the log takes no lines") from None
