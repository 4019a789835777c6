"""`flow up` as a process of its own, over services that stand in, and what it says."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

STAND_INS = Path(__file__).parents[1] / "stand_ins"
READY = "flow tree follows"
WITHIN_S = 60


@dataclass(slots=True)
class Up:
    process: asyncio.subprocess.Process
    output: asyncio.StreamReader
    reading: asyncio.ReadTransport
    said: str = ""

    async def says(self, words: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while words not in self.said:
                line = await self.output.readline()
                assert line, f"it ended before it said {words!r}:\n{self.said}"
                self.said += line.decode()

    async def ends(self) -> int:
        async with asyncio.timeout(WITHIN_S):
            self.said += (await self.output.read()).decode()
            return await self.process.wait()

    def stop_reading(self) -> None:
        self.reading.close()


def _heed_every_signal() -> None:
    """Whoever runs the tests may ignore some (`nohup` does), and what is ignored stays so in a child."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@asynccontextmanager
async def up(state: Path, **environ: str) -> AsyncGenerator[Up]:
    """`state` is the `.flow` it makes."""
    ours, theirs = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flowctl", "up"),
        cwd=state.parent,
        env=os.environ | {"PYTHONPATH": str(STAND_INS), "PORT": "0"} | environ,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=_heed_every_signal,
    )
    os.close(theirs)
    output = asyncio.StreamReader()
    reading, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(ours, "rb")
    )
    try:
        yield Up(process, output, reading)
    finally:
        reading.close()
        if process.returncode is None:
            process.kill()
            await process.wait()
