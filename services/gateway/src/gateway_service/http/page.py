"""Something that is always the same: answered from memory."""

from dataclasses import dataclass, field

from flowkit.contract import TooManyRequests
from litestar.types import ASGIApp, Scope

from gateway_service.http.allowance import Allowance
from gateway_service.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    answer: ASGIApp
    allowance: Allowance = field(default_factory=Allowance)

    async def show(self, scope: Scope) -> ASGIApp:
        exchange = Exchange.of(scope)
        exchange.route = self.path
        try:
            self.allowance.of_address(exchange)
        except TooManyRequests as refusal:
            return exchange.refuse(refusal)
        return self.answer
