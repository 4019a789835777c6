"""Bytes that are no UTF-8 where a NATS client expects a subject, and a wire that goes deaf."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .balancer import ask_ops

NOT_UTF8 = b"\xff\xfe\x80"


async def publish_raw(nats_url: str, subjects: list[bytes]) -> None:
    """Past any client library, which would refuse such subjects; returns once the server has taken them."""
    parts = urlsplit(nats_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    await reader.readline()
    told = {"verbose": False, "user": parts.username, "pass": parts.password}
    writer.write(f"CONNECT {json.dumps(told)}\r\n".encode())
    for subject in subjects:
        writer.write(b"PUB %b 2\r\n{}\r\n" % subject)
    writer.write(b"PING\r\n")
    while not (line := await reader.readline()).startswith(b"PONG"):
        if not line or line.startswith(b"-ERR"):
            raise ConnectionError(line.decode())
    writer.close()


async def poisonous_subjects(monitor_url: str) -> list[bytes]:
    """For each subscription with a wildcard that the server knows, a subject it takes and no client can read."""
    _, body = await ask_ops(monitor_url, "/connz?subs=1&limit=1000")
    subjects = {subject for each in json.loads(body)["connections"] for subject in each.get("subscriptions_list", ())}
    wild = [subject.split(".") for subject in sorted(subjects) if subject.endswith((".*", ".>"))]
    return [".".join(tokens[:-1]).encode() + b"." + NOT_UTF8 for tokens in wild]


@dataclass(slots=True)
class DeafWire:
    """Stands between one client and NATS. Deafened, it holds the connections of now open and passes nothing on."""

    host: str
    port: int
    url: str = field(default="", repr=False)
    _deaf: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    @classmethod
    @asynccontextmanager
    async def to(cls, nats_url: str) -> AsyncGenerator["DeafWire"]:
        parts = urlsplit(nats_url)
        wire = cls(parts.hostname or "", parts.port or 4222)
        server = await asyncio.start_server(wire._carry, "127.0.0.1", 0)
        wire.url = f"nats://{parts.username}:{parts.password}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield wire
        finally:
            server.close()
            for writer in wire._open:
                writer.transport.abort()
            while wire._open:  # each is let go of by the task that carries it
                await asyncio.sleep(0.01)

    def deafen(self) -> None:
        self._deaf |= self._open

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}
            self._deaf -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if writer not in self._deaf:
                    writer.write(data)
                    await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
