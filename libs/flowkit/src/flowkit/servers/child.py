"""A child process of its own session that is ended whole, frozen whole, and does not outlive us."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from flowkit.servers.account import Account
from flowkit.servers.processes import descendants, freeze_tree, kill_tree, signal_one

LONGEST_LINE = 1 << 20
LARGEST_LOG = 5 << 20


@dataclass(slots=True)
class Child:
    process: asyncio.subprocess.Process
    lifeline: int | None

    @classmethod
    async def spawn(
        cls,
        command: list[str],
        *,
        environ: Mapping[str, str],
        log: Path | None = None,
        account: Account | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
        watched: bool = sys.platform != "linux",
    ) -> Self:
        """Start `command`; its output goes to `log`, or to `output` where there is none."""
        theirs, ours = os.pipe() if watched else (None, None)
        output = asyncio.subprocess.PIPE if log is None else _open_log(log)
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *_launch(death_signal, theirs, account),
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(environ),
                pass_fds=() if theirs is None else (theirs,),
                start_new_session=True,
                limit=LONGEST_LINE,
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # Half started, it would be nobody's.
            kill_tree((await starting).pid)
            raise
        finally:
            for descriptor in (theirs, None if log is None else output):
                if descriptor is not None:
                    os.close(descriptor)
        return cls(process, ours)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    @property
    def output(self) -> asyncio.StreamReader:
        assert self.process.stdout is not None, "the output goes to a log"  # noqa: S101  a programmer's mistake
        return self.process.stdout

    async def wait(self) -> int:
        code = await self.process.wait()
        if self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None
        return code

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill(self) -> None:
        if self.is_running:
            kill_tree(self.pid)

    def freeze(self) -> None:
        if self.is_running:
            freeze_tree(self.pid)

    def thaw(self) -> None:
        for each in descendants(self.pid):
            signal_one(each, signal.SIGCONT)
        self.send(signal.SIGCONT)

    async def end(self, number: signal.Signals, within_s: float) -> int:
        """Ask it to stop, and after `within_s` no longer ask."""
        self.thaw()
        self.send(number)
        try:
            async with asyncio.timeout(within_s):
                return await self.wait()
        except TimeoutError:
            self.kill()
            return await self.wait()


def _launch(death_signal: signal.Signals, lifeline: int | None, account: Account | None) -> list[str]:
    script = Path(__file__).with_name("launch.py")
    descriptor = "" if lifeline is None else str(lifeline)
    return [
        sys.executable,
        "-I",
        "-S",
        str(script),
        str(os.getpid()),
        str(int(death_signal)),
        descriptor,
        str(account or ""),
    ]


def _open_log(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
