"""Secrets put wherever a client, a peer on the bus or a database can put them."""

import base64
import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response

from tests.cluster import Running
from tests.cluster.people import a_newcomer, bearer
from tests.integration.bus import Bus
from tests.integration.records import records

CUSTOMERS, REGISTER, LOGIN = "/api/v1/customers", "/api/v1/customer/register", "/api/v1/customer/login"
BLABBED = "Blabbed"
BLAB = """
CREATE FUNCTION blab() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% asked with password {password} and token {token}, then with {refresh_token} and {api_key}',
    NEW.email;
END $$;
"""
TRIGGER = """
CREATE TRIGGER blab BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.last_name = '{blabbed}') EXECUTE FUNCTION blab()
"""


def _token() -> str:
    """Of the form ours have."""
    parts = ('{"alg":"EdDSA","typ":"at+jwt"}', f'{{"sub":"{uuid4()}","exp":1}}', uuid4().hex)
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


@dataclass(frozen=True, slots=True)
class Secrets:
    password: str = field(default_factory=lambda: f"Pass{uuid4().hex}")
    email: str = field(default_factory=lambda: f"eve.{uuid4().hex}@example.org")
    token: str = field(default_factory=_token)
    refresh_token: str = field(default_factory=lambda: f"flr_{secrets.token_urlsafe(32)}")
    api_key: str = field(default_factory=lambda: f"fak_{uuid4().hex}_{secrets.token_urlsafe(32)}")

    def found_in(self, told: str) -> list[str]:
        """Which of them, whole or by the part that could only be theirs."""
        parts = {
            "password": (self.password, self.password.upper(), self.password[4:]),
            "email": (self.email, self.email.partition("@")[0], self.email.replace("@", "%40")),
            "token": (self.token, *self.token.split(".")[1:]),
            "refresh token": (self.refresh_token, self.refresh_token[4:]),
            "API key": (self.api_key, self.api_key[37:]),
        }
        return [name for name, each in parts.items() if any(part in told for part in each)]

    @property
    def body(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}


@dataclass(frozen=True, slots=True)
class Planting:
    http: AsyncClient
    bus: Bus
    secrets: Secrets
    token: str
    """One that is good."""

    async def everywhere(self) -> list[Response]:
        answers = [
            await self.http.request(method, path, **given)
            for method, path, given in (
                *self._bodies(),
                *self._queries(),
                *self._paths(),
                *self._headers(),
            )
        ]
        await self._on_the_bus()
        return answers

    def _bodies(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Rightly placed, in the wrong fields, under wrong names, and in what is no JSON."""
        token, right = self.secrets.token, a_newcomer() | self.secrets.body
        yield "POST", REGISTER, {"json": right}
        yield "POST", REGISTER, {"json": right}
        yield (
            "POST",
            REGISTER,
            {"json": a_newcomer(self.secrets.email + "x") | {"lastName": BLABBED} | {"password": right["password"]}},
        )
        yield "POST", LOGIN, {"json": self.secrets.body}
        yield "POST", LOGIN, {"json": {"email": self.secrets.email, "password": "wrong"}}
        yield "POST", LOGIN, {"json": {"email": self.secrets.password, "password": self.secrets.email}}
        yield "POST", LOGIN, {"json": {"email": self.secrets.email, "pasword": self.secrets.password, "token": token}}
        yield "POST", LOGIN, {"json": [self.secrets.email, self.secrets.password, token]}
        yield "POST", LOGIN, {"content": f"email={self.secrets.email}&password={self.secrets.password}"}
        yield (
            "POST",
            LOGIN,
            {"content": f'{{"{self.secrets.email}": {token}', "headers": {"content-type": "application/json"}},
        )
        yield "POST", REGISTER, {"json": a_newcomer(self.secrets.password) | {"password": token * 9}}

    def _queries(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        query = self.secrets.body | {"access_token": self.secrets.token}
        for path in (LOGIN, "/api/v1/auth/me", "/api/v1/admin/list", "/nowhere"):
            yield "GET", path, {"params": query, "headers": bearer(self.token)}
        yield "GET", "/api/v1/admin/list", {"params": {"page": self.secrets.password, "limit": self.secrets.email}}

    def _paths(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for secret in (self.secrets.password, self.secrets.email, self.secrets.token):
            for path in (f"{CUSTOMERS}/{secret}", f"/reset/{secret}", f"/{secret}/now", f"{LOGIN}/{secret}"):
                yield "GET", path, {"headers": bearer(self.token)}
        yield self.secrets.password.upper(), LOGIN, {}

    def _headers(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        email, password, token = self.secrets.email, self.secrets.password, self.secrets.token
        telling = f"user={email},password={password},token={token}"
        for headers in (
            bearer(token),
            bearer(password),
            {"Authorization": f"Basic {base64.b64encode(f'{email}:{password}'.encode()).decode()}"},
            {"Authorization": f"Digest username={email}, response={password}"},
            {"Cookie": f"session={token}; email={email}", "X-Api-Key": password, "User-Agent": telling},
            {"Referer": f"https://example.org/?{telling}", "X-Forwarded-For": email, "Origin": f"https://{password}"},
            {"baggage": telling, "tracestate": f"a={password}", "traceparent": telling, "x-trace-id": password},
            {"x-request-id": f"{email} {token} Bearer {password}"},
            {"flow-identity": token, "flow-caller": email, "content-type": telling},
        ):
            yield "GET", "/api/v1/auth/me", {"headers": headers}
            yield "POST", LOGIN, {"headers": headers, "json": self.secrets.body}

    async def _on_the_bus(self) -> None:
        email, password, token = self.secrets.email, self.secrets.password, self.secrets.token
        headers = {"flow_caller": email, "x_request_id": f"{email} {token}", "baggage": f"user={email},token={token}"}
        for subject in ("api.v1.customer.login", "api.v1.admin.login", "api.v1.auth.validate", "api.v1.healthcheck"):
            for body in (self.secrets.body, {"token": token, "requiredRole": password}, password.encode()):
                await self.bus.ask(subject, body, **headers, flow_identity=token)


@asynccontextmanager
async def blabbing(cluster: Running, told: Secrets) -> AsyncGenerator[None]:
    """A database that says more than it should when it cannot keep a customer."""
    async with records(cluster.database_url("customer")) as customers:
        await customers.change(BLAB.format(**asdict(told)))
        await customers.change(TRIGGER.format(blabbed=BLABBED))
        try:
            yield
        finally:
            await customers.change("DROP FUNCTION blab CASCADE")
