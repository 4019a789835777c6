"""GET /.well-known/jwks.json: the public keys as RFC 7517 has them, for whoever verifies tokens without asking us."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import structlog
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import FlowError, Nothing, Unavailable
from flowkit.contract.keys import public_keys
from litestar.types import ASGIApp, Scope

from gateway_service.http.allowance import Allowance
from gateway_service.http.answer import Answer, Header
from gateway_service.http.exchange import Exchange

PATH = "/.well-known/jwks.json"
KEPT_S = 5.0
# Shorter than the notice a key gives before it signs (KEY_LEAD_S), so that nobody's copy is too old.
_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/jwk-set+json"),
    (b"cache-control", b"public, max-age=60"),
)

_log = structlog.get_logger("gateway")


@dataclass(slots=True)
class KeySet:
    """Asked for once however many wait; where auth is away, what it said last is said again."""

    client: Client
    kept_s: float = KEPT_S
    clock: Callable[[], float] = time.monotonic
    _said: bytes | None = None
    _asked_at: float = float("-inf")
    _asking: asyncio.Task[None] | None = field(default=None, repr=False)

    async def current(self, call: Call) -> bytes:
        if self._said is None or self.clock() - self._asked_at > self.kept_s:
            with call.step("Asking for the public keys"):
                await asyncio.shield(self._asking or self._ask_once())
        if self._said is None:
            raise Unavailable
        return self._said

    def _ask_once(self) -> asyncio.Task[None]:
        self._asking = asyncio.get_running_loop().create_task(self._ask())
        return self._asking

    async def _ask(self) -> None:
        self._asked_at = self.clock()
        try:
            self._said = msgspec.json.encode(await self.client.call(public_keys, Nothing()))
        except FlowError as fault:
            _log.warning("public keys could not be fetched", error_code=fault.code)
        finally:
            self._asking = None


@dataclass(frozen=True, slots=True)
class KeySetPage:
    keys: KeySet
    allowance: Allowance
    path: str = PATH

    async def show(self, scope: Scope) -> ASGIApp:
        exchange = Exchange.of(scope)
        exchange.route = self.path
        try:
            self.allowance.of_address(exchange)
            with exchange.call.as_current():
                return Answer(200, await self.keys.current(exchange.call), _HEADERS)
        except FlowError as error:
            return exchange.refuse(error)
