"""What may become of an order, and of a basket."""

from decimal import Decimal
from typing import get_args

import pytest
from contracts.order import Item, Status
from order_service.basket import Basket
from order_service.states import MAY_BECOME, Contradicted, check

ALLOWED = {("pending", "paid"), ("pending", "failed")}


@pytest.mark.parametrize("now", get_args(Status))
@pytest.mark.parametrize("then", get_args(Status))
def test_an_order_becomes_paid_or_failed_and_stays_so(now: Status, then: Status) -> None:
    if (now, then) in ALLOWED:
        check(now, then)
        return
    with pytest.raises(Contradicted):
        check(now, then)


def test_of_every_state_it_is_said_what_may_become_of_it() -> None:
    assert set(MAY_BECOME) == set(get_args(Status))


def test_what_a_basket_comes_to_is_exact() -> None:
    dimes = [Item(product_id="product-dime", quantity=3, price=0.1)] * 3

    assert sum([0.1 * 3] * 3) != 0.9, "as floats it would not be"
    assert Basket.of(dimes).total == Decimal("0.90")
    assert str(Basket.of(dimes).total) == "0.90"
