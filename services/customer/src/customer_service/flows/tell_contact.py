"""Answers customer.contact."""

from dataclasses import dataclass

from contracts.customer import Contact, NoSuchCustomer, WhichCustomer
from flowkit.call import Call

from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class TellContact:
    """Tell whoever writes to customers where to: asked each time, so that what is deleted here is known nowhere."""

    store: Store

    async def run(self, request: WhichCustomer, call: Call) -> Contact:
        call.about("customer", request.id)
        with call.step("Looking up contact"):
            async with self.store.reading() as tx:
                customer = await tx.find(request.id)
        if customer is None:
            raise NoSuchCustomer
        return Contact(email=customer.email, first_name=customer.first_name)
