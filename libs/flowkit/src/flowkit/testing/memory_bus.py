"""A bus in memory that behaves as NATS does, without its sockets."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from itertools import count

from flowkit.bus import header_block
from flowkit.bus import subject as subjects
from flowkit.bus.inbox import Inbox
from flowkit.bus.port import Disconnected, Handler, Message, PayloadTooLarge, ReplyLate
from flowkit.testing.arrivals import Arrivals
from flowkit.testing.interest import Interest
from flowkit.testing.memory_streams import Clock, MemoryStreams

_NOBODY_LISTENS = {header_block.STATUS: "503"}


class MemoryBroker:
    """The server that several buses are clients of."""

    def __init__(self, max_payload: int = 1024 * 1024, clock: Clock | None = None) -> None:
        self.max_payload = max_payload
        self._buses: list[MemoryBus] = []
        self._streams = MemoryStreams(self, clock or Clock())

    def connect(self, name: str = "") -> "MemoryBus":
        bus = MemoryBus(self, name)
        self._buses.append(bus)
        return bus

    def carry(self, message: Message) -> None:
        is_taken = self._streams.take(message)
        takers = self._takers(message.subject)
        for interest in takers:
            interest.receive(message)
        if not takers and not is_taken and message.reply:
            self.carry(Message(message.reply, b"", headers=_NOBODY_LISTENS))

    def deliver(self, inbox: str, message: Message) -> None:
        """To whoever listens there, whatever subject it says."""
        for interest in self._takers(inbox):
            interest.receive(message)

    def is_heard(self, inbox: str) -> bool:
        return bool(self._takers(inbox))

    def _takers(self, subject: str) -> list[Interest]:
        """Everyone interested, but of each queue group one."""
        takers: list[Interest] = []
        groups: defaultdict[str, list[Interest]] = defaultdict(list)
        for interest in (each for bus in self._buses if bus.is_connected for each in bus.interests):
            if subjects.matches(interest.pattern, subject):
                (groups[interest.queue] if interest.queue else takers).append(interest)
        return takers + [random.choice(members) for members in groups.values()]  # noqa: S311  shares work, keeps no secret


class MemoryBus:
    """One client of a broker, with a connection that `cut` takes away and `restore` brings back."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        self.name = name
        self._broker = broker
        self._inbox = Inbox("_INBOX")
        self._interests: dict[int, Interest] = {}
        self._sids = count()
        self.arrivals = Arrivals()
        self._connected = True
        self._closed = False
        self._listen(self._inbox.pattern, self._inbox.deliver, "")

    @property
    def is_connected(self) -> bool:
        return self._connected

    def has_heard_since(self, moment: float) -> bool:  # noqa: ARG002  the port's; nothing is ever held up here
        return self._connected

    @property
    def max_payload(self) -> int:
        return self._broker.max_payload

    @property
    def awaiting(self) -> int:
        return self._inbox.awaiting

    @property
    def interests(self) -> tuple[Interest, ...]:
        return tuple(self._interests.values())

    def cut(self) -> None:
        """Lose the connection, and with it all that was on its way here."""
        self._connected = False
        self.arrivals.drop()
        self._inbox.lose("the connection was lost")

    def restore(self) -> None:
        self._connected = not self._closed

    async def publish(
        self, subject: str, data: bytes, *, reply: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        subjects.refuse_unless_exact(subject)
        if reply:
            subjects.refuse_unless_exact(reply)
        self._send(Message(subject, data, reply, headers or {}))

    async def request(
        self, subject: str, data: bytes, *, within: float, headers: Mapping[str, str] | None = None
    ) -> Message:
        subjects.refuse_unless_exact(subject)
        self._refuse_unless_connected()
        return await self._inbox.first(
            subject, lambda reply: self._send(Message(subject, data, reply, headers or {})), within
        )

    async def request_many(self, subject: str, data: bytes, *, quiet: float, within: float) -> list[Message]:
        subjects.refuse_unless_exact(subject)
        self._refuse_unless_connected()
        return await self._inbox.every(lambda reply: self._send(Message(subject, data, reply)), quiet, within)

    async def request_batch(self, subject: str, data: bytes, *, most: int, within: float) -> list[Message]:
        subjects.refuse_unless_exact(subject)
        self._refuse_unless_connected()
        sid = next(self._sids)

        def send(reply: str, take: Handler) -> None:
            self._interests[sid] = Interest(self, sid, reply, "", take, under=">")
            self._send(Message(subject, data, reply))

        try:
            return await self._inbox.batch(subject, send, most, within)
        finally:
            self._interests.pop(sid, None)

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "") -> Interest:
        subjects.refuse_unless_pattern(subject)
        if queue:
            subjects.refuse_unless_exact(queue)
        if self._closed:
            raise Disconnected("the bus is closed")
        return self._listen(subject, handler, queue)

    async def leave(self, sid: int) -> None:
        if self._interests.pop(sid, None) is not None and self._connected:
            with suppress(Disconnected):
                await self.arrivals.caught_up()

    async def flush(self, *, within: float) -> None:
        self._refuse_unless_connected()
        try:
            await asyncio.wait_for(self.arrivals.caught_up(), within)
        except TimeoutError:
            raise ReplyLate("not all that was here was handed over in time") from None

    async def close(self) -> None:
        self._closed = True
        if self._connected:
            self._interests.clear()
            with suppress(Disconnected):
                await self.arrivals.caught_up()
        self.cut()

    def _listen(self, pattern: str, handler: Handler, queue: str) -> Interest:
        interest = Interest(self, next(self._sids), pattern, queue, handler)
        self._interests[interest.sid] = interest
        return interest

    def _send(self, message: Message) -> None:
        size = len(header_block.encode(message.headers)) + len(message.data)
        self._refuse_unless_connected()
        if size > self.max_payload:
            raise PayloadTooLarge(f"{size} bytes, where the broker takes {self.max_payload}")
        self._broker.carry(message)

    def _refuse_unless_connected(self) -> None:
        if not self._connected:
            raise Disconnected("there is no connection")
