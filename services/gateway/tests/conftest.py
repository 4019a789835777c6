"""A world for each test, and clients of its gateway."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
import pytest_asyncio
import structlog
from gateway_service.settings import Settings

from .world import World, a_world


@pytest.fixture(autouse=True)
def short_tracebacks() -> Generator[None]:
    """To draw all that the frames of a world know takes longer than a client waits."""
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)]
    )
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture(loop_scope="session")
async def world() -> AsyncGenerator[World]:
    async with a_world() as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def http(world: World) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=world.url, timeout=30) as http:
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def hasty() -> AsyncGenerator[World]:
    """One that gives every request 300 ms."""
    async with a_world(Settings(request_timeout_ms=300, drain_grace_ms=0)) as world:
        yield world
