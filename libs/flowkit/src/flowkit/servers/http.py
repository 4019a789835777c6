"""The status of one GET, for asking a server on this machine whether it is well."""

import asyncio
from urllib.parse import urlsplit


async def get(url: str) -> int:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        request = f"GET {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        status_line = await reader.readline()
        return int(status_line.split()[1])
    except IndexError:
        raise ValueError(f"{url} does not speak HTTP") from None
    finally:
        writer.transport.abort()
