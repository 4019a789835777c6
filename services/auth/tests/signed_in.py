"""People who sign in, refresh and leave, without a bus or a database."""

from dataclasses import dataclass, field
from datetime import timedelta

from auth_service.flows.issue_token import IssueToken
from auth_service.flows.log_out import LogOut
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.flows.refresh_session import RefreshSession
from auth_service.flows.validate_token import ValidateToken
from auth_service.token_pairs import TokenPairs, succession_key
from contracts.auth import InvalidToken, Leaving, RefreshToken, SignedIn, Subject, TokenToValidate
from flowkit.call import Call
from flowkit.contract import Identity
from flowkit.security.tokens import ACCESS
from flowkit.testing.calls import a_call

from .fake_sessions import FakeRevocations, FakeSessions
from .fakes import FakeApiKeys, a_keyring

KEYRING = a_keyring()
PAIRS = TokenPairs(KEYRING, succession_key(bytes(32)), timedelta(minutes=15))
ADA = Subject(id="0190b7a0-0000-7000-8000-000000000001", email="ada@example.org", role="customer")
EVE = Subject(id="0190b7a0-0000-7000-8000-000000000002", email="eve@example.org", role="customer")
GRACE_S = 10.0


@dataclass(slots=True)
class World:
    store: FakeSessions = field(default_factory=FakeSessions)
    told: FakeRevocations = field(default_factory=FakeRevocations)

    async def sign_in(self, who: Subject = ADA) -> SignedIn:
        return await IssueToken(self.store, PAIRS, self.told).run(who, a_call(service=who.role))

    async def refresh(self, token: str, call: Call | None = None) -> SignedIn:
        flow = RefreshSession(self.store, PAIRS, self.told, timedelta(seconds=GRACE_S))
        return await flow.run(RefreshToken(refresh_token=token), call or a_call())

    async def log_out(self, who: Identity, *, everywhere: bool = False) -> int:
        return (await LogOut(self.store, self.told).run(Leaving(all=everywhere), a_call(who))).ended

    async def is_let_in(self, pair: SignedIn) -> bool:
        try:
            validate = ValidateToken(KEYRING, self.store, ProveApiKey(FakeApiKeys()), timedelta(minutes=1))
            await validate.run(TokenToValidate(token=pair.token), a_call())
        except InvalidToken:
            return False
        return True


def bearer_of(pair: SignedIn) -> Identity:
    return KEYRING.verify(pair.token, ACCESS).identity
