"""Pulls a consumer's events and hands each to a task of its own, no more than there is room for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from flowkit.bus import BusError, NoResponders
from flowkit.contract import Consumer
from flowkit.reactions.database import Database
from flowkit.reactions.options import ReactionOptions
from flowkit.reactions.waiting import Awaited
from flowkit.streams import NoSuchConsumer, NoSuchStream, Pulled, Streams

_MAKER = "auth"
_log = structlog.get_logger("flowkit.reactions")


@dataclass(slots=True)
class Reader:
    consumer: Consumer
    streams: Streams
    database: Database
    options: ReactionOptions
    awaited: Awaited
    take: Callable[[Pulled], asyncio.Task[None]]
    _running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _is_pulling: bool = False
    _is_stopping: bool = False

    async def run(self) -> None:
        while not self._is_stopping:
            try:
                await self._read()
            except Exception as fault:  # noqa: BLE001 - whatever went wrong once, the next is read
                _log.error("reading events failed", consumer=self.consumer.name, exc_info=fault)
                await asyncio.sleep(self.options.ask_again_s)

    async def _read(self) -> None:
        await self.database.available()
        while self._room == 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for pulled in await self._pull(self._room):
            task = self.take(pulled)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    @property
    def _room(self) -> int:
        """Those who wait for their turn hide how long a pull takes; what is given in order is given one by one."""
        most = 2 * self.options.concurrency if self.consumer.partition is None else 1
        return max(0, most - len(self._running))

    async def _pull(self, most: int) -> list[Pulled]:
        who = self.consumer.name
        self._is_pulling = True
        try:
            async with asyncio.timeout(self.options.pull_s + self.options.pull_overdue_s):
                pulled = await self.streams.pull(who, most, self.options.pull_s)
        except (NoSuchConsumer, NoSuchStream, NoResponders):
            self.awaited.consumer.begin(who, consumer=who, made_by=_MAKER)
        except (BusError, TimeoutError) as fault:
            self.awaited.nats.begin(who, fault=str(fault) or type(fault).__name__)
        else:
            self.awaited.consumer.over(who)
            self.awaited.nats.over(who)
            return pulled
        finally:
            self._is_pulling = False
        if not self._is_stopping:
            await asyncio.sleep(self.options.ask_again_s)
        return []

    def leave(self, reading: asyncio.Task[None]) -> None:
        """A pull on its way is waited for: what it brings would be missing until its ack wait is over."""
        self._is_stopping = True
        if not self._is_pulling:
            reading.cancel()
