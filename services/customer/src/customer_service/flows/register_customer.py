"""Answers customer.register."""

from dataclasses import dataclass

from contracts import customer
from contracts.customer import CustomerRef, CustomerRegistered, EmailTaken, NewCustomer
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.security.passwords import Passwords

from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class RegisterCustomer:
    """Take on a new customer, and tell everyone."""

    store: Store
    passwords: Passwords

    async def run(self, request: NewCustomer, call: Call) -> CustomerRef:
        with call.step("Checking email not taken"):
            await self._check_not_taken(request.email)
        # Whoever waits for the few hashing threads should not keep reads from their turn.
        with call.step("Hashing password"):
            async with call.aside():
                password_hash = await self.passwords.hash(request.password)
        with call.step("Creating customer"):
            newcomer = await self._create(request, password_hash, call)
        call.about("customer", newcomer.id)
        return newcomer

    async def _check_not_taken(self, email: str) -> None:
        # Only to spare a hash. Of two that register at once, the unique index lets one through.
        async with self.store.reading() as tx:
            if await tx.is_taken(email):
                raise EmailTaken

    async def _create(self, newcomer: NewCustomer, password_hash: str, call: Call) -> CustomerRef:
        async with self.store.transaction() as tx:
            created = CustomerRef(id=await tx.add(newcomer, password_hash))
            await tx.record(Entry.of(call, "customer.register", "customer", created.id).by("customer", created.id))
            await tx.keep(created, call)
            await tx.publish(customer.registered, CustomerRegistered(customer_id=created.id))
        return created
