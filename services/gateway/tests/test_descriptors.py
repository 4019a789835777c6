"""Past the connections it has descriptors for, a gateway lets newcomers wait."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack

import pytest
from gateway_service.server import http_server
from gateway_service.server.descriptors import connections_within

from .raw import a_wire, get
from .world import World, a_world

TELL = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 600))
from gateway_service.server import http_server
from gateway_service.server.descriptors import raise_limit
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("descriptors", "connections"), [(1024, 896), (20_000, 10_000), (100, 1)])
def test_some_descriptors_are_kept_back(descriptors: int, connections: int) -> None:
    assert connections_within(descriptors) == connections


async def test_the_limit_is_raised_as_far_as_is_allowed() -> None:
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", TELL, stdout=PIPE)
    answer, _ = await asked.communicate()

    assert answer.decode().strip() == "472 600"


async def test_past_the_limit_newcomers_wait_for_others_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "raise_limit", lambda: 3)
    async with a_world() as world, AsyncExitStack() as lines:
        kept = [await lines.enter_async_context(a_wire(world.url)) for _ in range(3)]
        for wire in kept:
            await wire.send(get("/nowhere"))
            await wire.answer()
        async with a_wire(world.url) as late:
            await late.send(get("/nowhere"))
            with pytest.raises(TimeoutError):
                await late.answer(within=0.2)
            kept[0].writer.close()

            assert (await late.answer()).status == 404


async def test_hundreds_of_open_lines_are_answered(world: World) -> None:
    async def one() -> int:
        async with a_wire(world.url) as wire:
            await wire.send(get("/nowhere"))
            status = (await wire.answer()).status
            await asyncio.sleep(0.2)
            return status

    assert await asyncio.gather(*(one() for _ in range(300))) == [404] * 300
