"""How patient a caller is with whom it calls."""

from collections.abc import Callable
from dataclasses import dataclass

type Clock = Callable[[], float]
"""Seconds that only go forward."""


@dataclass(frozen=True, slots=True)
class Options:
    """Seconds, and shares of one."""

    attempts: int = 3
    shortest_pause: float = 0.05
    longest_pause: float = 1.0
    extra_load: float = 0.1
    always_allowed: int = 3
    """Retries that a caller may make in a window however little it asks: a tenth of three requests is none."""
    window_s: int = 10
    opens_at: float = 0.5
    """The share of attempts in a window that fail, from which on a circuit opens."""
    least_attempts: int = 20
    """Fewer attempts in a window than these say nothing."""
    open_s: float = 0.25
    trials: int = 5
    """So many at once, and as many successes, before the circuit is closed again."""
