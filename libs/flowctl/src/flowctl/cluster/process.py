"""A process that is started again whenever it ends, until it is stopped."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from flowkit.servers import ServerNotStarted
from flowkit.servers.http import get

from flowctl.cluster.log_file import NOWHERE, Bookmark
from flowctl.cluster.program import Program

DELAYS_S = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
# One that has lived this long has recovered: the next end of it is its first.
RECOVERED_AFTER_S = 10.0
RESTARTS_UNTIL_HOPELESS = 3
PROBE_WITHIN_S = 1.0
POLL_S = 0.02
HTTP_OK = 200


class KeepsEnding(Exception):
    """It ends again and again before it is ready."""


class RefusesSettings(Exception):
    """It will not start with the settings it is given."""


@dataclass(slots=True, kw_only=True)
class Process:
    name: str
    program: Program
    changed: Callable[[], None]
    tell: Callable[[str], None]
    ops_url: str = ""
    url: str = ""
    database_url: str = ""
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    log: Bookmark = NOWHERE
    # The exit code by which it refuses its settings; until it has been ready once, no other start would do better.
    refusal: int | None = None
    restarts: int = 0
    has_begun: bool = field(default=False, init=False)
    _was_ready: bool = field(default=False, init=False)
    _keeping: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        return self.program.pid

    async def start(self) -> None:
        """Start it, and from now on again and again."""
        await self.program.start()
        self.has_begun = True
        self.changed()
        self._keeping = asyncio.create_task(self._keep(), name=f"keeping {self.name}")

    async def stop(self) -> int | None:
        """Ask it to end, wait for it, and let it be; its exit code, where it had been started."""
        await self._let_be()
        return await self.program.stop() if self.has_begun else None

    async def wait(self) -> int:
        """Return when the process of now has ended, with its exit code."""
        return await self.program.wait()

    def kill(self) -> None:
        """End it as a crash would; it is started again."""
        self.program.kill()

    def terminate(self) -> None:
        """Ask it to end; it is started again."""
        os.kill(self.pid, signal.SIGTERM)

    def freeze(self) -> None:
        self.program.freeze()

    def thaw(self) -> None:
        self.program.thaw()

    async def crash(self) -> None:
        """End it as a crash would and leave it away; `start` brings it back."""
        self.give_up()
        await self.program.wait()

    def give_up(self) -> None:
        """End it as a crash would, for good, without waiting."""
        if self._keeping is not None:
            self._keeping.cancel()
        if self.has_begun:
            self.program.kill()

    async def is_ready(self) -> bool:
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(PROBE_WITHIN_S):
                return await get(f"{self.ops_url}/health/ready") == HTTP_OK
        return False

    async def ready(self) -> None:
        """Return when it says it is ready."""
        before = self.restarts
        while not await self.is_ready():
            if self._keeping is not None and self._keeping.done():
                raise RefusesSettings(self.name)
            if self.restarts - before >= RESTARTS_UNTIL_HOPELESS:
                raise KeepsEnding(self.name)
            await asyncio.sleep(POLL_S)
        self._was_ready = True

    async def _let_be(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            self._keeping = None

    async def _keep(self) -> None:
        ends = 0
        while True:
            began = time.monotonic()
            code = await self.program.wait()
            if code == self.refusal and not self._was_ready:
                return
            ends = 0 if time.monotonic() - began > RECOVERED_AFTER_S else ends
            await self._start_again(_ending(code), DELAYS_S[min(ends, len(DELAYS_S) - 1)])
            ends += 1

    async def _start_again(self, how: str, delay_s: float) -> None:
        while True:
            self.tell(f"{self.name} {how}; starting it again" + (f" in {delay_s:g} s" if delay_s else ""))
            await asyncio.sleep(delay_s)
            try:
                await self.program.start()
            except (ServerNotStarted, OSError) as fault:
                how, delay_s = f"did not start: {fault}", DELAYS_S[-1]
                continue
            self.restarts += 1
            self.changed()
            self.tell(f"{self.name} runs again as process {self.pid}")
            return


async def start_all(processes: Iterable[Process]) -> None:
    """At once; of what goes wrong, the first."""
    try:
        async with asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.start())
    except* Exception as faults:  # noqa: BLE001  the first is passed on as it is
        raise faults.exceptions[0] from None


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
