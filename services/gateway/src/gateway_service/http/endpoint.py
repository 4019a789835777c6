"""What every route does: who asks, whether they may, what they ask, and the flow's answer."""

from collections.abc import Callable
from dataclasses import dataclass

from flowkit.client import Client
from flowkit.contract import FlowError, TimedOut, Unavailable
from litestar.types import ASGIApp, Scope

from gateway_service.http import credential, idempotency
from gateway_service.http.allowance import Allowance
from gateway_service.http.exchange import Exchange
from gateway_service.http.payload import Reading
from gateway_service.http.refusals import Refusal
from gateway_service.http.route import Route
from gateway_service.validations import Validations, Vouched

type StandIn = Callable[[], FlowError]
"""What a route tells in place of a flow that cannot be reached."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    route: Route
    reading: Reading
    client: Client
    validations: Validations
    allowance: Allowance
    stand_in: StandIn | None = None

    async def answer(self, scope: Scope) -> ASGIApp:
        exchange = Exchange.of(scope)
        exchange.leads_to(self.route.path)
        try:
            self.allowance.of_address(exchange)
            with exchange.call.as_current():
                return await self._relay(exchange, scope["path_params"])
        except (Unavailable, TimedOut) as error:
            return exchange.refuse(error if self.stand_in is None else self.stand_in())
        except (FlowError, Refusal) as error:
            return exchange.refuse(error)

    async def _relay(self, exchange: Exchange, path: dict[str, str]) -> ASGIApp:
        """Access is judged before the payload is: who may not ask is not told what a good question looks like."""
        contract, call = self.route.contract, exchange.call
        if not self.client.bus.is_connected:
            # The bus would wait for its very first connection; a client of HTTP is better told to come again.
            raise Unavailable
        if contract.access.needs_identity:
            vouched = await self._vouched(exchange)
            call.identity, call.identity_token = vouched.identity, vouched.signed
            self.allowance.of_user(exchange)
        contract.check(call.identity)
        request = await self.reading(exchange.arrival, exchange.receive, call.deadline, path)
        if self.route.takes_key:
            call.idempotency_key = idempotency.key(exchange.arrival)
        return exchange.relay(contract.status, await self.client.relay(contract, request))

    async def _vouched(self, exchange: Exchange) -> Vouched:
        token = credential.shown(exchange.arrival)
        if self.validations.know(token):
            return await self.validations.of(token, exchange.call)
        with self.allowance.of_unknown_token(exchange):
            return await self.validations.of(token, exchange.call)
