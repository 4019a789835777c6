"""A keep-alive client in plain Python, for machines without wrk."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


class NotOk(Exception):
    """An answer other than 200."""


async def closed_loop(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> list[float]:
    """Each connection asks again as soon as it has its answer; the seconds each answer took."""
    parts, latencies, until = urlsplit(url), list[float](), time.monotonic() + seconds
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "\r\n"]).encode()

    async def one() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (began := time.monotonic()) < until:
            writer.write(request)
            await _answer(reader)
            latencies.append(time.monotonic() - began)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(one())
    return latencies


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head[:16]:
        raise NotOk(head.decode(errors="replace"))
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
