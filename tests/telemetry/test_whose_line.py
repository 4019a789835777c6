"""A line belongs to the request that caused it, wherever it is told; and what no request caused belongs to none."""

import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flowkit.servers import Child, NatsServer, free_port

from tests.integration.bus import Bus, connected

from .conftest import SOON
from .receiver import Receiver
from .spans import SentLine

STOPS_WITHIN_S = 20.0
STRANGERS = ["outside of any request", "ready", "serving"]


@dataclass(frozen=True, slots=True)
class Misfit:
    bus: Bus
    receiver: Receiver
    log: Path

    async def ask(self, name: str) -> tuple[str, str]:
        """The trace of the request, and the span of the flow."""
        trace_id = uuid4().hex
        traceparent = f"00-{trace_id}-{uuid4().hex[:16]}-01"
        await self.bus.ask(f"test.misfit.{name}", SECRETS, traceparent=traceparent)
        (span,) = await self.receiver.trace(trace_id, 1)
        return trace_id, span.span_id

    def lines(self) -> list[SentLine]:
        return [line for line in self.receiver.lines if line.resource["service.name"] == "misfit"]


SECRETS = {
    "email": f"ada.{uuid4().hex}@example.org",
    "password": f'it\'s "{uuid4().hex}" é\\',
    "token": f"opaque-{uuid4().hex}",
}


@pytest.fixture(scope="session")
async def misfit(receiver: Receiver) -> AsyncGenerator[Misfit]:
    """On a bus of its own: on the cluster's it has no place."""
    async with NatsServer.temporary() as server, running(server.url, receiver) as misfit:
        yield misfit


@asynccontextmanager
async def running(nats_url: str, receiver: Receiver) -> AsyncGenerator[Misfit]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = {"NATS_URL": nats_url, "OPS_PORT": str(free_port()), "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
    with tempfile.TemporaryDirectory(prefix="flow-misfit-") as folder:
        log, command = Path(folder) / "log", [sys.executable, "-m", "tests.telemetry.misfit"]
        child = await Child.spawn(command, environ=ours | told | SOON, log=log)
        try:
            async with connected(nats_url) as bus:
                await receiver.line("misfit", "ready")
                yield Misfit(bus, receiver, log)
        finally:
            await child.end(signal.SIGTERM, STOPS_WITHIN_S)


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("crash", "flow crashed"),
        ("leaveATask", "unhandled"),
        ("callBack", "unhandled"),
        ("hash", "a stored password hash could not be read"),
    ],
    ids=["an exception in a flow", "a task that outlives it", "a callback", "a hashing thread"],
)
async def test_what_a_request_caused_bears_its_trace(misfit: Misfit, name: str, event: str) -> None:
    trace_id, span_id = await misfit.ask(name)

    line = await misfit.receiver.log(event, trace_id, span_id)

    told = json.loads(line.body)
    assert (told["trace_id"], told["span_id"]) == (trace_id, span_id)
    assert (told["level"], line.resource["service.name"]) == ("error", "misfit")


async def test_a_thread_that_ends_by_an_exception_is_a_line_and_no_text_beside_the_lines(misfit: Misfit) -> None:
    await misfit.ask("startAThread")

    line = await misfit.receiver.line("misfit", "unhandled", message="A thread ended by an exception")

    told = json.loads(line.body)
    assert (line.trace_id, told["fault"]) == ("", "Misfortune")
    assert "_raise" in told["stack"]
    assert all(text.startswith("{") for text in misfit.log.read_text().splitlines())


async def test_what_no_request_caused_bears_no_trace(misfit: Misfit) -> None:
    await misfit.ask("crash")
    failed = await misfit.receiver.line("misfit", "unhandled", where="_fail")

    told: dict[str, list[dict[str, Any]]] = {}
    for line in misfit.lines():
        told.setdefault(json.loads(line.body)["event"], []).append(json.loads(line.body))
    assert failed.trace_id == ""
    for event in STRANGERS:
        assert [line.get("trace_id") for line in told[event]] == [None], event


async def test_an_exception_tells_nothing_of_what_its_request_confided(misfit: Misfit) -> None:
    for name, event in (
        ("crash", "flow crashed"),
        ("leaveATask", "unhandled"),
        ("callBack", "unhandled"),
        ("startAThread", "flow"),
    ):
        trace_id, span_id = await misfit.ask(name)
        await misfit.receiver.log(event, trace_id, span_id)
    await misfit.receiver.line("misfit", "unhandled", message="A thread ended by an exception")

    told = repr(misfit.receiver.spans) + repr(misfit.lines()) + misfit.log.read_text()
    assert "Misfortune" in told
    assert [kind for kind, secret in SECRETS.items() if secret in told or _core(secret) in told] == []


def _core(secret: str) -> str:
    """The part of it that no way of writing it down changes."""
    return next(part for part in secret.replace('"', " ").replace(".", " ").replace("-", " ").split() if len(part) > 20)
