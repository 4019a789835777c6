"""A password that changes on the server: whoever has the old one ends with a clear word, its successor comes in."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flowkit.bus.users import PASSWORDS, render
from flowkit.contract import Participant
from flowkit.contract.health import health_of
from flowkit.contract.revoked import sessions_revoked
from flowkit.servers import Child, NatsServer, free_port

from tests.telemetry import misfit

pytestmark = pytest.mark.timeout(180)

MISFIT = Participant(
    "misfit",
    serves=(
        *(misfit.CRASH, misfit.LEAVE_A_TASK, misfit.CALL_BACK, misfit.HASH, misfit.START_A_THREAD),
        health_of("misfit"),
    ),
    hears=(sessions_revoked,),
)
ENDS_WITHIN_S = 40.0
READY = '"event":"ready"'


@asynccontextmanager
async def a_service(nats_url: Path, log: Path) -> AsyncGenerator[Child]:
    told = dict(os.environ) | {"NATS_URL_FILE": str(nats_url), "OPS_PORT": str(free_port()), "LOG_FORMAT": "json"}
    child = await Child.spawn([sys.executable, "-m", "tests.telemetry.misfit"], environ=told, log=log)
    try:
        yield child
    finally:
        await child.end(signal.SIGTERM, 5)


async def soon[T](awaited: Awaitable[T]) -> T:
    async with asyncio.timeout(ENDS_WITHIN_S):
        return await awaited


async def says(log: Path, words: str) -> None:
    async with asyncio.timeout(ENDS_WITHIN_S):
        while words not in await asyncio.to_thread(log.read_text):
            await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    log: str


async def after_a_change_of_password(folder: Path) -> Ended:
    url = folder / "url"
    async with NatsServer.temporary(render((MISFIT,))) as server:
        url.write_text(server.url_of("misfit"))
        async with a_service(url, folder / "first.log") as first:
            await says(folder / "first.log", READY)
            (server.home / PASSWORDS / "misfit.conf").write_text('password: "another-one"\n')
            os.kill(server.pid, signal.SIGHUP)
            code = await soon(first.wait())

        url.write_text(server.url_of("misfit"))
        async with a_service(url, folder / "second.log"):
            await says(folder / "second.log", READY)
    return Ended(code, (folder / "first.log").read_text())


async def with_a_wrong_password(folder: Path) -> Ended:
    url, log = folder / "url", folder / "log"
    async with NatsServer.temporary(render((MISFIT,))) as server:
        url.write_text(f"nats://misfit:guessed-one@127.0.0.1:{server.port}")
        async with a_service(url, log) as service:
            code = await soon(service.wait())
    return Ended(code, log.read_text())


@pytest.fixture(scope="module")
async def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Ended]:
    """Side by side: before it ends, each gives the server the time to be told of a password."""
    folders = tmp_path_factory.mktemp("changed"), tmp_path_factory.mktemp("wrong")
    return await asyncio.gather(after_a_change_of_password(folders[0]), with_a_wrong_password(folders[1]))


def test_a_change_of_password_ends_the_service_and_its_successor_comes_in(ended: tuple[Ended, Ended]) -> None:
    changed, _ = ended

    assert changed.code == 1
    assert (
        '"reason":"the server does not let us in: NATS_URL must carry the user and password it has now"' in changed.log
    )
    assert "ending, since nats does not let us in" in changed.log
    assert "another-one" not in changed.log
    assert "stop stage done" in changed.log


def test_a_service_with_a_wrong_password_never_says_it_is_ready_and_ends(ended: tuple[Ended, Ended]) -> None:
    _, wrong = ended

    assert wrong.code == 1
    assert READY not in wrong.log
    assert "guessed-one" not in wrong.log
