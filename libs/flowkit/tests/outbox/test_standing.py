"""What is told of an outbox by a relay that cannot see it."""

import pytest
from flowkit.outbox import Relay, Sending, standing
from flowkit.outbox.standing import Standing
from flowkit.postgres import PostgresOptions
from flowkit.streams import Streams
from flowkit.telemetry.metrics import Metrics
from flowkit.testing.memory_bus import MemoryBroker
from opentelemetry.trace import NoOpTracer

from .conftest import Relaying
from .until import until


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_EVERY_S", 0.1)


async def test_whoever_has_never_seen_it_does_not_take_it_for_empty(relay: Relaying) -> None:
    async with relay(over=PostgresOptions("postgresql://nobody@127.0.0.1:1/none")) as running:
        await until(lambda: running.oldest > 1)
        assert running.waiting == 0


def test_a_relay_that_has_not_begun_says_nothing() -> None:
    sending = Sending("counter", Streams(MemoryBroker().connect()), NoOpTracer(), Metrics("counter").publishing)
    assert Relay(PostgresOptions("postgresql://127.0.0.1/none"), sending).oldest == 0


async def test_it_grows_from_when_it_was_last_seen_and_not_from_each_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Standing()
    seen.begin()
    await until(lambda: seen.oldest > 0.3)
    seen.begin()
    assert seen.oldest > 0.3
    monkeypatch.setattr(standing, "LOOK_EVERY_S", 3600.0)
    assert seen.oldest == 0, "until two looks are missed"
