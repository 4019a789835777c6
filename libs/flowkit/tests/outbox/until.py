"""Waiting for what is to happen, for as long as a busy machine takes."""

import asyncio
from collections.abc import Awaitable, Callable

from flowkit.bus import BusError
from flowkit.contract import EVENTS
from flowkit.streams import Kept, Streams

from .told import CounterStore, left

PATIENCE_S = 30


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def until_it_is_so(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await true():
            await asyncio.sleep(0.01)


async def stored(streams: Streams, number: int) -> list[Kept]:
    """All there is, once there are so many."""

    async def all_there() -> bool:
        try:
            return (await streams.info(EVENTS)).state.messages >= number
        except BusError:
            return False  # a server that was away is not reached at once

    await until_it_is_so(all_there)
    return await streams.read(EVENTS, most=number + 10)


async def emptied(store: CounterStore) -> None:
    async def empty() -> bool:
        return await left(store) == 0

    await until_it_is_so(empty)
