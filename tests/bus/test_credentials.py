"""A password that changes on the server: whoever has the old one ends with a clear word, its successor comes in."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def a_service(nats_url: Path, log: Path) -> AsyncGenerator[Child]:
    told = dict(os.environ) | {"NATS_URL_FILE": str(nats_url), "OPS_PORT": str(free_port()), "LOG_FORMAT": "json"}
    child = await Child.spawn([sys.executable, "-m", "tests.telemetry.misfit"], environ=told, log=log)
    try:
        yield child
    finally:
        await child.end(signal.SIGTERM, 5)


async def says(log: Path, words: str) -> None:
    async with asyncio.timeout(ENDS_WITHIN_S):
        while words not in await asyncio.to_thread(log.read_text):
            await asyncio.sleep(0.05)


async def test_a_change_of_password_ends_the_service_and_its_successor_comes_in(tmp_path: Path) -> None:
    url = tmp_path / "url"
    async with NatsServer.temporary(render((MISFIT,))) as server:
        url.write_text(server.url_of("misfit"))
        async with a_service(url, tmp_path / "first.log") as first:
            await says(tmp_path / "first.log", '"event":"ready"')
            (server.home / PASSWORDS / "misfit.conf").write_text('password: "another-one"\n')
            os.kill(server.pid, signal.SIGHUP)
            async with asyncio.timeout(ENDS_WITHIN_S):
                code = await first.wait()

        url.write_text(server.url_of("misfit"))
        async with a_service(url, tmp_path / "second.log"):
            await says(tmp_path / "second.log", '"event":"ready"')

    told = (tmp_path / "first.log").read_text()
    assert code == 1
    assert '"reason":"the server does not let us in: NATS_URL must carry the user and password it has now"' in told
    assert "ending, since nats does not let us in" in told
    assert "another-one" not in told
    assert "stop stage done" in told


async def test_a_service_with_a_wrong_password_never_says_it_is_ready_and_ends(tmp_path: Path) -> None:
    url, log = tmp_path / "url", tmp_path / "log"
    async with NatsServer.temporary(render((MISFIT,))) as server:
        url.write_text(f"nats://misfit:guessed-one@127.0.0.1:{server.port}")
        async with a_service(url, log) as service, asyncio.timeout(ENDS_WITHIN_S):
            code = await service.wait()

    assert code == 1
    assert '"event":"ready"' not in log.read_text()
    assert "guessed-one" not in log.read_text()
