"""An alert as its rule states it: a figure above a threshold for so long."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.observability.configurations import DEPLOY, read

_ABOVE = re.compile(r"max by \(job\) \((\w+)\) > (\d+)")
_FOR = re.compile(r"(\d+)s")


@dataclass(slots=True)
class Alert:
    figure: str
    above: float
    for_s: float
    _since: float | None = None

    @classmethod
    def named(cls, name: str) -> Self:
        groups = read(DEPLOY / "prometheus/rules/events.yaml")["groups"]
        (rule,) = (each for group in groups for each in group["rules"] if each.get("alert") == name)
        above, lasting = _ABOVE.fullmatch(rule["expr"]), _FOR.fullmatch(rule["for"])
        assert above is not None, rule
        assert lasting is not None, rule
        return cls(above[1], float(above[2]), float(lasting[1]))

    def fires(self, figure: Callable[[str], float]) -> bool:
        """Asked again and again."""
        if figure(self.figure) <= self.above:
            self._since = None
            return False
        now = time.monotonic()
        self._since = self._since or now
        return now - self._since > self.for_s
