"""When a container is ready, sooner than its health check tells."""

import asyncio

from .engine import Container, Failed, docker

READY_WITHIN_S = 60.0


async def ready(container: Container) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while not await is_ready(container):
            # Each question starts an interpreter in the container, which needs the processor itself.
            await asyncio.sleep(0.5)


async def is_ready(container: Container) -> bool:
    """What its health check asks, asked now."""
    _, *probe = container.told["Config"]["Healthcheck"]["Test"]
    try:
        await docker("exec", container.id, *probe)
    except Failed:
        return False
    return True
