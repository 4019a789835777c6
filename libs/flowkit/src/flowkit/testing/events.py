"""An outbox and marks of what was done in memory, for the fake stores of flows' and reactions' tests."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from msgspec import Struct

from flowkit.contract import Event


# No slots: a fake store stands on several of these.
@dataclass
class FakeEvents:
    """`published` is what was announced, the oldest first; `done` what was acted on, by consumer and event."""

    published: list[Struct] = field(default_factory=list[Struct])
    done: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    async def publish[Body: Struct](self, event: Event[Body], body: Body, *, as_: str = "") -> str:
        # As the real one does: an event of another kind has another body.
        if not isinstance(body, event.body):
            raise TypeError(f"{event.name} tells a {event.body.__name__}, got a {type(body).__name__}")
        self.published.append(body)
        return as_ or str(uuid4())

    async def mark_done(self, consumer: str, event_id: str) -> bool:
        is_new = (consumer, event_id) not in self.done
        self.done.add((consumer, event_id))
        return is_new

    async def forget_done(self, older_than: timedelta, most: int) -> int:  # noqa: ARG002  nothing grows old here
        return 0

    @contextmanager
    def all_or_nothing(self) -> Generator[None]:
        """For a fake transaction to be wrapped in: what is undone was neither announced nor acted on."""
        before = [*self.published], {*self.done}
        try:
            yield
        except BaseException:
            self.published, self.done = before
            raise
