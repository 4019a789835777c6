"""The channel where no other is configured: that somebody would have been told is a line in the log."""

from dataclasses import dataclass

import structlog

from notification_service.ports import Message

_log = structlog.get_logger("notification")


@dataclass(frozen=True, slots=True)
class LogChannel:
    """Tells ids: an email belongs in no log."""

    async def send(self, message: Message) -> None:
        _log.info(
            "notification logged",
            kind=message.kind,
            notification_id=message.notification_id,
            customer_id=message.customer_id,
        )
