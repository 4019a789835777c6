"""A refusal that may be one recipient's fault and may be everybody's: what the others meet with tells."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Doubts:
    """Everybody's once so many different customers were refused like that and nobody was taken between."""

    enough: int = 3
    _refused: set[str] = field(default_factory=set[str])

    def are_everybodys(self, customer_id: str) -> bool:
        """With this refusal."""
        if len(self._refused) < self.enough:
            self._refused.add(customer_id)
        return len(self._refused) >= self.enough

    def end(self) -> None:
        """Somebody was taken."""
        self._refused.clear()
