"""The bus over NATS: what is asked of it, answered at once by the connection that is there or by a clear error."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from flowkit.bus import header_block
from flowkit.bus import subject as subjects
from flowkit.bus.inbox import Inbox
from flowkit.bus.nats.keeper import Keeper
from flowkit.bus.nats.link import Link
from flowkit.bus.nats.observer import LogObserver, Observer, Record
from flowkit.bus.nats.options import NatsOptions
from flowkit.bus.nats.violation import Violation
from flowkit.bus.port import BusError, Disconnected, Handler, Message

_USUAL_MAX_PAYLOAD = 1024 * 1024
_INBOX = 0


@dataclass(frozen=True, slots=True)
class _Subscription:
    bus: "NatsBus"
    sid: int
    subject: str
    queue: str
    handler: Handler

    async def unsubscribe(self) -> None:
        await self.bus.leave(self.sid)


class NatsBus:
    """One connection for a process, made on first use, kept up until closed."""

    def __init__(self, options: NatsOptions, observer: Observer | None = None) -> None:
        self._options = options
        self._inbox = Inbox(options.inbox_prefix)
        self._record = Record(observer or LogObserver(options.name))
        self._keeper = Keeper(options, self._record, restore=self._restore, lose=self._inbox.lose, deny=self._deny)
        self._subscriptions: dict[int, _Subscription] = {}
        self._deaf_to: set[str] = set()
        self._sids = count(_INBOX + 1)
        self._max_payload = _USUAL_MAX_PAYLOAD
        self._closed = False

    @property
    def is_connected(self) -> bool:
        return self._keeper.link is not None

    def has_heard_since(self, moment: float) -> bool:
        link = self._keeper.link
        return link is not None and link.heard_at >= moment

    @property
    def max_payload(self) -> int:
        return self._max_payload

    @property
    def awaiting(self) -> int:
        """How many requests wait for their replies."""
        return self._inbox.awaiting

    @property
    def reconnects(self) -> int:
        return max(0, self._record.connects - 1)

    @property
    def refused_for(self) -> float:
        """For how many seconds the server has not taken our credentials; 0 while it does, or nothing is known."""
        since = self._record.refused_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def permission_violations(self) -> int:
        return self._record.permission_violations

    @property
    def deaf_to(self) -> frozenset[str]:
        """The subjects that the server does not let us listen to, though we would."""
        return frozenset(self._deaf_to)

    @property
    def message_failures(self) -> int:
        """How many messages could not be read, or made their handler raise."""
        return self._record.message_failures

    def on_connect(self, told: Callable[[], None]) -> None:
        """Called each time a connection is up, with every subscription known to the server."""
        self._record.on_connect.append(told)

    async def start(self) -> None:
        """Begin to connect, without waiting for it; the first use would do the same."""
        self._begin()

    async def publish(
        self, subject: str, data: bytes, *, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        subjects.refuse_unless_exact(subject)
        if reply:
            subjects.refuse_unless_exact(reply)
        block = header_block.encode(headers)
        link = self._keeper.link
        if link is None or link.is_choked:
            link = await self._ready(self._options.connect_timeout)
        link.send(subject, reply, block, data)

    async def request(
        self, subject: str, data: bytes, *, within: float, headers: Mapping[str, str] | None = None
    ) -> Message:
        subjects.refuse_unless_exact(subject)
        block = header_block.encode(headers)
        link = self._keeper.link
        if link is None or link.is_choked:
            link, within = await self._ready_in_time(within)
        return await self._inbox.first(subject, lambda reply: link.send(subject, reply, block, data), within)

    async def request_many(self, subject: str, data: bytes, *, quiet: float, within: float) -> list[Message]:
        subjects.refuse_unless_exact(subject)
        link, within = await self._ready_in_time(within)
        return await self._inbox.every(lambda reply: link.send(subject, reply, b"", data), quiet, within)

    async def request_batch(self, subject: str, data: bytes, *, most: int, within: float) -> list[Message]:
        subjects.refuse_unless_exact(subject)
        link, within = await self._ready_in_time(within)
        sid = next(self._sids)

        def send(reply: str, take: Handler) -> None:
            link.listen(sid, reply, "", take, under=">")
            link.send(subject, reply, b"", data)

        try:
            return await self._inbox.batch(subject, send, most, within)
        finally:
            link.ignore(sid)
            link.forget(sid)

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "") -> _Subscription:
        subjects.refuse_unless_pattern(subject)
        if queue:
            subjects.refuse_unless_exact(queue)
        self._begin()
        taken = _Subscription(self, next(self._sids), subject, queue, handler)
        self._subscriptions[taken.sid] = taken
        if (link := self._keeper.attached) is not None:
            link.listen(taken.sid, subject, queue, handler)
        return taken

    async def leave(self, sid: int) -> None:
        """What `unsubscribe` of that subscription does."""
        known = self._subscriptions.pop(sid, None)
        if known is None or (link := self._keeper.attached) is None:
            return
        link.ignore(sid)
        try:
            await link.round_trip(self._options.watch_timeout)
        except BusError:
            pass  # nothing more can come over a lost connection
        finally:
            link.forget(sid)

    async def flush(self, *, within: float) -> None:
        link, within = await self._ready_in_time(within)
        await link.round_trip(within)

    async def close(self) -> None:
        self._closed = True
        if (link := self._keeper.attached) is not None:
            for sid in self._subscriptions:
                link.ignore(sid)
            with suppress(BusError):
                await link.round_trip(self._options.close_timeout)
        await self._keeper.stop()

    def _begin(self) -> None:
        if self._closed:
            raise Disconnected("the bus is closed")
        self._keeper.start()

    def _restore(self, link: Link) -> None:
        self._max_payload = link.max_payload
        self._deaf_to.clear()
        link.listen(_INBOX, self._inbox.pattern, "", self._inbox.deliver)
        for known in self._subscriptions.values():
            link.listen(known.sid, known.subject, known.queue, known.handler)

    def _deny(self, violation: Violation) -> None:
        self._record.permission_denied(violation.what)
        if violation.is_publish:
            self._inbox.refuse(violation.subject, violation.what)
        else:
            self._deaf_to.add(violation.subject)

    async def _ready_in_time(self, within: float) -> tuple[Link, float]:
        """The connection, and what is left of the time."""
        began = asyncio.get_running_loop().time()
        link = await self._ready(within)
        return link, within - (asyncio.get_running_loop().time() - began)

    async def _ready(self, within: float) -> Link:
        """Waits for the very first connection and for room on the way out, never for a lost one to come back."""
        self._begin()
        try:
            async with asyncio.timeout(within):
                await self._keeper.ever_up.wait()
                if (link := self._keeper.link) is None:
                    raise Disconnected("there is no connection to NATS")
                await link.room()
        except TimeoutError:
            raise Disconnected("no connection to NATS in time") from None
        return link
