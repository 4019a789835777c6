"""Good secrets of one run are found in nothing that is told, written or stored; what they open says so by hashes."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from contracts import auth
from flowctl.cluster import Cluster
from httpx import AsyncClient
from sqlalchemy.exc import IntegrityError

from tests.cluster import People, Running
from tests.cluster.operator import flow
from tests.integration.bus import connected
from tests.integration.records import records, tables_of

from .handed_out import HandedOut, forms, handed_out, lived_by, misplace
from .receiver import Receiver
from .test_secrets import figures_of

pytestmark = pytest.mark.timeout(180)

MADE_TO_HOLD = re.compile(r"/cluster\.json$|/keys-encryption-key$|/nats/passwords/\w+\.conf$")
# Of each kind one: as an answer, in a header, on the bus.
STRAY = ("refresh token", "second access token", "API key", "badge", "identity")


def left_in(folder: Path, which: str) -> dict[str, str]:
    """The files in it, byte for byte."""
    return {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob(which) if path.is_file()}


def is_ours_alone(path: str) -> bool:
    return Path(path).stat().st_mode & 0o077 == 0


def holders(places: Mapping[str, str], run: HandedOut) -> dict[str, list[str]]:
    return {place: found for place, told in places.items() if (found := run.found_in(told))}


async def said_to_an_operator(cluster: Running, run: HandedOut) -> dict[str, str]:
    """The `flow` commands, those that are refused among them."""
    lines = "\n".join(json.dumps(line) for lines in cluster.log.lines.values() for line in lines).encode()
    login = json.dumps({"email": run.email, "password": run.secrets["password"]})
    spent = json.dumps({"refreshToken": run.secrets["refresh token"]})
    key = run.secrets["API key"]
    asked = {
        "ls": (("ls",), 0),
        "audit": (("audit", "--since", "1h", "--limit", "10000"), 0),
        "audit --json": (("audit", "--since", "1h", "--limit", "10000", "--json"), 0),
        "keys ls": (("keys", "ls"), 0),
        "faults ls": (("faults", "ls"), 0),
        "tree": (("tree",), 0),
        "call, a refused login": (("call", "api.v1.customer.login", login), 1),
        "call, a spent refresh token": (("call", auth.refresh.subject, spent), 1),
        "call --raw, a revoked key": (("call", "--raw", auth.validate.subject, json.dumps({"token": key})), 1),
        "call, a body that does not fit": (("call", auth.validate.subject, json.dumps({"tokn": key})), 1),
        "call --as, a revoked key": (("call", auth.me.subject, "--as", key), 1),
        "call, what is no JSON": (("call", auth.validate.subject, key), 2),
    }
    told = dict[str, str]()
    for name, (arguments, code) in asked.items():
        ended, told[f"flow {name}"] = await flow(cluster, *arguments, stdin=lines if name == "tree" else b"")
        assert ended == code, told[f"flow {name}"]
    return told


async def test_good_secrets_are_found_in_nothing_that_is_told_or_stored(
    http: AsyncClient, people: People, receiver: Receiver, cluster: Running
) -> None:
    async with connected(cluster.nats_url) as bus:
        run = await handed_out(http, people, bus, cluster)
        refusals = [told for name in STRAY for told in await misplace(http, bus, run.secrets[name])]
    last = await http.get("/api/v1/healthcheck", headers={"x-request-id": "the last of them"})
    line = await cluster.log.request(last.headers["x-trace-id"])
    await receiver.log("request", line["trace_id"], line["span_id"])

    tables = {
        f"{service.name}'s {name}": told
        for service in cluster.services
        for name, told in (await tables_of(cluster, service.name)).items()
    }
    places = tables | {
        "spans": repr(receiver.spans),
        "log lines sent": repr(receiver.lines),
        "stdout": repr(cluster.log.lines) + repr(cluster.log.unreadable),
        "figures": await figures_of(cluster),
        "refusals": "".join(refusals),
    }
    places |= await said_to_an_operator(cluster, run)

    assert holders(places, run) == {}
    assert {"auth's api_keys", "auth's refresh_tokens", "auth's idempotency_keys"} <= set(tables)
    assert {name for name, told in tables.items() if run.email in told} == {"auth's sessions", "customer's customers"}
    assert "session.reuse" in places["flow audit"]
    assert "POST /api/v1/auth/refresh" in places["flow tree"]


async def refused_by_the_database(cluster: Running, run: HandedOut) -> None:
    """As when two register at the same instant: PostgreSQL's own log would repeat the email."""
    twice = "INSERT INTO customers (email, password_hash, first_name, last_name) VALUES (:email, '', '', '')"
    async with records(cluster.database_url("customer")) as kept:
        with pytest.raises(IntegrityError):
            await kept.change(twice, email=run.email)


@pytest.mark.processes("it reads the files that processes leave on this machine")
async def test_good_secrets_are_found_in_no_file_but_those_made_to_hold_them(
    http: AsyncClient, people: People, cluster: Running, local: Cluster
) -> None:
    async with connected(cluster.nats_url) as bus:
        run = await handed_out(http, people, bus, cluster)
        for name in STRAY:
            await misplace(http, bus, run.secrets[name])
    await refused_by_the_database(cluster, run)

    told = left_in(local.state.folder, "*") | left_in(local.postgres.home, "*.log")
    found = holders(told, run)
    assert set(found) == {path for path in told if MADE_TO_HOLD.search(path)}
    assert {name for names in found.values() for name in names} <= lived_by(cluster).keys()
    assert all(is_ours_alone(path) for path in found)
    assert [path for path in told if run.email in told[path]] == []
    assert "duplicate key value" in told[str(local.postgres.home / "postgres.log")]
    assert {Path(path).name for path in told} >= {"auth.log", "gateway.log", "nats.log", "postgres.log"}


def test_whoever_looks_for_what_was_handed_out_would_find_it() -> None:
    token, refresh = f"eyJhbGciOiJFZERTQSJ9.{'p' * 40}.{'s' * 86}", f"flr_{'r' * 43}"
    run = HandedOut({"token": token, "refresh token": refresh, "password": "Pass0123456789"}, "ada@example.org")

    assert run.found_in(token) == run.found_in("s" * 86) == ["token"]
    assert run.found_in(f"\\x{refresh.encode().hex()}") == run.found_in("r" * 43) == ["refresh token"]
    assert run.found_in('{"password": "Pass0123456789"}') == ["password"]
    assert run.found_in("eyJhbGciOiJFZERTQSJ9") == run.found_in("flr_") == []
    assert all(len(form) >= 8 for secret in run.secrets.values() for form in forms(secret))
