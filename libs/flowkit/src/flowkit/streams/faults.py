"""What can go wrong with a stream, beside what can go wrong with the bus under it."""

from dataclasses import dataclass

from flowkit.bus import BusError


@dataclass(eq=False)
class StreamsRefused(BusError):
    """The server answered, and will not: its own number of the reason, and its own words."""

    code: int
    description: str

    def __str__(self) -> str:
        return f"{self.description} ({self.code})"


class NotStored(StreamsRefused):
    """It is in no stream: nobody takes that subject, or who does has no room for it."""


class NoSuchStream(StreamsRefused):
    """There is no stream of that name."""


class NoSuchConsumer(StreamsRefused):
    """There is no consumer of that name, or no stream it could read."""
