"""Two consumers, each a process that kills itself in the middle of a transaction, or between its commit and the
acknowledgement, and is started again. Arguments: database, broker, kills, seed, a file for their log lines. Tells how
each died; ended by SIGTERM, which the consumers are then given."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from flowkit import postgres
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.call import Call
from flowkit.postgres import PostgresOptions
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.service import on
from flowkit.streams import Pulled, Streams
from flowkit.telemetry.metrics import Metrics

from .ledger import Book
from .scenes import TRACING, Visited, visited

CONSUMERS = 2
MOST_DONE = 25
IN_THE_MIDDLE, BEFORE_THE_ACKNOWLEDGEMENT = "in the middle", "before the acknowledgement"


@dataclass(slots=True)
class Life:
    """Ends at the so-manieth time of one of two things; never, where that is none."""

    left: int
    ends: str

    def passes(self, moment: str) -> None:
        if moment != self.ends:
            return
        self.left -= 1
        if self.left == 0:
            os.write(1, f"{moment}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class MortalStreams(Streams):
    life: Life = field(default_factory=lambda: Life(0, ""))

    async def done(self, pulled: Pulled) -> None:
        self.life.passes(BEFORE_THE_ACKNOWLEDGEMENT)
        await Streams.done(self, pulled)


@dataclass(frozen=True, slots=True)
class EnterIntoBook:
    life: Life

    async def run(self, event: Visited, call: Call, tx: Book) -> None:
        call.step("Entering it")
        await tx.enter(event.said)
        await asyncio.sleep(random.uniform(0, 0.01))  # noqa: S311  so that others are at every stage of theirs
        self.life.passes(IN_THE_MIDDLE)


async def live(database: str, broker: str, life: Life) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    bus = NatsBus(NatsOptions(broker, name="diary"))
    options = ReactionOptions(first_pause_s=0.05, longest_pause_s=0.2, pull_s=0.5, ask_again_s=0.05)
    async with postgres.connect(PostgresOptions(database), Book) as store:
        declared = [on(visited, EnterIntoBook(life), store)]
        reactions = Reactions("diary", declared, MortalStreams(bus, life=life), TRACING, Metrics("diary"), options)
        reactions.start()
        await stop.wait()
        await reactions.leave()
        await reactions.finish()
    await bus.close()


def born(database: str, broker: str, life: Life) -> int:
    """A fork of one who has everything loaded and nothing begun: it is there at once, not a second later."""
    pid = os.fork()
    if pid:
        return pid
    with contextlib.suppress(BaseException):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(live(database, broker, life))
    os._exit(0)


def main(database: str, broker: str, kills: int, seed: int, log: Path) -> None:
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(log.open("a", buffering=1)),
    )
    lives = random.Random(seed)  # noqa: S311  a seed makes it the same again
    running: set[int] = set()
    begun = 0

    def end(*_: object) -> None:
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        while running:
            running.discard(os.wait()[0])
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        while len(running) < CONSUMERS:
            ends = (IN_THE_MIDDLE, BEFORE_THE_ACKNOWLEDGEMENT)[begun % 2]
            running.add(born(database, broker, Life(lives.randint(1, MOST_DONE) if begun < kills else 0, ends)))
            begun += 1
        pid, status = os.wait()
        running.discard(pid)
        if not os.WIFSIGNALED(status):
            sys.exit("a consumer has ended by itself")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5]))
