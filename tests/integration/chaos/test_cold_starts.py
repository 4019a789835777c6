"""A service that says it is ready answers: the first request after the first "ready" finds it listening."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import nats
import pytest
from flowkit.servers import NatsServer, PostgresServer
from nats.errors import NoRespondersError

from .beside import service
from .stopping import refuse_a_stop_cut_short

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(500)]

STARTS = 100
# A lane has a bus of its own, or another lane's service would answer for the one that is not there yet.
LANES = 4
NOBODY = b'{"id":"00000000-0000-7000-8000-000000000000"}'


async def cold_start(nats_url: str, environ: dict[str, str], folder: Path) -> float | None:
    """The seconds until ready, or None where the first request found nobody."""
    client = await nats.connect(nats_url)  # pyright: ignore[reportUnknownMemberType]  untyped
    began = time.monotonic()
    async with service("customer_service", folder, environ | {"NATS_URL": nats_url}) as started:
        await started.ready()
        took = time.monotonic() - began
        try:
            reply = await client.request("api.v1.customer.get", NOBODY, timeout=20)
        except NoRespondersError:
            return None
        finally:
            await client.close()
        assert b'"UNAUTHORIZED"' in reply.data, reply.data
        assert (await started.leave())[0] == 0
        refuse_a_stop_cut_short("customer", started.lines)
    return took


async def lane(starts: int, database_url: str, folder: Path) -> list[float | None]:
    async with NatsServer.temporary() as server:
        environ = {"DATABASE_URL": database_url}
        return [await cold_start(server.url, environ, folder) for _ in range(starts)]


async def test_the_first_request_at_the_first_ready_is_answered(tmp_path: Path, tell: Callable[[str], None]) -> None:
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(PostgresServer.temporary())
        databases = [await postgres.create_database(f"lane{number}") for number in range(LANES)]
        lanes = await asyncio.gather(*(lane(STARTS // LANES, database, tmp_path) for database in databases))

    starts = [start for each in lanes for start in each]
    ready = [start for start in starts if start is not None]
    tell(
        f"{len(starts) - len(ready)} of {len(starts)} found nobody; ready after {median(ready):.2f} s, {LANES} at once"
    )
    assert len(ready) == len(starts) == STARTS
