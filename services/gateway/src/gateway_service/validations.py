"""What auth said of a token, remembered for seconds."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from contracts import auth
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import Identity, Invalid
from flowkit.security.revoked import RevokedSessions
from msgspec import Struct

KEPT_S = 5.0
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Vouched:
    """An identity, the signed form of it that services believe, and until when this may be used."""

    identity: Identity
    signed: str
    until: float


class _Claims(Struct):
    exp: float = 0.0
    sid: str = ""
    contracts: tuple[str, ...] = ()


@dataclass(slots=True)
class Validations:
    client: Client
    revoked: RevokedSessions = field(default_factory=RevokedSessions)
    kept_s: float = KEPT_S
    most_kept: int = _MOST_KEPT
    clock: Callable[[], float] = time.monotonic
    _kept: dict[bytes, Vouched] = field(default_factory=dict[bytes, Vouched])
    _asked: dict[bytes, asyncio.Task[Vouched]] = field(default_factory=dict[bytes, asyncio.Task[Vouched]])

    def know(self, token: str) -> bool:
        """Whether auth need not be asked."""
        return self._known(_key(token)) is not None

    async def of(self, token: str, call: Call) -> Vouched:
        """Raises what auth answers of a token it does not vouch for; that is never remembered."""
        key = _key(token)
        known = self._known(key)
        if known is not None:
            call.step("Using cached validation")
            return known
        with call.step("Validating token"):
            return await asyncio.shield(self._asked.get(key) or self._ask_once(key, token))

    async def finish(self) -> None:
        """Wait for what was asked by those who have since gone."""
        if self._asked:
            await asyncio.wait(self._asked.values())

    def _known(self, key: bytes) -> Vouched | None:
        known = self._kept.get(key)
        if known is None or self.clock() >= known.until or known.identity.session in self.revoked:
            return None
        return known

    def _ask_once(self, key: bytes, token: str) -> asyncio.Task[Vouched]:
        """One question however many wait for its answer, and whoever of them gives up."""
        asking = asyncio.get_running_loop().create_task(self._ask(key, token))
        self._asked[key] = asking
        asking.add_done_callback(lambda asked: self._settled(key, asked))
        return asking

    async def _ask(self, key: bytes, token: str) -> Vouched:
        asked_at = self.clock()
        try:
            said = await self.client.call(auth.validate, auth.TokenToValidate(token=token))
        except Invalid as fault:
            raise auth.InvalidToken from fault
        claims = _claims(said.identity)
        if claims.sid in self.revoked:
            raise auth.InvalidToken
        identity = Identity(
            id=said.id,
            email=said.email,
            role=said.role,
            root=said.root is True,
            session=claims.sid,
            contracts=claims.contracts,
        )
        # The identity ends no later than what it stands for.
        vouched = Vouched(identity, said.identity, asked_at + min(self.kept_s, claims.exp - time.time()))
        self._keep(key, vouched)
        return vouched

    def _keep(self, key: bytes, vouched: Vouched) -> None:
        self._kept.pop(key, None)
        now = self.clock()
        # In the order they came: what is over stands first, and so does the oldest.
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) < self.most_kept and now < self._kept[oldest].until:
                break
            del self._kept[oldest]
        self._kept[key] = vouched

    def _settled(self, key: bytes, asked: asyncio.Task[Vouched]) -> None:
        del self._asked[key]
        if not asked.cancelled():
            asked.exception()  # those who waited have it; where nobody did, it is no news


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _claims(identity: str) -> _Claims:
    """Of the identity that auth itself has just handed over. One that cannot be read here is not kept."""
    try:
        claims = identity.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)), type=_Claims)
    except (IndexError, ValueError, msgspec.DecodeError):
        return _Claims()
