"""Answers customer.login."""

from dataclasses import dataclass

import structlog
from contracts import auth
from contracts.customer import Credentials, InvalidCredentials, SignedIn
from flowkit.call import Call
from flowkit.contract import FlowError
from flowkit.security.passwords import Passwords, Verdict

from customer_service.ports import Account, Flows, Store

_log = structlog.get_logger("customer_service")


@dataclass(frozen=True, slots=True)
class LogIn:
    """Recognise a customer, and have a token made for them. Nobody learns which emails we know."""

    store: Store
    passwords: Passwords
    flows: Flows

    async def run(self, request: Credentials, call: Call) -> SignedIn:
        with call.step("Looking up customer by email"):
            account = await self._look_up(request.email)
        # Every refusal takes its time, and reads should not have to wait behind those who guess.
        with call.step("Verifying password"):
            async with call.aside():
                verdict = await self._verify(request.password, account)
        if account is None or not verdict.matches:
            raise InvalidCredentials
        if verdict.replacement_needed:
            await self._replace_hash(account, request.password)
        with call.step("Generating JWT token"):
            who = auth.Subject(id=account.id, email=account.email, role="customer")
            return SignedIn(token=(await self.flows.call(auth.issue, who)).token)

    async def _look_up(self, email: str) -> Account | None:
        async with self.store.reading() as tx:
            return await tx.account_of(email)

    async def _verify(self, password: str, account: Account | None) -> Verdict:
        if account is None:
            return await self.passwords.verify_unknown(password)
        return await self.passwords.verify(password, account.password_hash)

    async def _replace_hash(self, account: Account, password: str) -> None:
        try:
            new = await self.passwords.hash(password)
            async with self.store.transaction() as tx:
                await tx.replace_hash(account, new)
        except FlowError as fault:
            # It can wait for the next login; this one need not fail for it.
            _log.warning("an old password hash was not replaced", error_code=fault.code)
