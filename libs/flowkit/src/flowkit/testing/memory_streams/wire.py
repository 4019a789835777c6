"""How a message gets to whoever listens on an inbox, whatever subject it says."""

from typing import Protocol

from flowkit.bus import Message


class Wire(Protocol):
    def deliver(self, inbox: str, message: Message) -> None: ...

    def is_heard(self, inbox: str) -> bool: ...
