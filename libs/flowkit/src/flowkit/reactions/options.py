"""How much of what has happened is acted on at once, how often it is tried, and for how long."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ReactionOptions:
    """`attempts` is for what fails, `patience` for what it needs and is not there."""

    # Each holds a connection of a pool of ten: what is left is for those who wait for an answer.
    concurrency: int = 6
    attempts: int = 6
    patience: int = 60
    deadline_s: float = 20.0
    # Longer than a dead letter is kept, and what is made of it stays in the stream.
    marks_kept: timedelta = timedelta(days=38)
    first_pause_s: float = 0.2
    longest_pause_s: float = 60.0
    # A pull on its way is waited for on stop: what it brings would else be missing until its ack wait is over.
    pull_s: float = 1.0
    pull_overdue_s: float = 3.0
    working_every_s: float = 3.0
    ask_again_s: float = 0.5
    acknowledged_within_s: float = 10.0
    much_later: timedelta = timedelta(minutes=5)
    look_every_s: float = 5.0

    @property
    def hopeless_s(self) -> float:
        """After so long it is not merely late: it was told to end and does not. Who looks counts in whole pauses, and
        in one of them it may have been acted on for a moment."""
        return 2 * (self.deadline_s + self.working_every_s)
