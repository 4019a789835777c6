"""How a payment ends an order."""

from contracts.order import NoSuchOrder, Status
from contracts.payment import PaymentCompleted, PaymentFailed
from flowkit.call import Call

from order_service import states
from order_service.ports import Standing, Transaction
from order_service.states import Contradicted


async def settle(told: PaymentCompleted | PaymentFailed, status: Status, call: Call, tx: Transaction) -> None:
    """Told the same again, nothing happens; what contradicts the order as it stands is refused, for people to see."""
    call.about("order", told.order_id)
    call.about("customer", told.customer_id)
    with call.step("Looking up order"):
        standing = await tx.standing(told.order_id)
    if standing is None:
        raise NoSuchOrder
    if (standing.status, standing.payment_id) == (status, told.payment_id):
        call.step("Leaving it as it is")
        return
    call.step("Checking the payment fits the order")
    _check(standing, told, status)
    with call.step(f"Marking order {status}"):
        await tx.settle(told.order_id, status, told.payment_id)


def _check(standing: Standing, told: PaymentCompleted | PaymentFailed, status: Status) -> None:
    states.check(standing.status, status)
    if told.amount != standing.total:
        raise Contradicted("The payment is of another amount")
