"""Money: exact decimals with at most two places. In a request a string or a number, in a reply a string."""

from decimal import Decimal
from typing import Annotated, Final

from flowkit.contract import ruled
from msgspec import Meta

_CENT: Final = Decimal("0.01")


def at_most_two_places(given: str | float) -> None:
    """Raises ValueError; of a string the form has told already."""
    if exact(given) % _CENT:
        raise ValueError("Must have at most two decimal places")


def some_money(amount: Decimal) -> None:
    """Raises ValueError: "NaN" and "-1" are decimals, and no money."""
    if not (amount.is_finite() and amount > 0):
        raise ValueError("Must be a number above 0")


def exact(given: str | float) -> Decimal:
    """A number of JSON is as many places as it is written with: 0.1 is a tenth, whatever a float makes of it."""
    return Decimal(str(given))


def written(amount: Decimal) -> Decimal:
    """With both its places, as it is told: 5.00 and not 5."""
    return amount.quantize(_CENT)


_WRITTEN = Annotated[
    str,
    Meta(
        pattern=r"^([1-9][0-9]{0,5}(\.[0-9]{1,2})?|0\.([1-9][0-9]?|0[1-9]))(?!\n)$",
        description="0.01 to 999999.99, with at most two decimal places.",
        examples=["29.99"],
    ),
]
_NUMBER = Annotated[
    float,
    Meta(
        ge=0.01,
        le=999_999.99,
        description="0.01 to 999999.99, with at most two decimal places.",
        examples=[29.99],
        extra_json_schema={"multipleOf": 0.01},
        extra=ruled(at_most_two_places),
    ),
]
Price = _WRITTEN | _NUMBER
"""As it was sent; `exact` makes money of it."""

Amount = Annotated[
    Decimal,
    Meta(
        description="An exact amount of money, with two decimal places.",
        examples=["59.98"],
        extra_json_schema={"pattern": r"^[0-9]+\.[0-9]{2}$"},
        extra=ruled(some_money),
    ),
]
"""Facts are held to `some_money`; replies are our own, and are not."""
