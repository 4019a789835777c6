"""One connection to NATS, from its first byte to its loss. The only file that imports nats-py."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, override

from nats.aio.client import Client
from nats.protocol.parser import PERMISSIONS_ERR

from flowkit.bus import header_block
from flowkit.bus.listening import Listening
from flowkit.bus.nats.observer import Record
from flowkit.bus.nats.options import NatsOptions, Server
from flowkit.bus.nats.tls import trusting
from flowkit.bus.nats.violation import Violation
from flowkit.bus.port import Disconnected, Handler, Message, PayloadTooLarge, ReplyLate

_PING = b"PING\r\n"
_FROM_STREAM = b"$JS.ACK."
_MOST_UNSENT = 1024 * 1024
_MOST_UNWRITTEN = 64 * 1024
_NEVER = 24 * 3600
# A loop held up by its own work finds the late timer and the punctual answer in one round: let the answer be read.
_GRACE = 0.1
_DEMANDS_TLS = (
    "the server demands TLS: let NATS_URL begin with tls://, and NATS_CA be what its certificate is signed with"
)


class Link(Client):
    """
    Takes of nats-py the handshake, the parser and the reader, and none of what it does on its own: it never
    reconnects, never buffers, never drops, and once lost it stays lost. Messages go straight to their handlers.
    """

    # nats-py leaves these without a type.
    _reading_task: asyncio.Task[None] | None
    _ping_interval_task: asyncio.Task[None] | None
    _flusher_task: asyncio.Task[None] | None

    def __init__(self, record: Record, deny: Callable[[Violation], None]) -> None:
        super().__init__()
        self._record = record
        self._deny = deny
        self._listening: dict[int, Listening] = {}
        self._pinged: deque[asyncio.Future[None]] = deque()
        self._socket: asyncio.WriteTransport | None = None
        self._unwritten = bytearray()
        self._is_to_be_encrypted = False
        self.heard = 0
        self.heard_at = 0.0
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_lost(self) -> bool:
        return self.lost.done()

    async def open(self, server: Server, options: NatsOptions) -> None:
        self._is_to_be_encrypted = server.tls
        await self.connect(
            [server.url],
            name=options.name or None,
            user=server.user or None,
            password=server.password or None,
            token=server.token or None,
            inbox_prefix=options.inbox_prefix,
            tls=trusting(options.ca) if server.tls else None,
            tls_handshake_first=server.tls,
            allow_reconnect=False,
            connect_timeout=_NEVER,  # the caller's own timeout bounds the whole of it
            ping_interval=_NEVER,  # the watch asks more often, and believes no flag
            error_cb=self._on_error,
        )
        if not self.is_connected or self._reading_task is None:
            raise ConnectionError("the server did not finish its greeting")
        self._socket = self._raw_socket()
        if self._socket is not None:
            self._socket.set_write_buffer_limits(high=_MOST_UNSENT)
        self._reading_task.add_done_callback(lambda _: self.lose("the reader ended"))

    @property
    def is_choked(self) -> bool:
        return self._socket is None or self._socket.get_write_buffer_size() > _MOST_UNSENT

    async def room(self) -> None:
        """Wait until the server takes what was written, or the connection is lost."""
        if self._transport is not None and not self.is_lost:
            with suppress(OSError):
                await self._transport.drain()
        if self.is_lost:
            raise Disconnected(self.lost.result())

    def send(self, subject: str, reply: str, headers: bytes, data: bytes) -> None:
        """Written in one piece to the socket's buffer, behind everything sent before."""
        size = len(headers) + len(data)
        if size > self._max_payload:
            raise PayloadTooLarge(f"{size} bytes, where the server takes {self._max_payload}")
        line = f"HPUB {subject} {reply} {len(headers)} {size}\r\n" if headers else f"PUB {subject} {reply} {size}\r\n"
        self._write(b"%b%b%b\r\n" % (line.encode(), headers, data))

    def listen(self, sid: int, subject: str, queue: str, handler: Handler, *, under: str = "") -> None:
        """`under` is what subject the messages may say of themselves; that which is listened to, unless given."""
        self._listening[sid] = Listening(under or subject, handler)
        self._write(f"SUB {subject} {queue} {sid}\r\n".encode())

    def ignore(self, sid: int) -> None:
        """Ask for no more; what is already on its way is still handed over, until `forget`."""
        self._write(f"UNSUB {sid}\r\n".encode())

    def forget(self, sid: int) -> None:
        self._listening.pop(sid, None)

    async def round_trip(self, within: float) -> None:
        """Return once the server has seen all that was sent, and we have all that it sent before it answered."""
        pong: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pinged.append(pong)
        self._write(_PING)
        for patience in (within, _GRACE):
            if not pong.done() and not self.is_lost:
                await asyncio.wait((pong, self.lost), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if pong.done():
            return
        if self.is_lost:
            raise Disconnected(self.lost.result())
        raise ReplyLate("the server did not answer a ping in time")

    def lose(self, reason: str) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)

    async def abandon(self) -> None:
        """Leave at once. nats-py's own close waits for the socket, which a frozen server never empties."""
        self._status = Client.CLOSED
        if (socket := self._raw_socket()) is not None:
            socket.abort()
        tasks = [task for task in (self._reading_task, self._ping_interval_task, self._flusher_task) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, asyncio.sleep(0), return_exceptions=True)

    def _write(self, command: bytes) -> None:
        # What is written in one round of the event loop leaves in one system call, which costs more than its bytes.
        if not self._unwritten:
            asyncio.get_running_loop().call_soon(self._write_out)
        self._unwritten += command
        if len(self._unwritten) > _MOST_UNWRITTEN:
            self._write_out()

    def _write_out(self) -> None:
        if self._socket is not None and self._unwritten:
            self._socket.write(bytes(self._unwritten))
        self._unwritten.clear()

    def _raw_socket(self) -> asyncio.WriteTransport | None:
        writer = getattr(self._transport, "_io_writer", None)
        return writer.transport if isinstance(writer, asyncio.StreamWriter) else None

    async def _on_error(self, error: Exception) -> None:
        # Raising here is what makes nats-py give up connecting instead of trying the same server again.
        if self._socket is None:
            raise error

    @override
    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        self.heard += 1
        self.heard_at = time.monotonic()
        # Anything raised here would end nats-py's reader and leave us connected and deaf.
        if (listening := self._listening.get(sid)) is None:
            return
        try:
            # A stream keeps what it is sent, text or not: what is not handed over is given again for ever.
            told = subject.decode(errors="replace" if reply.startswith(_FROM_STREAM) else "strict")
            listening.hand_over(Message(told, data, reply.decode(), header_block.decode(headers)))
        except Exception as error:  # noqa: BLE001  see above
            self._record.message_failed(subject.decode(errors="replace"), error)

    @override
    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        # nats-py would encrypt without our authority, if it had to.
        if info.get("tls_required") and not self._is_to_be_encrypted:
            raise ConnectionError(_DEMANDS_TLS)
        await super()._process_info(info, initial_connection=initial_connection)

    @override
    async def _process_pong(self) -> None:
        # nats-py's own raises when whoever pinged has given up, which ends its reader.
        self.heard_at = time.monotonic()
        if self._pinged:
            self._pinged.popleft().set_result(None)

    @override
    async def _process_err(self, err_msg: str) -> None:
        if PERMISSIONS_ERR in err_msg:
            self._deny(Violation.read(err_msg.strip("'")))
        else:
            self.lose(err_msg.strip("'"))

    @override
    async def _process_op_err(self, e: Exception) -> None:
        self.lose(str(e) or type(e).__name__)
