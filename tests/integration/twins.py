"""Two gateways as their clients know them: who is signed in may ask either."""

import asyncio
from dataclasses import dataclass
from typing import Any

import jwt
from httpx import AsyncClient, Response

from tests.cluster import Running
from tests.cluster.people import PASSWORD, a_newcomer, bearer

from .answers import data_of

ME, REFRESH = "/api/v1/auth/me", "/api/v1/auth/refresh"
NOT_NOW = 503


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody signed in, who asks either gateway."""

    gateways: list[AsyncClient]
    id: str
    email: str
    pair: dict[str, Any]

    async def get(self, path: str, gateway: int = 0) -> Response:
        return await self.gateways[gateway].get(path, headers=bearer(self.pair["token"]))

    async def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Response:
        return await self.gateways[0].request(method, path, json=body, headers=bearer(self.pair["token"]))

    async def is_let_in(self, gateway: int = 0) -> bool:
        return (await self.get(ME, gateway)).status_code == 200

    async def refreshed(self, token: str = "", gateway: int = 0) -> Response:
        """Asked again where it was turned away for the moment, as any client would."""
        body = {"refreshToken": token or self.pair["refreshToken"]}
        while True:
            answer = await self.gateways[gateway].post(REFRESH, json=body)
            if answer.status_code != NOT_NOW:
                return answer
            await asyncio.sleep(0.05)

    @property
    def session(self) -> str:
        return jwt.decode(self.pair["token"], options={"verify_signature": False})["sid"]


@dataclass(frozen=True, slots=True)
class Twins:
    gateways: list[AsyncClient]
    running: Running

    async def newcomer(self) -> Client:
        newcomer = a_newcomer()
        made = data_of(await self.gateways[0].post("/api/v1/customer/register", json=newcomer), 201)
        return await self.again(made["id"], newcomer["email"])

    async def again(self, id_: str, email: str, password: str = PASSWORD) -> Client:
        return Client(self.gateways, id_, email, data_of(await self.log_in(email, password)))

    async def log_in(self, email: str, password: str) -> Response:
        return await self.gateways[1].post("/api/v1/customer/login", json={"email": email, "password": password})

    async def root(self) -> Client:
        login = {"email": "admin@local", "password": self.running.root_password}
        return Client(
            self.gateways, "", "admin@local", data_of(await self.gateways[0].post("/api/v1/admin/login", json=login))
        )
