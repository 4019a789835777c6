"""Answers customer.login."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from contracts import auth
from contracts.auth import SignedIn
from contracts.customer import Credentials, InvalidCredentials
from flowkit.audit import Entry, Noting
from flowkit.call import Call
from flowkit.contract import ErrorCode, TooManyRequests
from flowkit.security.passwords import Verdict
from flowkit.security.signing_in import Attempt, SigningIn

from customer_service.ports import Account, Flows, Store

LOGIN: Final = "customer.login"


@dataclass(frozen=True, slots=True)
class LogIn:
    """Recognise a customer, and have a session opened for them. Nobody learns which emails we know."""

    store: Store
    signing_in: SigningIn
    flows: Flows
    refusals: Noting

    async def run(self, request: Credentials, call: Call) -> SignedIn:
        with call.step("Looking up customer by email"):
            account = await self._look_up(request.email)
        if account is not None:
            call.about("customer", account.id)
        verdict = await self._judge(request, call, account)
        if account is None or not verdict.matches:
            self.refusals.note(_refused(call, account, "UNAUTHORIZED"))
            raise InvalidCredentials
        if verdict.replacement_needed:
            await self.signing_in.renew(request.password, partial(self._replace_hash, account))
        with call.step("Generating JWT token"):
            who = auth.Subject(id=account.id, email=account.email, role="customer")
            issued = await self.flows.call(auth.issue, who)
        await self._admit(call, account)
        return issued

    async def _look_up(self, email: str) -> Account | None:
        async with self.store.reading() as tx:
            return await tx.account_of(email)

    async def _judge(self, request: Credentials, call: Call, account: Account | None) -> Verdict:
        email, stored = (request.email, None) if account is None else (account.email, account.password_hash)
        barred = account is not None and account.disabled
        attempt = Attempt(email, request.password, call.client_address, stored, barred)
        try:
            # Every refusal takes its time, and reads should not have to wait behind those who guess.
            async with call.aside():
                return await self.signing_in.judge(attempt, call.step)
        except TooManyRequests as throttled:
            self.refusals.note(_refused(call, account, throttled.code))
            raise

    async def _replace_hash(self, account: Account, new: str) -> None:
        async with self.store.transaction() as tx:
            await tx.replace_hash(account, new)

    async def _admit(self, call: Call, account: Account) -> None:
        """Before the token is handed out: nobody is signed in of whom it is not on record."""
        async with self.store.transaction() as tx:
            # While the password was verified it may have been changed, or its owner disabled or deleted.
            if await tx.still_stands(account):
                await tx.record(Entry.of(call, LOGIN, "customer", account.id).by("customer", account.id))
                return
            is_gone = await tx.find(account.id) is None
            # Of whom is deleted nothing stays, neither of what was written since then nor the session just opened.
            if is_gone:
                await tx.forget_logins(account.email)
        if is_gone:
            forgotten = auth.SessionsToEnd(id=account.id, role="customer", why="deleted")
            await self.flows.call(auth.end_sessions, forgotten)
        raise InvalidCredentials


def _refused(call: Call, account: Account | None, code: ErrorCode) -> Entry:
    return Entry.of(call, LOGIN, "customer", None if account is None else account.id, refused=code)
