"""Answers admin.createAdmin."""

from dataclasses import dataclass

from contracts.admin import AdminRef, EmailTaken, NewAdmin
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.security.passwords import Passwords

from admin_service.ports import Store


@dataclass(frozen=True, slots=True)
class CreateAdmin:
    """The root admin takes on another admin."""

    store: Store
    passwords: Passwords

    async def run(self, request: NewAdmin, call: Call) -> AdminRef:
        with call.step("Checking email not taken"):
            await self._check_not_taken(request.email)
        # Whoever waits for the few hashing threads should not keep reads from their turn.
        with call.step("Hashing password"):
            async with call.aside():
                password_hash = await self.passwords.hash(request.password)
        with call.step("Creating admin"):
            created = await self._create(request.email, password_hash, call)
        call.about("admin", created.id)
        return created

    async def _check_not_taken(self, email: str) -> None:
        # Only to spare a hash. Of two that are made at once, the unique index lets one through.
        async with self.store.reading() as tx:
            if await tx.is_taken(email):
                raise EmailTaken

    async def _create(self, email: str, password_hash: str, call: Call) -> AdminRef:
        async with self.store.transaction() as tx:
            created = AdminRef(id=await tx.add(email, password_hash, call.user.id))
            await tx.record(Entry.of(call, "admin.create", "admin", created.id))
            await tx.keep(created, call)
        return created
