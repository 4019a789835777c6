"""How a service becomes a process: its environment, its log, its addresses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from flowctl.cluster.environment import of_a_service
from flowctl.cluster.log_file import Bookmark
from flowctl.cluster.process import Process
from flowctl.cluster.program import ServiceProgram
from flowctl.cluster.seats import Seat
from flowctl.cluster.state import State
from flowctl.cluster.stop_time import stop_within_s
from flowctl.cluster.watcher import Watcher

LOCAL = "127.0.0.1"
# The exit code of a service whose settings are bad.
BAD_SETTINGS = 2


@dataclass(frozen=True, slots=True)
class Recipe:
    state: State
    environ: Mapping[str, str]
    host: str
    watcher: Watcher
    changed: Callable[[], None]

    def make(self, seat: Seat, given: Mapping[str, str]) -> Process:
        """`given` are variables of this service alone."""
        environ = of_a_service(self.environ, {**self._of_the_cluster(seat), **given})
        log = self.state.logs / f"{seat.name}.log"
        on_line = partial(self.watcher.line, seat.name)
        return Process(
            name=seat.name,
            program=ServiceProgram(seat.spec.module, environ, log, on_line, stop_within_s(seat.spec.name, environ)),
            changed=self.changed,
            tell=self.watcher.tell,
            ops_url=local_url(LOCAL, seat.ops_port),
            url=local_url(self.host, seat.port) if seat.port else "",
            database_url=environ.get("DATABASE_URL", ""),
            environ=environ,
            log=Bookmark.at_the_end_of(log),
            refusal=BAD_SETTINGS,
        )

    def _of_the_cluster(self, seat: Seat) -> dict[str, str]:
        told = {"OPS_HOST": LOCAL, "OPS_PORT": str(seat.ops_port), "BLACK_BOX_DIR": str(self.state.black_boxes)}
        return told | ({"HOST": self.host, "PORT": str(seat.port)} if seat.port else {})


def local_url(host: str, port: int) -> str:
    """Where one on this machine finds what listens on `host`."""
    shown = LOCAL if host == "0.0.0.0" else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
