"""Replies on their way: one wildcard subject for all of them, a token for each."""

import asyncio
from collections.abc import Callable
from secrets import token_hex
from typing import Final

from flowkit.bus import header_block
from flowkit.bus.port import BusError, ConnectionLost, Denied, Handler, Message, NoResponders, ReplyLate

_HEARTBEAT: Final = "100"

type Send = Callable[[str], None]
"""Hands a request to the server at once, given the subject that its replies are to go to."""
type SendBatch = Callable[[str, Handler], None]
"""The same, where whoever replies says of another subject what it hands over: so listened to apart from the rest."""


class Inbox:
    """Forgets a token when its request ends, however that ends, so nothing can pile up."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}.{token_hex(11)}."
        self._first: dict[str, asyncio.Future[Message]] = {}
        self._subjects: dict[str, str] = {}
        self._every: dict[str, asyncio.Queue[Message | BusError]] = {}

    @property
    def pattern(self) -> str:
        return f"{self._prefix}*"

    @property
    def awaiting(self) -> int:
        return len(self._first) + len(self._every)

    async def first(self, subject: str, send: Send, within: float) -> Message:
        _refuse_unless_timely(within)
        loop = asyncio.get_running_loop()
        # Random, since a responder that could guess another request's token could answer it.
        token = token_hex(8)
        future = self._first[token] = loop.create_future()
        self._subjects[token] = subject
        timer = loop.call_later(within, _fail, future, ReplyLate("no reply came in time"))
        try:
            send(self._prefix + token)
            reply = await future
        finally:
            timer.cancel()
            del self._first[token], self._subjects[token]
        if _nobody_listens(reply):
            raise NoResponders("nobody listens on that subject")
        return reply

    async def every(self, send: Send, quiet: float, within: float) -> list[Message]:
        _refuse_unless_timely(within)
        token = token_hex(8)
        queue = self._every[token] = asyncio.Queue()
        replies: list[Message] = []
        try:
            send(self._prefix + token)
            async with asyncio.timeout(within):
                while isinstance(reply := await asyncio.wait_for(queue.get(), quiet), Message):
                    if _nobody_listens(reply):
                        break
                    replies.append(reply)
        except TimeoutError:
            pass
        finally:
            del self._every[token]
        return replies

    async def batch(self, subject: str, send: SendBatch, most: int, within: float) -> list[Message]:
        """As many as were asked for, or all up to a status, which is then the last."""
        _refuse_unless_timely(within)
        token = token_hex(8)
        queue = self._every[token] = asyncio.Queue()
        self._subjects[token] = subject
        replies: list[Message] = []
        try:
            send(f"{self._prefix}batch.{token}", queue.put_nowait)
            async with asyncio.timeout(within):
                await _gather(queue, most, replies)
        except TimeoutError:
            if not replies:
                raise ReplyLate("no reply came in time") from None
        except BusError:
            if not replies:
                raise
        finally:
            del self._every[token], self._subjects[token]
        return replies

    def deliver(self, message: Message) -> None:
        token = message.subject[len(self._prefix) :]
        if (future := self._first.get(token)) is not None:
            if not future.done():
                future.set_result(message)
        elif (queue := self._every.get(token)) is not None:
            queue.put_nowait(message)

    def refuse(self, subject: str, reason: str) -> None:
        """Whoever asks on that subject, however it is spelt, is told at once: no reply can come."""
        for token, asked in self._subjects.items():
            if asked.lower() != subject.lower():
                continue
            if (future := self._first.get(token)) is not None:
                _fail(future, Denied(reason))
            else:
                self._every[token].put_nowait(Denied(reason))

    def lose(self, reason: str) -> None:
        """The connection is gone, and with it every reply that was to come over it."""
        for future in self._first.values():
            _fail(future, ConnectionLost(reason))
        for queue in self._every.values():
            queue.put_nowait(ConnectionLost(reason))


async def _gather(queue: asyncio.Queue[Message | BusError], most: int, replies: list[Message]) -> None:
    while len(replies) < most:
        reply = await queue.get()
        if isinstance(reply, BusError):
            raise reply
        if _nobody_listens(reply):
            raise NoResponders("nobody listens on that subject")
        status = header_block.status(reply)
        if status != _HEARTBEAT:
            replies.append(reply)
        if status not in (_HEARTBEAT, ""):
            return


def _refuse_unless_timely(within: float) -> None:
    if within <= 0:
        raise ReplyLate("there was no time left to ask")


def _fail(future: asyncio.Future[Message], fault: BusError) -> None:
    if not future.done():
        future.set_exception(fault)


def _nobody_listens(reply: Message) -> bool:
    return header_block.status(reply) == "503"
