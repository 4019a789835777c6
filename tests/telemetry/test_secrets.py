"""Secrets are planted wherever one can be, and found in nothing that is told."""

import asyncio
import json
from urllib.parse import urlsplit

from flowkit.contract import EVENTS
from flowkit.streams import Kept
from flowkit.telemetry import names
from flowkit.wire.headers import DEAD_TRACEPARENT
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.integration.bus import connected
from tests.integration.records import tables_of

from .planting import BLABBED, Planting, Secrets, blabbing
from .poison import BY, Poison, as_the_operator, everything
from .receiver import Receiver

OPENMETRICS = {"accept": "application/openmetrics-text; version=1.0.0"}


async def figures_of(cluster: Running) -> str:
    async with AsyncClient(headers=OPENMETRICS) as client:
        return "".join([(await client.get(f"{service.ops_url}/metrics")).text for service in cluster.services])


def standing_in(told: str, cluster: Running) -> list[str]:
    """Which of the passwords that the cluster itself lives by."""
    urls = [cluster.nats_url, *(service.database_url for service in cluster.services if service.database_url)]
    passwords = [urlsplit(url).password or "" for url in urls]
    assert all(passwords)
    return [password for password in (*passwords, cluster.root_password) if password in told]


async def audit_logs_of(cluster: Running) -> str:
    tables = [await tables_of(cluster, service.name) for service in cluster.services]
    return "".join(each["audit_log"] for each in tables if "audit_log" in each)


async def kept_of_events(cluster: Running, customer_id: str) -> str:
    """All that is kept by those who know people from events alone, once they know this one."""
    kept = [""]
    async with asyncio.timeout(30):
        while not all(customer_id in told for told in kept):
            tables = [await tables_of(cluster, service) for service in ("order", "payment", "notification")]
            kept = ["".join(each.values()) for each in tables]
    return "".join(kept)


def put_aside(letter: Kept) -> dict[str, str]:
    """Without what it was before: that is kept whole, to be given again."""
    told = {name: value for name, value in letter.headers.items() if name.startswith("flow-dead-")}
    return told | {"subject": letter.subject}


async def test_secrets_are_found_nowhere(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running
) -> None:
    secrets = Secrets()
    ada = await people.new_customer()
    async with blabbing(cluster, secrets), connected(cluster.nats_url) as bus:
        answers = await Planting(http, bus, secrets, ada.token).everywhere()
    async with as_the_operator(cluster) as streams:
        letters = await Poison(streams, secrets).give()
        told = [each for each in await everything(streams, EVENTS) if not each.subject.startswith(BY.again)]

    for answer in answers:
        trace_id = answer.headers["x-trace-id"]
        line = await cluster.log.request(trace_id)
        await receiver.log("request", trace_id, line["span_id"])
    crashed = await receiver.line("customer", "flow crashed")

    for letter in letters:
        _, trace_id, span_id, _ = letter.headers[DEAD_TRACEPARENT].split("-")
        await receiver.log(names.EVENT_HANDLED, trace_id, span_id)
    message = json.loads(crashed.body)["exception"]["message"]
    assert "with password [redacted] and token [redacted], then with [redacted] and [redacted]" in message
    places = {
        "spans": repr(receiver.spans),
        "log lines sent": repr(receiver.lines),
        "log lines written": repr(cluster.log.lines) + repr(cluster.log.unreadable),
        "figures": await figures_of(cluster),
        "audit logs": await audit_logs_of(cluster),
        "what is kept of events": await kept_of_events(cluster, ada.id),
        "events": str(told),
        "why events were given up": str([put_aside(letter) for letter in letters]),
        "error answers": "".join(answer.text for answer in answers if answer.is_error),
    }
    assert {place: secrets.found_in(told) for place, told in places.items()} == {place: [] for place in places}
    assert {place: standing_in(told, cluster) for place, told in places.items()} == {place: [] for place in places}
    assert "customer.login" in places["audit logs"]
    assert len([answer for answer in answers if answer.is_error]) > 30
    assert ada.id in places["events"]
    assert len(places["why events were given up"]) > 1000
    assert BLABBED not in places["error answers"]


def test_whoever_looks_for_secrets_would_find_them() -> None:
    secrets = Secrets()

    assert secrets.found_in(f"..{secrets.password.upper()}..") == ["password"]
    assert secrets.found_in(secrets.email.replace("@", "%40")) == ["email"]
    assert secrets.found_in(secrets.token.split(".")[1]) == ["token"]
    assert secrets.found_in(secrets.refresh_token[4:]) == ["refresh token"]
    assert secrets.found_in(secrets.api_key[37:]) == ["API key"]
    assert secrets.found_in("nothing") == []
