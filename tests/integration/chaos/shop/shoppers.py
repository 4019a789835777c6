"""Those who register and order while parts of the system die, and keep account of what they were told."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
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
# A token is good for 15 minutes.
SIGNED_IN_S = 300.0

type Body = Mapping[str, Any]


def shop_client(url: str) -> AsyncClient:
    # Each request a connection of its own: one that a killed gateway left behind tells nothing of this request.
    return AsyncClient(base_url=url, timeout=WITHIN_S, limits=Limits(max_keepalive_connections=0))


@dataclass(frozen=True, slots=True)
class Buyer:
    id: str
    email: str
    token: str = field(default="", repr=False)
    until: float = 0.0
    """When to sign in anew, by the monotonic clock."""


@dataclass(slots=True)
class Shoppers:
    http: AsyncClient
    history: History
    chance: random.Random
    buyers: list[Buyer] = field(default_factory=list[Buyer])
    is_over: bool = False

    async def arrive(self) -> None:
        """Those who will order, while all is well; signed in anew before their tokens end."""
        if not self.buyers:
            self.buyers = list(await asyncio.gather(*(self._newcomer() for _ in range(BUYERS))))
        self.buyers = list(await asyncio.gather(*map(self._signed_in, self.buyers)))

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
            with self.history.asking(operation):
                answer = await self.http.post(path, json=body, headers={**headers, **operation.headers})
        except (ConnectError, ConnectTimeout, PoolTimeout) as fault:
            return Attempt(began, time.time(), UNSENT, repr(fault))
        except HTTPError as fault:
            return Attempt(began, time.time(), CUT_OFF, repr(fault))
        if answer.status_code != MADE:
            return Attempt(began, time.time(), answer.status_code, answer.text[:300])
        operation.id = answer.json()["data"]["id"]
        return Attempt(began, time.time(), MADE)

    async def _newcomer(self) -> Buyer:
        newcomer = a_newcomer()
        made = self.history.begin(Operation(kind="registration", mark=newcomer["email"]))
        await self._insist(made, REGISTER, newcomer, insists=True)
        return Buyer(made.id, made.mark)

    async def _signed_in(self, buyer: Buyer) -> Buyer:
        if buyer.until > time.monotonic():
            return buyer
        while True:
            answer = await self.http.post(LOGIN, json={"email": buyer.email, "password": PASSWORD})
            if answer.is_success:
                until = time.monotonic() + SIGNED_IN_S
                return replace(buyer, token=str(answer.json()["data"]["token"]), until=until)
            assert answer.status_code in (NEVER_RAN, *TELLS_NOTHING), answer.text
            await asyncio.sleep(AGAIN_AFTER_S)
