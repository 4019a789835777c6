"""Two relays, each a process that kills itself between an acknowledgement and the removal of its row, and is started
again. Arguments: database, broker, kills, seed. Says each kill; ended by SIGTERM, which the relays are then given."""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Mapping

import structlog
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.outbox import Relay, Sending, floor, relaying, standing
from flowkit.postgres import PostgresOptions
from flowkit.streams import Stored, Streams
from flowkit.telemetry.metrics import Metrics
from opentelemetry.trace import NoOpTracer

RELAYS = 2
MOST_ACKNOWLEDGED = 60
# Longer than the stream's duplicate window: what is sent again after it is stored again.
AWAY_S = 1.3


class Mortal:
    """Streams that are the end of whoever has had so many events stored: none of its last turn is removed."""

    def __init__(self, streams: Streams, life: int) -> None:
        self._streams = streams
        self._left = life

    async def publish(self, subject: str, data: bytes, *, headers: Mapping[str, str], within: float) -> Stored:
        stored = await self._streams.publish(subject, data, headers=headers, within=within)
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return stored


async def live(database: str, broker: str, life: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bus = NatsBus(NatsOptions(broker, name="counter"))
    try:
        mortal = Mortal(Streams(bus), life)
        sending = Sending("counter", mortal, NoOpTracer(), Metrics("counter").publishing)
        async with relaying(Relay(PostgresOptions(database, application_name="relay"), sending)):
            await stop.wait()
    finally:
        await bus.close()


def born(database: str, broker: str, life: int) -> int:
    """A fork of one who has everything loaded and nothing begun: it is there at once, not a second later."""
    pid = os.fork()
    if pid:
        return pid
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(live(database, broker, life))
    os._exit(0)


def main(database: str, broker: str, kills: int, seed: int) -> None:
    """Every third to die takes the other with it, and nobody is there for a while."""
    # Their lives are short: what is not looked at any more moves on while they last.
    standing.LOOK_EVERY_S, floor.NUMBERED_S = 0.05, 0.3  # pyright: ignore[reportConstantRedefinition]  # as said
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    lives = random.Random(seed)  # noqa: S311  a seed makes it the same again
    running: set[int] = set()

    def replenish(left: int) -> None:
        while len(running) < RELAYS:
            running.add(born(database, broker, lives.randint(1, MOST_ACKNOWLEDGED) if left > 0 else 0))

    def end(*_: object) -> None:
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        while running:
            running.discard(os.wait()[0])
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    replenish(kills)
    done = 0
    while True:
        pid, status = os.wait()
        running.discard(pid)
        if not os.WIFSIGNALED(status):
            sys.exit("a relay has ended by itself")
        done += 1
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()
        if done % 3 == 0:
            for other in [*running]:
                os.kill(other, signal.SIGKILL)
                os.waitpid(other, 0)
                running.discard(other)
            time.sleep(AWAY_S)
        replenish(kills - done)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
