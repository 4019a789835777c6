from decimal import Decimal
from uuid import uuid4

import pytest
from contracts.customer import CustomerRegistered
from contracts.order import Item, NewOrder, NoSuchOrder, Order, OrderCreated, Page, WhichOrder
from contracts.payment import PaymentCompleted, PaymentFailed
from flowkit.testing.calls import a_call, someone
from order_service.flows.create_order import CreateOrder
from order_service.flows.get_order import GetOrder
from order_service.flows.give_welcome_order import GiveWelcomeOrder
from order_service.flows.list_orders import ListOrders
from order_service.flows.mark_failed import MarkFailed
from order_service.flows.mark_paid import MarkPaid
from order_service.states import Contradicted

from .fakes import FakeStore

ADA, BOB, ADMIN = someone(), someone(user_id=str(uuid4())), someone("admin", user_id=str(uuid4()))
WANTED = NewOrder(
    items=(
        Item(product_id="product-a", quantity=3, price=0.1),
        Item(product_id="product-b", quantity=1, price="29.99"),
    )
)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def placed(store: FakeStore) -> Order:
    return await CreateOrder(store).run(WANTED, a_call(ADA))


def paid(order: Order, *, payment_id: str | None = None, amount: str | None = None) -> PaymentCompleted:
    return PaymentCompleted(
        payment_id=payment_id or str(uuid4()),
        order_id=order.id,
        customer_id=order.customer_id,
        amount=Decimal(amount) if amount else order.total,
    )


def declined(order: Order, *, payment_id: str | None = None) -> PaymentFailed:
    return PaymentFailed(
        payment_id=payment_id or str(uuid4()),
        order_id=order.id,
        customer_id=order.customer_id,
        amount=order.total,
        reason="declined",
    )


async def test_an_order_is_stored_announced_and_kept_for_whoever_asks_again(store: FakeStore) -> None:
    call = a_call(ADA)

    placed = await CreateOrder(store).run(WANTED, call)

    assert store.orders == {placed.id: placed}
    assert (placed.customer_id, placed.status, placed.origin) == (ADA.id, "pending", "customer")
    assert placed.total == Decimal("30.29")
    assert store.published == [
        OrderCreated(order_id=placed.id, customer_id=ADA.id, total=placed.total, origin="customer")
    ]
    assert store.kept == [placed]
    assert call.steps == ["Adding up items", "Creating order", "Announcing order"]
    assert call.concerns == {"customer": ADA.id, "order": placed.id}


async def test_who_placed_an_order_and_an_admin_see_it(store: FakeStore, placed: Order) -> None:
    for who in (ADA, ADMIN):
        assert await GetOrder(store).run(WhichOrder(id=placed.id), a_call(who)) == placed


async def test_for_a_stranger_there_is_no_such_order_whether_there_is_one_or_not(
    store: FakeStore, placed: Order
) -> None:
    for id_ in (placed.id, str(uuid4())):
        with pytest.raises(NoSuchOrder, match="Order not found"):
            await GetOrder(store).run(WhichOrder(id=id_), a_call(BOB))


async def test_a_list_shows_a_customer_their_own_and_an_admin_everybodys(store: FakeStore, placed: Order) -> None:
    bobs = await CreateOrder(store).run(WANTED, a_call(BOB))
    call = a_call(ADA)

    own = await ListOrders(store).run(Page(), call)
    every = await ListOrders(store).run(Page(limit=1), a_call(ADMIN))

    assert ([each.id for each in own.items], own.total, own.page, own.limit) == ([placed.id], 1, 1, 10)
    assert ([each.id for each in every.items], every.total, every.limit) == ([bobs.id], 2, 1)
    assert call.steps == ["Fetching order list", "Counting total orders"]


async def test_a_newcomer_is_given_one_welcome_order_which_is_announced_once(store: FakeStore) -> None:
    told, call, again = CustomerRegistered(customer_id=ADA.id), a_call(), a_call()

    await GiveWelcomeOrder().run(told, call, store)
    await GiveWelcomeOrder().run(told, again, store)

    (given,) = store.orders.values()
    assert (given.customer_id, given.origin, given.status) == (ADA.id, "welcome", "pending")
    assert store.published == [OrderCreated(order_id=given.id, customer_id=ADA.id, total=given.total, origin="welcome")]
    assert call.steps == ["Creating welcome order", "Announcing order"]
    assert call.concerns == {"customer": ADA.id, "order": given.id}
    assert again.steps == ["Creating welcome order", "Leaving it at the one there is"]


async def test_a_payment_that_is_completed_marks_its_order_paid(store: FakeStore, placed: Order) -> None:
    call = a_call()

    await MarkPaid().run(paid(placed), call, store)

    assert store.orders[placed.id].status == "paid"
    assert call.steps == ["Looking up order", "Checking the payment fits the order", "Marking order paid"]
    assert call.concerns == {"order": placed.id, "customer": ADA.id}


async def test_a_payment_that_failed_marks_its_order_failed(store: FakeStore, placed: Order) -> None:
    call = a_call()

    await MarkFailed().run(declined(placed), call, store)

    assert store.orders[placed.id].status == "failed"
    assert call.steps[-1] == "Marking order failed"


async def test_the_same_word_again_is_no_error_and_changes_nothing(store: FakeStore, placed: Order) -> None:
    told, call = paid(placed), a_call()
    await MarkPaid().run(told, a_call(), store)
    ended = store.orders[placed.id]

    await MarkPaid().run(told, call, store)

    assert store.orders[placed.id] is ended
    assert call.steps == ["Looking up order", "Leaving it as it is"]


async def test_what_contradicts_an_order_that_has_ended_is_refused(store: FakeStore, placed: Order) -> None:
    first = paid(placed)
    await MarkPaid().run(first, a_call(), store)

    with pytest.raises(Contradicted, match="The order has ended otherwise"):
        await MarkFailed().run(declined(placed), a_call(), store)
    with pytest.raises(Contradicted):
        await MarkFailed().run(declined(placed, payment_id=first.payment_id), a_call(), store)
    with pytest.raises(Contradicted):
        await MarkPaid().run(paid(placed), a_call(), store)

    assert store.orders[placed.id].status == "paid"
    assert store.payments[placed.id] == first.payment_id


async def test_a_payment_of_another_amount_pays_nothing(store: FakeStore, placed: Order) -> None:
    with pytest.raises(Contradicted, match="The payment is of another amount"):
        await MarkPaid().run(paid(placed, amount="30.28"), a_call(), store)

    assert store.orders[placed.id].status == "pending"


async def test_a_payment_for_no_order_we_know_is_refused(store: FakeStore, placed: Order) -> None:
    store.orders.clear()

    with pytest.raises(NoSuchOrder):
        await MarkPaid().run(paid(placed), a_call(), store)
