"""So many at once, and from then on so many in a while."""

from dataclasses import dataclass

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket holds `burst` tokens; each takes `interval_s` to come back."""

    interval_s: float
    burst: int

    @classmethod
    def read(cls, text: str) -> "Rate | None":
        """Of text as the settings take it: `30/minute burst 20`; None is `off`."""
        if text == "off":
            return None
        rate, _, burst = text.partition(" burst ")
        count, _, period = rate.partition("/")
        return cls(_SECONDS[period] / int(count), int(burst))

    @property
    def filling_s(self) -> float:
        """From empty to full."""
        return self.interval_s * self.burst
