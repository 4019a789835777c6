"""What one client in memory listens to, and how it is handed over."""

from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from flowkit.bus.listening import Listening
from flowkit.bus.port import Handler, Message
from flowkit.testing.arrivals import Arrivals


class Client(Protocol):
    @property
    def arrivals(self) -> Arrivals: ...

    async def leave(self, sid: int) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    bus: Client
    sid: int
    pattern: str
    queue: str
    handler: Handler
    under: str = ""
    """What subject the messages may say of themselves; that which is listened to, unless given."""

    async def unsubscribe(self) -> None:
        await self.bus.leave(self.sid)

    def receive(self, message: Message) -> None:
        # Headers of its own, as if read off a socket.
        own = replace(message, headers=dict(message.headers))
        self.bus.arrivals.add(lambda: self._hand_over(own))

    def _hand_over(self, message: Message) -> None:
        try:
            Listening(self.under or self.pattern, self.handler).hand_over(message)
        except Exception as error:  # noqa: BLE001  a handler's fault must not end its subscription
            structlog.get_logger().error("message failed", subject=message.subject, exc_info=error)
