"""The root admin: made once, never touched again unless asked to."""

import secrets
from dataclasses import dataclass

from flowkit.audit import Entry
from flowkit.security.passwords import Passwords

from admin_service.ports import Store

EMAIL = "admin@local"


@dataclass(frozen=True, slots=True)
class RootAdmin:
    """`given` is the operator's password; without one, one is made up and handed back, to be shown once."""

    store: Store
    passwords: Passwords
    given: str | None = None

    async def seed(self) -> str | None:
        """The made-up password of a root admin that was made just now; None if there is nothing to show."""
        async with self.store.transaction() as tx:
            if await tx.has_root():
                return None
        password, password_hash = await self._choose()
        async with self.store.transaction() as tx:
            # Of instances that start together one makes the root; the others' passwords are forgotten here.
            made = await tx.add_root(EMAIL, password_hash)
            if made:
                await tx.record(Entry(action="root.create", actor_role="operator"))
        return password if made and self.given is None else None

    async def replace_password(self) -> str | None:
        """For a root admin who has forgotten it, or has none yet."""
        password, password_hash = await self._choose()
        async with self.store.transaction() as tx:
            if not await tx.add_root(EMAIL, password_hash):
                await tx.set_root_hash(password_hash)
            await tx.record(Entry(action="root.replace-password", actor_role="operator"))
        return password if self.given is None else None

    async def _choose(self) -> tuple[str, str]:
        password = self.given or secrets.token_urlsafe(15)
        return password, await self.passwords.hash(password)
