"""What each process uses of the machine."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import foreign
from deploy.grafana.dashboards.links import JOB
from deploy.grafana.dashboards.panels import lines
from deploy.grafana.dashboards.promql import chosen, quantile, rate
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE

INSTANCE: Final = "instance"
EACH: Final = (JOB, INSTANCE)
NAMED: Final = f"{{{{{JOB}}}}} {{{{{INSTANCE}}}}}"


def panels() -> tuple[Panel, ...]:
    return (_processor(), _memory(), _lag(), _files())


def _processor() -> Panel:
    told = Told(
        "Processors in use, by process",
        "1 is one processor, fully used: a service can use little more, but for hashing, which has threads.",
    )
    return lines(told, Promql(rate(foreign.CPU_SECONDS, OF_SERVICE), NAMED))


def _memory() -> Panel:
    told = Told(
        "Memory in use, by process",
        "Resident. One that only ever grows is a leak, until the process is killed for it.",
        "bytes",
    )
    return lines(told, Promql(chosen(foreign.MEMORY, OF_SERVICE), NAMED))


def _lag() -> Panel:
    told = Told(
        "Event loop lag: 99 of 100 timers were this late or less",
        "Something blocks the loop where this is high: everything in that process waits for it.",
        "s",
        warns=0.05,
        fails=0.25,
    )
    return lines(told, Promql(quantile(0.99, names.LOOP_LAG, OF_SERVICE, by=EACH), NAMED))


def _files() -> Panel:
    told = Told(
        "File descriptors in use, of those allowed",
        "Connections are descriptors too. At 100 % a process can open no more.",
        "percentunit",
        warns=0.7,
        fails=0.9,
    )
    return lines(
        told, Promql(f"{chosen(foreign.OPEN_FILES, OF_SERVICE)} / {chosen(foreign.MOST_FILES, OF_SERVICE)}", NAMED)
    )
