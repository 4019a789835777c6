"""The sender: takes what waits, so many at a time, and keeps what is being sent from being taken by others."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field

import structlog
from flowkit.contract import FlowError

from notification_service.ports import Due, Store
from notification_service.sender.delivery import Delivery, Ended
from notification_service.sender.longest_wait import LongestWait
from notification_service.sender.pause import Pause

_log = structlog.get_logger("notification")


@dataclass(frozen=True, slots=True)
class SenderOptions:
    """Seconds. A lease is renewed for as long as its sender lives, and ends soon after its death."""

    at_once: int = 8
    poll: float = 1.0
    lease: float = 15.0
    first_wait: float = 1.0
    longest_wait: float = 900.0
    first_pause: float = 0.25
    longest_pause: float = 5.0
    farewell: float = 2.0


@dataclass(slots=True)
class Sender:
    store: Store
    delivery: Delivery
    options: SenderOptions = field(default_factory=SenderOptions)
    _longest_wait: LongestWait = field(init=False)
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"])
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _everybodys: Pause = field(init=False)
    _doubted: Pause = field(init=False)
    """Of those alone that were tried before."""
    _is_cut_off: bool = False

    def __post_init__(self) -> None:
        given = self.options
        self._longest_wait = LongestWait(given.longest_pause + 3 * given.poll)
        self._everybodys = Pause(given.first_pause, given.longest_pause)
        self._doubted = Pause(given.first_pause, given.longest_pause)

    @property
    def longest_wait_s(self) -> float:
        """Of what has waited longest, as far as it is known."""
        return self._longest_wait.seconds

    def wake(self) -> None:
        """Something was put down just now."""
        self._woken.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Closed before its store, the bus and the channel: what is being sent has a moment to end."""
        # Empty contexts: nobody's trace.
        loop = asyncio.get_running_loop()
        chores = [loop.create_task(work(), context=Context()) for work in (self._send_for_ever, self._keep_leases)]
        try:
            yield
        finally:
            await _end(chores)
            await self._say_goodbye()

    async def _send_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._everybodys.left)
            self._woken.clear()
            await self._database(self._take)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.options.poll):
                    await self._woken.wait()

    async def _take(self) -> None:
        # After a pause one goes ahead, and the others once that one is through.
        free = (1 if self._everybodys.length else self.options.at_once) - len(self._running)
        if free <= 0:
            return
        async with self.store.transaction() as tx:
            are_new = self._doubted.left > 0
            taken = await tx.claim(free, self.options.lease, tuple(self._running), are_new=are_new)
            self._longest_wait.saw(await tx.longest_wait_s())
        for due in taken:
            task = asyncio.get_running_loop().create_task(self._send(due), context=Context())
            self._running[due.id] = task

    async def _send(self, due: Due) -> None:
        try:
            ended = await self.delivery.run(due)
            self._pause(ended)
            await self._keep(due, ended)
        finally:
            del self._running[due.id]
            self.wake()

    async def _keep(self, due: Due, ended: Ended) -> None:
        """Until it is kept: what was sent and is not known to be would be sent again."""
        while not await self._database(lambda: self._write(due, ended)):  # noqa: ASYNC110  until the database is back
            await asyncio.sleep(self.options.poll * random.uniform(0.1, 0.3))  # noqa: S311  spreads work

    async def _write(self, due: Due, ended: Ended) -> None:
        async with self.store.transaction() as tx:
            if ended.outcome == "sent":
                await tx.mark_sent(due)
            elif ended.reason is not None:
                await tx.give_up(due, ended.reason)
            else:
                await tx.put_off(due, self._wait_after(due, ended))

    def _wait_after(self, due: Due, ended: Ended) -> float:
        own = self.options.first_wait * 2 ** min(due.attempt - 1, 20)
        wait = max(self._everybodys.length, self.options.first_pause) if ended.is_everybodys else own
        spread = wait * random.uniform(0.75, 1.25)  # noqa: S311  spreads work, keeps no secret
        return min(self.options.longest_wait, spread)

    def _pause(self, ended: Ended) -> None:
        if ended.is_everybodys:
            self._everybodys.begin()
            return
        self._everybodys.end()
        if ended.is_in_doubt:
            self._doubted.begin()
        elif ended.outcome == "sent":
            self._doubted.end()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.options.lease / 3)
            if self._running:
                await self._database(self._renew)

    async def _renew(self) -> None:
        async with self.store.transaction() as tx:
            await tx.renew(tuple(self._running), self.options.lease)

    async def _database(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether it was done. That the database is away is told once, and its return too."""
        try:
            await work()
        except Exception as fault:  # noqa: BLE001 - whatever went wrong once, it is tried again
            if not self._is_cut_off:
                known = isinstance(fault, FlowError)
                _log.warning("notifications wait for the database", fault=str(fault), exc_info=None if known else fault)
            self._is_cut_off = True
            return False
        if self._is_cut_off:
            _log.info("notifications are sent again")
        self._is_cut_off = False
        return True

    async def _say_goodbye(self) -> None:
        running = [*self._running.values()]
        if running:
            await asyncio.wait(running, timeout=self.options.farewell)
        await _end(running)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
