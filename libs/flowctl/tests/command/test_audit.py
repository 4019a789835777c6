"""`flow audit`, over a real NATS and audit logs of the test's own."""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from contracts import audit as contracts
from contracts.auth import identities
from flowctl.commands.audit import audit
from flowctl.failure import Failure
from flowkit.audit import Entry, TellAudit
from flowkit.bus import Bus
from flowkit.servers import NatsServer
from flowkit.service import Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.audit import FakeAudit
from opentelemetry.trace import NoOpTracer
from structlog.testing import capture_logs

from .lamps import Believing, Identify

ADA, TRACE = "0190b7a0-0000-7000-8000-00000000000a", "4bf92f3577b34da6a3ce929d0e0e4736"
OF = {
    "auth": [Entry(action="session.open", subject=ADA, trace_id=TRACE)],
    "admin": [Entry(action="admin.login", actor_role="admin", actor="0190b7a0-0000-7000-8000-00000000000b")],
    "customer": [Entry(action=f"customer.{n}", actor_role="customer", actor=ADA) for n in range(250)],
}


class Logs(FakeAudit):
    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["Logs"]:
        yield self


@pytest.fixture
async def served(bus: Bus, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[None]:
    monkeypatch.setenv("NATS_URL", nats_server.url)
    with capture_logs():
        async with AsyncExitStack() as stack:
            for contract, (name, entries) in zip(contracts.ALL, OF.items(), strict=True):
                flows = [serve(contract, TellAudit(Logs(entries)))]
                if name == "auth":
                    flows.append(serve(identities["operator"], Identify()))
                service = Service(name, flows)
                runtime = ServiceRuntime(service, bus, Tracing(NoOpTracer()), Metrics(name), Believing())
                await runtime.start()
                stack.push_async_callback(runtime.finish)
                stack.push_async_callback(runtime.leave)
            yield


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(entry["service"], entry["action"]) for entry in entries]


@pytest.mark.usefixtures("served")
async def test_entries_of_every_service_are_told_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    await audit(limit=300)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["at", "service", "action", "outcome", "by", "on", "from", "times", "trace"]
    assert sum("session.open" in line and TRACE in line for line in lines) == 1
    assert sum("customer." in line and f"customer {ADA}" in line for line in lines) == 250


@pytest.mark.usefixtures("served")
async def test_page_after_page_is_read_until_there_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    await audit(service=("customer",), limit=150, json=True)

    assert told(capsys) == [("customer", f"customer.{n}") for n in range(249, 99, -1)]


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"trace": TRACE}, [("auth", "session.open")]),
        ({"subject": ADA}, [("auth", "session.open")]),
        ({"actor": OF["admin"][0].actor}, [("admin", "admin.login")]),
        ({"service": ("admin",), "since": timedelta(hours=1)}, [("admin", "admin.login")]),
        ({"service": ("admin",), "since": timedelta(hours=-1)}, []),
    ],
)
async def test_what_is_asked_for_alone_is_told(
    capsys: pytest.CaptureFixture[str], asked: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    await audit(**asked, json=True)  # pyright: ignore[reportArgumentType]  of each row's own types

    assert told(capsys) == expected


@pytest.mark.usefixtures("served")
async def test_what_is_no_trace_id_is_told_in_plain_words() -> None:
    with pytest.raises(Failure, match=r"flow\.audit\.auth: Invalid input, trace: Not in the expected form"):
        await audit(trace="4bf9")
