"""When a container is ready, sooner than its health check tells."""

import asyncio

from .engine import Container, Failed, docker

READY_WITHIN_S = 30.0


async def ready(container: Container) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while not await _answers(container):
            await asyncio.sleep(0.1)


async def _answers(container: Container) -> bool:
    try:
        await docker("exec", container.id, "python", "-I", "-m", "flowkit.probe")
    except Failed:
        return False
    return True
