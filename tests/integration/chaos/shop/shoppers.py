"""Those who register and order while parts of the system die, and keep account of what they were told."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, ConnectError, ConnectTimeout, HTTPError, Limits, PoolTimeout

from tests.cluster.people import PASSWORD, a_newcomer, bearer

from .history import CUT_OFF, MADE, NEVER_RAN, TELLS_NOTHING, UNSENT, Attempt, History, Kind, Operation

REGISTER, ORDERS, LOGIN = "/api/v1/customer/register", "/api/v1/orders", "/api/v1/customer/login"
NEWCOMERS, BUYERS = 4, 6
PAUSE_S = (0.05, 0.25)
AGAIN_AFTER_S = 0.2
# Some ask again until they know, the others never learn.
INSISTING, PLANNED_REFUSALS = 0.5, 0.1
WITHIN_S = 15.0

type Body = Mapping[str, Any]


def shop_client(url: str) -> AsyncClient:
    # Each request a connection of its own: one that a killed gateway left behind tells nothing of this request.
    return AsyncClient(base_url=url, timeout=WITHIN_S, limits=Limits(max_keepalive_connections=0))


@dataclass(frozen=True, slots=True)
class Buyer:
    id: str
    email: str
    token: str


@dataclass(slots=True)
class Shoppers:
    http: AsyncClient
    history: History
    chance: random.Random
    buyers: list[Buyer] = field(default_factory=list[Buyer])
    is_over: bool = False

    async def arrive(self) -> None:
        """Those who will order, while all is well; signed in anew, as tokens end."""
        while len(self.buyers) < BUYERS:
            newcomer = a_newcomer()
            made = self.history.begin(Operation(kind="registration", mark=newcomer["email"]))
            await self._insist(made, REGISTER, newcomer, insists=True)
            self.buyers.append(Buyer(made.id, made.mark, ""))
        self.buyers = [Buyer(each.id, each.email, await self._signed_in(each.email)) for each in self.buyers]

    @asynccontextmanager
    async def shopping(self) -> AsyncGenerator[None]:
        """Returns when everybody has the last answer, or knows that none will come."""
        self.is_over = False
        async with asyncio.TaskGroup() as group:
            for _ in range(NEWCOMERS):
                group.create_task(self._keep_coming(self._register))
            for buyer in self.buyers:
                group.create_task(self._keep_coming(lambda buyer=buyer: self._order(buyer)))
            try:
                yield
            finally:
                self.is_over = True

    async def _keep_coming(self, one: Callable[[], Any]) -> None:
        while not self.is_over:
            await asyncio.sleep(self.chance.uniform(*PAUSE_S))
            await one()

    async def _register(self) -> None:
        if self._draws(PLANNED_REFUSALS):
            known = self.chance.choice(self.buyers).email
            taken = self.history.begin(Operation(kind="taken email", mark=known))
            await self._insist(taken, REGISTER, a_newcomer(known))
            return
        newcomer = a_newcomer()
        made = self.history.begin(Operation(kind="registration", mark=newcomer["email"]))
        await self._insist(made, REGISTER, newcomer, insists=self._draws(INSISTING))

    async def _order(self, buyer: Buyer) -> None:
        kinds: tuple[Kind, ...] = ("bad order", "forged token")
        kind: Kind = self.chance.choice(kinds) if self._draws(PLANNED_REFUSALS) else "order"
        product = f"product-{uuid4()}"
        made = self.history.begin(Operation(kind=kind, mark=product, customer_id=buyer.id))
        item = {"productId": product, "quantity": 0 if kind == "bad order" else 2, "price": "4.99"}
        token = f"{buyer.token[:-20]}{'x' * 20}" if kind == "forged token" else buyer.token
        insists = kind == "order" and self._draws(INSISTING)
        await self._insist(made, ORDERS, {"items": [item]}, bearer(token), insists=insists)

    def _draws(self, share: float) -> bool:
        return self.chance.random() < share

    async def _insist(
        self,
        operation: Operation,
        path: str,
        body: Body,
        headers: Mapping[str, str] | None = None,
        *,
        insists: bool = False,
    ) -> None:
        """Once, or until it is answered for good: always under the same key."""
        while True:
            attempt = await self._ask(operation, path, body, headers or {})
            operation.attempts.append(attempt)
            knows = attempt.status not in (NEVER_RAN, UNSENT, CUT_OFF, *TELLS_NOTHING)
            if knows or not insists or self.is_over:
                return
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _ask(self, operation: Operation, path: str, body: Body, headers: Mapping[str, str]) -> Attempt:
        began = time.time()
        try:
            answer = await self.http.post(path, json=body, headers={**headers, **operation.headers})
        except (ConnectError, ConnectTimeout, PoolTimeout) as fault:
            return Attempt(began, time.time(), UNSENT, repr(fault))
        except HTTPError as fault:
            return Attempt(began, time.time(), CUT_OFF, repr(fault))
        if answer.status_code != MADE:
            return Attempt(began, time.time(), answer.status_code, answer.text[:300])
        operation.id = answer.json()["data"]["id"]
        return Attempt(began, time.time(), MADE)

    async def _signed_in(self, email: str) -> str:
        answer = await self.http.post(LOGIN, json={"email": email, "password": PASSWORD})
        assert answer.is_success, answer.text
        return str(answer.json()["data"]["token"])
