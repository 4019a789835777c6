"""What flowkit asks of a bus: publish, request, subscribe, and a straight word about its state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class BusError(Exception):
    """The bus could not carry a message."""


class Disconnected(BusError):
    """There is no connection: nothing was sent."""


class Denied(BusError):
    """The server does not let us send that: it reached no one, and will not."""


class NoResponders(BusError):
    """Nobody listens on that subject: the request reached no one."""


class ReplyLate(BusError):
    """No reply in time: the request may have been carried out."""


class ConnectionLost(ReplyLate):
    """The connection was lost while a reply was awaited."""


class PayloadTooLarge(BusError):
    """The message is larger than the server takes: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    data: bytes
    reply: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


type Handler = Callable[[Message], None]
"""Called on the event loop for each message; must return at once, so work goes into a task of the handler's own."""


class Subscription(Protocol):
    async def unsubscribe(self) -> None:
        """No further message is taken from the server; those already here are handed over."""
        ...


class Bus(Protocol):
    @property
    def is_connected(self) -> bool: ...

    def has_heard_since(self, moment: float) -> bool:
        """Whether anything at all has come over the connection since then, by the monotonic clock."""
        ...

    @property
    def max_payload(self) -> int:
        """The largest message, headers included, that the server takes."""
        ...

    async def publish(
        self, subject: str, data: bytes, *, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        """Hand a message to the server; raises Disconnected or PayloadTooLarge, and never keeps it for later."""
        ...

    async def request(
        self, subject: str, data: bytes, *, within: float, headers: Mapping[str, str] | None = None
    ) -> Message:
        """The first reply; raises NoResponders, ReplyLate, Disconnected or PayloadTooLarge."""
        ...

    async def request_many(self, subject: str, data: bytes, *, quiet: float, within: float) -> list[Message]:
        """Every reply until none came for `quiet` seconds, or `within` passed; none at all is an empty list."""
        ...

    async def request_batch(self, subject: str, data: bytes, *, most: int, within: float) -> list[Message]:
        """The first `most` replies, or fewer that end with a status of the server's; those there are where the
        connection is lost or `within` has passed, and raises as `request` does where there are none."""
        ...

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "") -> Subscription:
        """Take messages from now on, over every reconnect. The server may not know yet: `flush` to be sure."""
        ...

    async def flush(self, *, within: float) -> None:
        """Return once the server has seen everything sent so far; raises Disconnected or ReplyLate."""
        ...

    async def close(self) -> None:
        """Send what is pending, then leave for good."""
        ...
