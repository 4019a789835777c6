"""Those who use the API: each story makes its own, so that no story depends on another."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx import AsyncClient

ROOT_EMAIL = "admin@local"
PASSWORD = "correct horse battery"


def new_email(name: str = "ada") -> str:
    return f"{name}.{uuid4().hex}@example.org"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    email: str
    password: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return bearer(self.token)


@dataclass(slots=True)
class People:
    http: AsyncClient
    root_password: str
    _root: Person | None = field(default=None, init=False)

    async def root(self) -> Person:
        if self._root is None:
            token = await self.sign_in("admin", ROOT_EMAIL, self.root_password)
            me = await self.http.get("/api/v1/auth/me", headers=bearer(token))
            self._root = Person(me.json()["data"]["id"], ROOT_EMAIL, self.root_password, token)
        return self._root

    async def new_admin(self) -> Person:
        email = new_email("grace")
        admin = {"email": email, "password": PASSWORD}
        created = await self._done("/api/v1/admin/create-admin", admin, (await self.root()).bearer)
        return Person(created["id"], email, PASSWORD, await self.sign_in("admin", email, PASSWORD))

    async def new_customer(self, email: str = "") -> Person:
        newcomer = a_newcomer(email)
        created = await self._done("/api/v1/customer/register", newcomer)
        token = await self.sign_in("customer", newcomer["email"], PASSWORD)
        return Person(created["id"], newcomer["email"], PASSWORD, token)

    async def new_api_key(self) -> str:
        """Its id."""
        asked = {"name": "lamp", "role": "customer"}
        return str((await self._done("/api/v1/auth/api-keys", asked, (await self.root()).bearer))["id"])

    async def new_order(self, customer: Person) -> str:
        """Its id."""
        return str((await self._done("/api/v1/orders", an_order(), customer.bearer))["id"])

    async def disable(self, customer: Person) -> None:
        path, root = f"/api/v1/customers/{customer.id}/status", (await self.root()).bearer
        answer = await self.http.put(path, json={"status": "disabled"}, headers=root)
        assert answer.is_success, answer.text

    def forget_root(self) -> None:
        """Its sessions were ended: the next who needs it opens another."""
        self._root = None

    async def sign_in(self, kind: str, email: str, password: str) -> str:
        return str((await self.open_session(kind, email, password))["token"])

    async def open_session(self, kind: str, email: str, password: str) -> dict[str, Any]:
        return await self._done(f"/api/v1/{kind}/login", {"email": email, "password": password})

    async def _done(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.http.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()["data"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def a_newcomer(email: str = "") -> dict[str, str]:
    return {"email": email or new_email(), "password": PASSWORD, "firstName": "Ada", "lastName": "Lovelace"}


def an_order() -> dict[str, Any]:
    return {"items": [{"productId": "product-123", "quantity": 2, "price": 29.99}]}
