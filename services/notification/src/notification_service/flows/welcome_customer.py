"""Reacts to customer.registered."""

from dataclasses import dataclass

from contracts.customer import CustomerRegistered
from flowkit.call import Call

from notification_service.ports import Transaction


@dataclass(frozen=True, slots=True)
class WelcomeCustomer:
    """Put down that a new customer is to be welcomed."""

    async def run(self, event: CustomerRegistered, call: Call, tx: Transaction) -> None:
        call.about("customer", event.customer_id)
        call.step("Putting down welcome notification")
        if await tx.add("welcome", event.customer_id) is None:
            call.step("Customer was welcomed already")
