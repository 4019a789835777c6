"""Readers of events, each a process of its own, and what they tell when they end."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Final

import msgspec
import sqlalchemy as sa

from bench import stage as programs
from bench.event_stage import Stage

LONGEST_S: Final = 300.0
OURS, PEER = "bench.event_reader", "bench.event_peer"


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    module: str
    environ: Mapping[str, str] = field(default_factory=dict[str, str])


FLOWKIT = Side("flowkit", OURS)
FASTSTREAM = Side("FastStream", PEER)
READERS: Final = (
    FLOWKIT,
    Side("flowkit, with its spans and lines", OURS, {"TELLS": "yes"}),
    Side("flowkit, without marks", OURS, {"MARKS": "no"}),
    FASTSTREAM,
    Side("FastStream, acknowledgement awaited", PEER, {"AWAITS": "yes"}),
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader told when it ended: for each when it was told of and when it was done."""

    times: Sequence[tuple[float, float]]
    cpu: float
    largest_mib: float

    @property
    def per_second(self) -> float:
        done = [at for _, at in self.times]
        return (len(done) - 1) / (max(done) - min(done))

    @property
    def whole_per_second(self) -> float:
        """From the first that was told to the last that was done."""
        return len(self.times) / (max(at for _, at in self.times) - min(told for told, _ in self.times))

    @property
    def cpu_us(self) -> float:
        return self.cpu / len(self.times) * 1e6

    def ms(self, percentile: int) -> float:
        return quantiles([at - told for told, at in self.times], n=100)[percentile - 1] * 1000


@dataclass(slots=True)
class Reader:
    stage: Stage
    told: Path
    result: Read | None = None

    async def until(self, number: int) -> None:
        async with asyncio.timeout(LONGEST_S):
            while await self._notes() < number:  # noqa: ASYNC110  the reader is another process
                await asyncio.sleep(0.05)

    async def _notes(self) -> int:
        async with self.stage.store.reading() as tx:
            return int(await tx.connection.scalar(sa.text("SELECT count(*) FROM notes WHERE note <> 'spam'")) or 0)

    def close(self) -> None:
        self.result = msgspec.json.decode(self.told.read_bytes(), type=Read)

    @property
    def read(self) -> Read:
        assert self.result is not None  # noqa: S101  asked for after it was closed
        return self.result


@asynccontextmanager
async def reading(stage: Stage, side: Side) -> AsyncGenerator[Reader]:
    """A process of its own; what it has done is known once it has ended."""
    with tempfile.TemporaryDirectory(prefix="flow-bench-") as folder:
        ready, told = Path(folder) / "ready", Path(folder) / "told"
        where = {"DATABASE": stage.options.url, "NATS_URL": stage.broker, "READY": str(ready), "TOLD": str(told)}

        async def is_ready() -> bool:
            return ready.exists()

        reader = Reader(stage, told)
        async with programs.program(side.module, {**where, **side.environ}, is_ready):
            yield reader
        reader.close()
