"""payment's settings."""

from typing import Annotated

from flowkit.process.settings import ReactingSettings
from msgspec import Meta


class Settings(ReactingSettings, frozen=True, kw_only=True):
    payment_failure_share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """The share of orders whose payment is declined."""
