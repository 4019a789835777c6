"""What clients ask for: a mix of idempotent requests, and registrations that leave a mark."""

import json
import random
from dataclasses import dataclass
from uuid import uuid4

from .system import System
from .wire import Request

CUSTOMERS = 8
REGISTRATIONS = 0.05
PASSWORD = "a customer's password"
HEALTHCHECK = "/api/v1/healthcheck"


def registration(email: str) -> Request:
    body = {"email": email, "password": PASSWORD, "firstName": "Ada", "lastName": "Lovelace"}
    return Request("POST", "/api/v1/customer/register", json.dumps(body).encode(), mark=email)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Idempotent by RFC 9110: reads, and a PUT that sets the same name again."""

    token: str
    customers: tuple[str, ...]

    @classmethod
    async def of(cls, system: System) -> "Traffic":
        ids: list[str] = []
        for _ in range(CUSTOMERS):
            status, answer = await system.ask(registration(f"{uuid4().hex}@example.org"))
            assert status == 201, answer
            ids.append(answer["data"]["id"])
        return cls(await system.root_token(), tuple(ids))

    def mix(self, chance: random.Random) -> Request:
        return chance.choice((self.admins, self.page, self.customer, self.me, self.health, self.renamed))(chance)

    def anything(self, chance: random.Random) -> Request:
        """A registration now and then among them; hashing is slow by design."""
        if chance.random() < REGISTRATIONS:
            return registration(f"{uuid4().hex}@example.org")
        return self.mix(chance)

    def admins(self, _: random.Random) -> Request:
        return self._get("/api/v1/admin/list?page=1&limit=10")

    def page(self, _: random.Random) -> Request:
        return self._get("/api/v1/customers?limit=5")

    def customer(self, chance: random.Random) -> Request:
        return self._get(f"/api/v1/customers/{chance.choice(self.customers)}")

    def me(self, _: random.Random) -> Request:
        return self._get("/api/v1/auth/me")

    def health(self, _: random.Random) -> Request:
        return Request("GET", HEALTHCHECK)

    def renamed(self, chance: random.Random) -> Request:
        path = f"/api/v1/customers/{chance.choice(self.customers)}"
        return Request("PUT", path, b'{"firstName":"Augusta"}', token=self.token)

    def _get(self, path: str) -> Request:
        return Request("GET", path, token=self.token)
