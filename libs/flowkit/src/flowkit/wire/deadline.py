"""How long a request may still take, carried from hop to hop."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from flowkit.wire import headers

LONGEST_S = 300.0
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on this process's monotonic clock, the one `loop.time()` reads."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        return self.at - time.monotonic()

    @property
    def passed(self) -> bool:
        return self.left <= 0

    def sooner(self, seconds: float) -> "Deadline":
        """This deadline, or that many seconds from now, whichever comes first."""
        other = Deadline.after(seconds)
        return other if other.at < self.at else self

    def write(self, into: headers.Headers) -> None:
        left = self.left
        into[headers.TIMEOUT_MS] = str(max(0, int(left * 1000)))
        # The budget alone starts anew wherever a request was held up on its way (a frozen server, a full socket).
        into[headers.DEADLINE] = str(int((time.time() + left) * 1000))

    @classmethod
    def read(cls, received: Mapping[str, str], default: float) -> Self:
        """The sooner of the budget and the wall clock's word, so a skewed clock can only shorten; junk is absent."""
        left = _number(received.get(headers.TIMEOUT_MS))
        seconds = default if left is None else min(left / 1000, LONGEST_S)
        if (until := _number(received.get(headers.DEADLINE))) is not None:
            seconds = min(seconds, until / 1000 - time.time())
        return cls.after(seconds)


def _number(text: str | None) -> int | None:
    # The length bound keeps int() cheap; isascii keeps it to the digits a peer of ours would write.
    if text is None or len(text) > _MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
