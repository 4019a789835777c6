"""A price is taken exactly as it was sent, a number as the double it is read as, or not at all."""

import json
from decimal import Decimal

import pytest
from contracts.money import exact, written
from contracts.order import NewOrder, OrderCreated
from contracts.payment import PaymentCompleted, PaymentFailed
from flowkit.contract import Fact, Invalid
from flowkit.wire.decoding import PayloadDecoder

decoder = PayloadDecoder(NewOrder)
ID = "01a2b3c4-0000-7000-8000-000000000001"
FORM, PLACES = "Not in the expected form", "Must have at most two decimal places"


def sent(price: str) -> bytes:
    return b'{"items":[{"productId":"product-1","quantity":1,"price":%s}]}' % price.encode()


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ("0.01", "0.01"),
        ("0.1", "0.10"),
        ("1", "1.00"),
        ("1.0", "1.00"),
        ("1e3", "1000.00"),
        ("29.99", "29.99"),
        ("29.990", "29.99"),
        ("29.990000000000000001", "29.99"),
        ("999999.99", "999999.99"),
        ('"0.01"', "0.01"),
        ('"0.1"', "0.10"),
        ('"5"', "5.00"),
        ('"999999.99"', "999999.99"),
    ],
)
def test_a_price_is_a_number_or_a_string_of_it(price: str, amount: str) -> None:
    (item,) = decoder.decode(sent(price)).items

    assert str(written(exact(item.price))) == amount


def test_every_number_of_cents_is_read_to_the_cent() -> None:
    for cents in (*range(1, 20_000), *range(99_990_000, 100_000_000)):
        (item,) = decoder.decode(sent(json.dumps(cents / 100))).items

        assert exact(item.price) == Decimal(cents) / 100


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("0", "Must be at least 0.01"),
        ("-1", "Must be at least 0.01"),
        ("0.001", "Must be at least 0.01"),
        ("1000000", "Must be at most 999999.99"),
        ("999999.999", "Must be at most 999999.99"),
        ("29.999", PLACES),
        ("0.30000000000000004", PLACES),
        ("null", "Must be a number or a string"),
        ("true", "Must be a number or a string"),
        ("[1]", "Must be a number or a string"),
        *(
            (f'"{text}"', FORM)
            for text in (
                "0",
                "0.00",
                "0.001",
                "29.999",
                "29.990",
                "29.990000000000000001",
                "1000000",
                "-1",
                "+1",
                "1e3",
            )
        ),
        *((f'"{text}"', FORM) for text in ("", " 1", "1 ", "1.", ".5", "01", "1,50", "1_000", "NaN", "Infinity")),
        *((f'"{text}"', FORM) for text in (r"1\n", r"\u0661", r"\uff11")),
    ],
)
def test_what_is_no_price_is_refused_and_told_of_its_field(price: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        decoder.decode(sent(price))

    assert [(wrong.field, wrong.message) for wrong in refused.value.detailed] == [("items.0.price", said)]


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "-1.00", "0.00"])
@pytest.mark.parametrize(
    ("told", "field", "rest"),
    [
        (OrderCreated, "total", {"origin": "customer"}),
        (PaymentCompleted, "amount", {"paymentId": ID}),
        (PaymentFailed, "amount", {"paymentId": ID, "reason": "declined"}),
    ],
)
def test_an_event_tells_of_no_amount_that_is_no_money(
    told: type[Fact], field: str, rest: dict[str, str], amount: str
) -> None:
    good = {"orderId": ID, "customerId": ID, field: "1.00"} | rest
    PayloadDecoder(told).decode(json.dumps(good).encode())

    with pytest.raises(Invalid) as refused:
        PayloadDecoder(told).decode(json.dumps(good | {field: amount}).encode())

    assert [wrong.field for wrong in refused.value.detailed] == [field]


@pytest.mark.parametrize("product", ["product", "product-", "Product-1", "product-a b", "product-é", "product-a_b"])
@pytest.mark.parametrize("quantity", ["0", "10000", "1.5", '"1"'])
def test_every_faulty_field_of_an_item_is_told(product: str, quantity: str) -> None:
    with pytest.raises(Invalid) as refused:
        decoder.decode(f'{{"items":[{{"productId":"{product}","quantity":{quantity},"price":1.001}}]}}'.encode())

    told = {wrong.field for wrong in refused.value.detailed}
    assert told == {"items.0.productId", "items.0.quantity", "items.0.price"}


@pytest.mark.parametrize(("count", "said"), [(0, "Must be at least 1 item"), (101, "Must be at most 100 items")])
def test_an_order_has_at_least_one_item_and_at_most_a_hundred(count: int, said: str) -> None:
    items = [{"productId": "product-1", "quantity": 1, "price": 1}] * count

    with pytest.raises(Invalid) as refused:
        decoder.decode(json.dumps({"items": items}).encode())

    assert [(wrong.field, wrong.message) for wrong in refused.value.detailed] == [("items", said)]
