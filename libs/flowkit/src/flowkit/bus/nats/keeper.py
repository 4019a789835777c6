"""Keeps one connection up for as long as it is asked to."""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context

from flowkit.bus.nats.link import Link
from flowkit.bus.nats.observer import Record
from flowkit.bus.nats.options import NatsOptions, Server
from flowkit.bus.nats.reason import reason_of
from flowkit.bus.nats.violation import Violation
from flowkit.bus.port import BusError, ReplyLate

_QUICKEST_RETRY = 0.05
_STEADY = 1.0
_LISTENS = 0.5
_MOST_MISSES = 3


class Keeper:
    """Connects, watches, throws the connection away when it is lost, and connects anew: always with a fresh client."""

    def __init__(
        self,
        options: NatsOptions,
        record: Record,
        *,
        restore: Callable[[Link], None],
        lose: Callable[[str], None],
        deny: Callable[[Violation], None],
    ) -> None:
        self._options = options
        self._record = record
        self._restore = restore
        self._lose = lose
        self._deny = deny
        self._servers = random.sample(options.servers, len(options.servers))
        self._task: asyncio.Task[None] | None = None
        self._up = False
        self._stopping = False
        self.attached: Link | None = None
        self.ever_up = asyncio.Event()

    @property
    def link(self) -> Link | None:
        """The connection, when it can carry a message."""
        return self.attached if self._up and self.attached is not None and not self.attached.is_lost else None

    def start(self) -> None:
        # In an empty context, or the first request's trace would be every later message's too.
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="nats", context=Context())

    async def stop(self) -> None:
        self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.ever_up.set()

    async def _run(self) -> None:
        failures = 0
        while True:
            await asyncio.sleep(self._pause(failures))
            began = asyncio.get_running_loop().time()
            was_up = await self._one_life(self._servers[0])
            steady = was_up and asyncio.get_running_loop().time() - began > _STEADY
            failures = 0 if steady else failures + 1
            self._servers.append(self._servers.pop(0))

    def _pause(self, failures: int) -> float:
        if failures == 0:
            return 0
        longest = min(_QUICKEST_RETRY * 2 ** min(failures - 1, 10), self._options.slowest_retry)
        return longest * random.uniform(0.5, 1)  # noqa: S311  spreads reconnecting clients, keeps no secret

    async def _one_life(self, server: Server) -> bool:
        link = Link(self._record, self._deny)
        try:
            await self._join(link, server)
            await self._watch(link)
        except Exception as error:  # noqa: BLE001  whatever ended it, the next life begins
            link.lose(reason_of(error))
        finally:
            was_up, self._up, self.attached = self._up, False, None
            link.lose("left")
            self._tell_end(server, link.lost.result(), was_up=was_up)
            await link.abandon()
        return was_up

    async def _join(self, link: Link, server: Server) -> None:
        async with asyncio.timeout(self._options.connect_timeout):
            await link.open(server, self._options)
            self._restore(link)
            self.attached = link
            await link.round_trip(self._options.connect_timeout)
        self._up = True
        self.ever_up.set()
        self._record.connected(server.url)

    async def _watch(self, link: Link) -> None:
        misses = 0
        while not link.is_lost:
            await asyncio.wait((link.lost,), timeout=self._options.watch_every)
            try:
                await link.round_trip(self._options.watch_timeout)
                misses = 0
            except ReplyLate:
                misses += 1
                if misses > _MOST_MISSES or not await self._still_hears(link):
                    link.lose("the server does not answer")
            except BusError:
                return

    async def _still_hears(self, link: Link) -> bool:
        """Under a flood the answer to a ping waits its turn; to leave then would lose every reply under way."""
        heard = link.heard
        await asyncio.sleep(_LISTENS)
        return link.heard > heard

    def _tell_end(self, server: Server, reason: str, *, was_up: bool) -> None:
        if was_up:
            self._lose(f"the connection was lost: {reason}")
        if self._stopping:
            return
        if was_up:
            self._record.disconnected(reason)
        else:
            self._record.connect_failed(server.url, reason)
