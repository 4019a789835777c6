"""Every route once with each outcome that a client can bring about, and all that was told of it."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from httpx import AsyncClient, Response

from tests.cluster import People
from tests.cluster.people import PASSWORD, a_newcomer, an_order, bearer, new_email

from .matrix import MATRIX
from .receiver import Receiver
from .spans import SentLine, Span

ADMINS, CUSTOMERS, ORDERS = "/api/v1/admin", "/api/v1/customer", "/api/v1/orders"
_DISABLED = {"status": "disabled"}
WITHIN_S = 40.0
HAVE_LINES = ("SERVER", "CONSUMER", "INTERNAL")


@dataclass(frozen=True, slots=True)
class Tour:
    """The spans of its traces, and the lines that name one of them."""

    spans: Sequence[Span]
    lines: Sequence[SentLine]

    @property
    def edges(self) -> Iterator[tuple[str, str, str]]:
        """Who called whom, for what."""
        by_id = {span.span_id: span for span in self.spans}
        for span in self.spans:
            caller = by_id.get(span.parent_id)
            if span.kind == "SERVER" and caller is not None:
                yield caller.service, span.service, span.name

    @property
    def told(self) -> Iterator[tuple[str, str, str]]:
        """Who told whom of which event."""
        by_id = {span.span_id: span for span in self.spans}
        for span in self.spans:
            if span.kind == "CONSUMER":
                yield by_id[span.parent_id].service, span.service, span.name.removeprefix("process ")

    @property
    def is_whole(self) -> bool:
        """Whatever ends last is here: each flow and each reaction with its line and each line with its span, for each
        call the flow it went to, for each reaction who told of the event.

        What a request has announced goes on after it, for as long as it takes.
        """
        spans = {(span.trace_id, span.span_id) for span in self.spans}
        lines = {(line.trace_id, line.span_id) for line in self.lines}
        heard = {span.parent_id for span in self.spans if span.kind == "SERVER"}
        return lines <= spans and all(
            (span.kind not in HAVE_LINES or (span.trace_id, span.span_id) in lines)
            and (span.kind != "CONSUMER" or (span.trace_id, span.parent_id) in spans)
            and (span.kind != "CLIENT" or span.span_id in heard)
            for span in self.spans
        )


def said(line: SentLine) -> dict[str, Any]:
    return json.loads(line.body)


async def taken(http: AsyncClient, people: People, receiver: Receiver) -> Tour:
    """Until the requests have been answered, and what they have announced was acted on wherever it is."""
    traces = {answer.headers["x-trace-id"] for answer in await _requests(http, people)}
    async with asyncio.timeout(WITHIN_S):
        while not (traces <= _complete(receiver) and _seen(receiver, traces).is_whole and _told(receiver, traces)):
            await receiver.more()
    return _seen(receiver, traces)


def _complete(receiver: Receiver) -> set[str]:
    """The traces whose first span is here, which ends after all others of the gateway."""
    return {trace_id for trace_id, spans in receiver.spans.items() if any(not span.parent_id for span in spans)}


def _told(receiver: Receiver, traces: set[str]) -> bool:
    emitted = {(span.service, span.name) for trace_id in traces for span in receiver.spans[trace_id]}
    return emitted >= {
        (service, f"{verb} {event}")
        for service, emits in MATRIX.items()
        for verb, events in (("publish", emits.publishes), ("process", emits.processes))
        for event in events
    }


def _seen(receiver: Receiver, traces: set[str]) -> Tour:
    spans = [span for trace_id in traces for span in receiver.spans[trace_id]]
    return Tour(spans, [line for line in receiver.lines if line.trace_id in traces])


async def _requests(http: AsyncClient, people: People) -> list[Response]:
    root, ada, eve = (await people.root()).bearer, a_newcomer(), (await people.new_customer()).bearer
    new_admin = {"email": new_email("grace"), "password": PASSWORD}
    answers = [
        await http.get("/api/v1/healthcheck"),
        await http.post(f"{CUSTOMERS}/register", json=ada),
        await http.post(f"{CUSTOMERS}/register", json=ada),
        await http.post(f"{CUSTOMERS}/login", json={"email": ada["email"], "password": PASSWORD}),
        await http.post(f"{CUSTOMERS}/login", json={"email": ada["email"], "password": "wrong"}),
        await http.post(f"{ADMINS}/login", json={"email": "admin@local", "password": people.root_password}),
        await http.post(f"{ADMINS}/create-admin", json=new_admin, headers=root),
        await http.get(f"{ADMINS}/list", headers=root),
        await http.get(f"{ADMINS}/list", headers=eve),
        await http.get(f"{ADMINS}/list", headers=bearer("no token")),
        await http.get("/api/v1/customers", headers=root),
        await http.post("/api/v1/healthcheck"),
        await http.get("/nowhere"),
    ]
    made = await http.post("/api/v1/auth/api-keys", json={"name": "lamp", "role": "admin"}, headers=root)
    answers += [
        made,
        await http.get("/api/v1/auth/api-keys", headers=root),
        await http.get(f"{ADMINS}/list", headers={"X-API-Key": made.json()["data"]["key"]}),
        await http.delete(f"/api/v1/auth/api-keys/{made.json()['data']['id']}", headers=root),
    ]
    placed = await http.post(ORDERS, json=an_order(), headers=eve)
    answers += [
        placed,
        await http.get(ORDERS, headers=eve),
        await http.get(f"{ORDERS}/{placed.json()['data']['id']}", headers=eve),
        await http.post(ORDERS, json=an_order(), headers=root),
    ]
    own = f"/api/v1/customers/{answers[1].json()['data']['id']}"
    token = bearer(answers[3].json()["data"]["token"])
    answers += [
        await http.get("/api/v1/auth/me", headers=token),
        await http.get("/api/v1/auth/sessions", headers=token),
        await http.post("/api/v1/auth/refresh", json={"refreshToken": answers[3].json()["data"]["refreshToken"]}),
        await http.get(own, headers=token),
        await http.put(own, json={"firstName": "Augusta"}, headers=token),
        await http.get(own, headers=eve),
        await http.get(f"{own}/export", headers=token),
        await http.post(f"{CUSTOMERS}/password", json=_another(PASSWORD), headers=token),
        await http.get(f"{own}/notifications", headers=root),
        await http.put(f"{own}/status", json={"status": "active"}, headers=root),
        await http.post(f"{ADMINS}/password", json=_another("wrong"), headers=root),
        await http.put(f"{ADMINS}/{answers[6].json()['data']['id']}/status", json=_DISABLED, headers=root),
        await http.delete(own, headers=token),
        await http.get(own, headers=root),
        await http.post("/api/v1/auth/logout", headers=eve),
    ]
    return answers


def _another(password: str) -> dict[str, str]:
    return {"currentPassword": password, "newPassword": PASSWORD[::-1]}
