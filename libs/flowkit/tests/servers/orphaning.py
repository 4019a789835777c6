"""Start a server, tell its pid and wait: a parent to be killed. Arguments: kind, home."""

import asyncio
import sys
from pathlib import Path

from flowkit.servers import NatsServer, PostgresServer


async def main(kind: str, home: Path) -> None:
    server = NatsServer(home) if kind == "nats" else PostgresServer(home, durable=False)
    await server.start()
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
