"""One database migrated by its service's own program, which is told of as it goes."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flowkit.servers import Child
from rich.text import Text

from flowctl.alarm import alarm
from flowctl.cluster import ServiceSpec
from flowctl.cluster.environment import of_a_service
from flowctl.tree import read

# What the program says, every few seconds, as long as it finds no database.
WAITING = "waiting for the database"
GIVE_UP_AFTER_S = 30.0
GIVEN_UP = 1


@dataclass(frozen=True, slots=True)
class Migration:
    spec: ServiceSpec
    database_url: str
    tell: Callable[[Text | str], None]
    give_up_after_s: float = GIVE_UP_AFTER_S
    began: float = field(default_factory=time.monotonic)

    async def run(self) -> int:
        """The code it ends with. Only while there is no database is it given up: a migration may take an hour."""
        child = await Child.spawn([sys.executable, "-m", self.spec.module, "migrate"], environ=self._environ)
        try:
            async for line in child.output:
                self._pass_on(line)
                if self._is_in_vain(line):
                    return self._end(f"gave up: no database within {self.give_up_after_s:g} s", GIVEN_UP)
            code = await child.wait()
        finally:
            child.kill()
            await child.wait()
        return self._end(f"failed with code {code}" if code else "is done", code)

    @property
    def _environ(self) -> dict[str, str]:
        # Its words decide what we do, so that none of them may be left out.
        outer = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL_FILE"}
        return of_a_service(outer, {"DATABASE_URL": self.database_url, "LOG_LEVEL": "info"})

    def _pass_on(self, line: bytes) -> None:
        if said := alarm(self.spec.name, line.rstrip()):
            self.tell(said)

    def _is_in_vain(self, line: bytes) -> bool:
        told = read(line)
        is_waiting = told is not None and told.event == WAITING
        return is_waiting and time.monotonic() - self.began >= self.give_up_after_s

    def _end(self, how: str, code: int) -> int:
        self.tell(f"{self.spec.name} {how}, after {time.monotonic() - self.began:.1f} s")
        return code
