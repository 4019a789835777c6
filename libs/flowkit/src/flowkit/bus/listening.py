"""Who listens where, and is handed only what says of itself that it belongs there."""

from dataclasses import dataclass

from flowkit.bus import subject as subjects
from flowkit.bus.port import Handler, Message


@dataclass(frozen=True, slots=True)
class Listening:
    under: str
    """What subject the messages may say of themselves."""
    handler: Handler

    def hand_over(self, message: Message) -> None:
        # Whoever may pull from a stream can have the server hand what it pulls to anybody, past all permissions.
        if message.subject != self.under and not subjects.matches(self.under, message.subject):
            raise ValueError(f"it came where {self.under} is listened to")
        self.handler(message)
