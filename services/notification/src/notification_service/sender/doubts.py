"""A refusal that may be one recipient's fault and may be everybody's: what the others meet with tells."""

from dataclasses import dataclass, field
from typing import Final

_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class Doubts:
    """Everybody's once so many different customers were refused like that and nobody was taken between.

    Whoever was refused while others were taken is refused by themselves, and counts no more until they are taken.
    """

    enough: int = 3
    most: int = _REMEMBERED
    _refused: dict[str, None] = field(default_factory=dict[str, None])
    _by_themselves: dict[str, None] = field(default_factory=dict[str, None])

    def are_everybodys(self, customer_id: str) -> bool:
        """With this refusal."""
        if customer_id not in self._by_themselves and len(self._refused) < self.most:
            self._refused[customer_id] = None
        return len(self._refused) >= self.enough

    def end(self, customer_id: str) -> None:
        """They were taken."""
        self._by_themselves |= self._refused
        self._by_themselves.pop(customer_id, None)
        while len(self._by_themselves) > self.most:
            del self._by_themselves[next(iter(self._by_themselves))]
        self._refused.clear()
