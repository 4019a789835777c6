"""A service that does nothing: tells how it was started, says it is ready, ends when asked."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NOT_YET = OK.replace(b"200 OK", b"503 Service Unavailable")


def say(event: str, **fields: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def tell_of(asked: list[str]) -> None:
    told = {"method": asked[0], "route": asked[1], "status": 200, "duration_ms": 1.5, "trace_id": "ab" * 16}
    say("request", **told, steps=[{"step": "Switching the light on", "at_ms": 0.5}], calls=[])


def meet(folder: Path, number: int) -> None:
    """Go on when so many are there."""
    (folder / Path(sys.argv[0]).stem).touch()
    while len(list(folder.iterdir())) < number:
        time.sleep(0.01)


async def main() -> None:
    if sys.argv[1:]:
        say("asked", arguments=sys.argv[1:], environ=dict(os.environ))
        if "MEET_IN" in os.environ:
            meet(Path(os.environ["MEET_IN"]), int(os.environ["MEET"]))
        sys.exit("COMMANDS_FAIL" in os.environ)
    if "SAYS_AND_ENDS" in os.environ:
        sys.exit(os.environ["SAYS_AND_ENDS"])
    if "REFUSES" in os.environ:
        sys.stderr.write("These settings cannot be used\n")
        sys.exit(2)
    answer = NOT_YET if "NEVER_READY" in os.environ else OK

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readline()).decode().split()
        if asked[1] != "/health/ready":
            tell_of(asked)
        writer.write(answer)
        writer.close()

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, stopping.clear if "STUBBORN" in os.environ else stopping.set
    )
    ports = [(os.environ["OPS_HOST"], os.environ["OPS_PORT"])]
    if "PORT" in os.environ:
        ports.append((os.environ["HOST"], os.environ["PORT"]))
    servers = [await asyncio.start_server(serve, host, int(port)) for host, port in ports]
    say("started", environ=dict(os.environ))
    await stopping.wait()
    say("stopping")
    for server in servers:
        server.close()
    sys.exit(int(os.environ.get("LEAVES_WITH", "0")))


if __name__ == "__main__":
    asyncio.run(main())
