"""Money: exact decimals, with at most two places. In a request a number or a string of it, in a reply a string."""

from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

LEAST: Final = Decimal("0.01")
MOST: Final = Decimal("999999.99")
_PLACES: Final = -2

Price = Annotated[
    Decimal,
    Meta(description="0.01 to 999999.99, with at most two decimal places.", examples=["29.99"]),
]
Amount = Annotated[Decimal, Meta(description="An exact amount of money.", examples=["59.98"])]


def refuse_unless_a_price(value: Decimal) -> None:
    """Raises ValueError; NaN and the infinities are no prices either."""
    if not value.is_finite() or not LEAST <= value <= MOST:
        raise ValueError(f"Expected `decimal` from {LEAST} to {MOST}")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _PLACES and value != round(value, 2):
        raise ValueError("Expected `decimal` with at most two places")
