"""Something that is always the same: answered from memory."""

from dataclasses import dataclass

from litestar.types import ASGIApp, Scope

from gateway_service.http.answer import Answer
from gateway_service.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Page:
    path: str
    answer: Answer

    async def show(self, scope: Scope) -> ASGIApp:
        Exchange.of(scope).route = self.path
        return self.answer
