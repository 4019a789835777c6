"""Answers admin.changePassword."""

from dataclasses import dataclass

from contracts import auth
from contracts.admin import PasswordChange, WrongPassword
from contracts.auth import Ended
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.security.passwords import Passwords
from flowkit.security.signing_in import Attempt, SigningIn
from msgspec import UNSET

from admin_service.ports import Account, Flows, Store


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Give an admin another password, and end their other sessions with it, or do neither."""

    store: Store
    passwords: Passwords
    signing_in: SigningIn
    flows: Flows

    async def run(self, request: PasswordChange, call: Call) -> Ended:
        call.about("admin", call.user.id)
        account = await self._verified(request.current_password, call)
        with call.step("Hashing new password"):
            async with call.aside():
                password_hash = await self.passwords.hash(request.new_password)
        async with self.store.transaction() as tx:
            call.step("Changing password")
            if not await tx.set_password(account, password_hash):
                raise WrongPassword
            # Inside: where they cannot be ended, the password stays as it was, and asking again is safe.
            with call.step("Ending other sessions"):
                ended = await self.flows.call(auth.end_sessions, _others(call))
            await tx.record(Entry.of(call, "admin.changePassword", "admin", account.id))
            await tx.keep(ended, call)
        return ended

    async def _verified(self, password: str, call: Call) -> Account:
        """As throttled as a login: a stolen session is no way to guess the password."""
        with call.step("Looking up admin"):
            async with self.store.reading() as tx:
                account = await tx.account_by_id(call.user.id)
        if account is None:
            raise WrongPassword
        attempt = Attempt(account.email, password, call.client_address, account.password_hash, account.disabled)
        async with call.aside():
            verdict = await self.signing_in.judge(attempt, call.step)
        if not verdict.matches:
            raise WrongPassword
        return account


def _others(call: Call) -> auth.SessionsToEnd:
    keep = call.user.session or UNSET
    return auth.SessionsToEnd(id=call.user.id, role="admin", why="password_changed", keep=keep)
