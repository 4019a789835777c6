"""A nats-server whose system calls are written down: what it stores, what it syncs, what it then tells."""

import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, override

from flowkit.servers import NatsServer

_CALLS = "fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2"
_LONGEST_SHOWN = 1 << 20
_WRITTEN = re.compile(r"^\d+ +p?write\w*\(\d+<[^>]*\.blk>")
_MARK = re.compile(r"lamp-(\d+);")
_NEXT_PIECE = re.compile(r'", iov_len=\d+}, {iov_base="')
_TOLD = re.compile(r'\\"seq\\": ?(\d+)')
_SYNC = re.compile(r"^(?P<thread>\d+) +(?:fsync|fdatasync)\(\d+<[^>]*\.blk>")
# Where another thread's call came between, its end stands on a line of its own, which names no file.
_SYNC_ENDED = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. )?(?:fsync|fdatasync).*\) += (?P<result>-?\d+)")


class TracedNats(NatsServer):
    """Set up like any other; unless `synced`, when it syncs is left to itself."""

    def __init__(self, home: Path, *, synced: bool) -> None:
        super().__init__(home)
        self._synced = synced

    async def traced(self) -> "Trace":
        """All of it: the tracer has written the last line when the server has ended."""
        await self.stop()
        return Trace.read((self.home / "calls").read_text(errors="replace"))

    @override
    def _command(self) -> list[str]:
        tracer = shutil.which("strace")
        assert tracer is not None, "strace is not installed"
        # -D: the server is our child and the tracer its own, so that signals reach the one they are meant for.
        shown = ["-y", "-s", str(_LONGEST_SHOWN), "-e", "signal=none", "-e", f"trace={_CALLS}"]
        return [tracer, "-D", "-f", "-qq", *shown, "-o", str(self.home / "calls"), *super()._command()]

    @override
    def _settings(self) -> dict[str, Any]:
        settings = super()._settings()
        if not self._synced:
            del settings["jetstream"]["sync_interval"]
        return settings


@asynccontextmanager
async def traced_nats(*, synced: bool) -> AsyncGenerator[TracedNats]:
    with TemporaryDirectory(prefix="flow-nats-") as home:
        server = TracedNats(Path(home), synced=synced)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


def body(number: int) -> bytes:
    """What the trace knows a message by."""
    return f"lamp-{number};".encode()


@dataclass(frozen=True, slots=True)
class Trace:
    """At which line a message was written to its file and its client told that it is stored; syncs, begun and ended."""

    written: dict[int, int]
    told: dict[int, int]
    syncs: tuple[tuple[int, int], ...]

    @classmethod
    def read(cls, text: str) -> "Trace":
        written, told, syncs, begun = dict[int, int](), dict[int, int](), list[tuple[int, int]](), dict[str, int]()
        for place, line in enumerate(text.splitlines()):
            if sync := _SYNC.match(line):
                begun[sync["thread"]] = place
            if ended := _SYNC_ENDED.match(line):
                since = begun.pop(ended["thread"], None)
                if since is not None and ended["result"] == "0":
                    syncs.append((since, place))
            elif _WRITTEN.match(line):
                written |= {int(number): place for number in _MARK.findall(line)}
            elif "<socket:" in line:
                told |= {int(number): place for number in _TOLD.findall(_NEXT_PIECE.sub("", line))}
        return cls(written, told, tuple(syncs))

    @property
    def told_unsynced(self) -> list[int]:
        """The messages whose client was told before a sync had begun after they were written, and ended."""
        return [number for number in sorted(self.told) if not self._is_synced(number)]

    def _is_synced(self, number: int) -> bool:
        return any(self.written[number] < begun and ended < self.told[number] for begun, ended in self.syncs)
