"""How one attempt to call a flow ended, as far as trying again and leaving it alone are concerned."""

from dataclasses import dataclass

from flowkit.contract import ErrorCode

_OF_THE_CALLEE: frozenset[ErrorCode | None] = frozenset(
    ("INTERNAL_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT")
)
_MAY_HAVE_RUN: frozenset[ErrorCode | None] = frozenset(("BAD_GATEWAY", "TIMEOUT"))


@dataclass(frozen=True, slots=True)
class Ending:
    error_code: ErrorCode | None = None
    retry_after: float | None = None
    turned_away: bool = False
    final: bool = False
    """Whoever answered was let down by a call of its own, and has tried that again already."""
    is_known: bool = True
    """False where the connection was lost or there was none: that says nothing about the callee."""

    @property
    def counts_against_the_callee(self) -> bool:
        """One that turns away at once, having no room or knowing what it needs gone, serves all it can already."""
        return self.error_code in _OF_THE_CALLEE and self.is_known and not self.turned_away

    def may_be_tried_again(self, *, retry_safe: bool) -> bool:
        if self.final:
            return False
        return self.error_code == "SERVICE_UNAVAILABLE" or (retry_safe and self.error_code in _MAY_HAVE_RUN)
