"""The bus, as the services and as the server see it."""

from flowkit.telemetry import names

from deploy.grafana.dashboards import foreign
from deploy.grafana.dashboards.boards.processes import EACH, NAMED
from deploy.grafana.dashboards.links import JOB
from deploy.grafana.dashboards.panels import lines, ups_and_downs
from deploy.grafana.dashboards.promql import chosen, rate, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE

_JOB = f"{{{{{JOB}}}}}"
_NO_SERVER = "No figures of the NATS server: is its exporter up?"


def panels() -> tuple[Panel, ...]:
    return (_connected(), _trouble(), _messages(), _bytes(), _clients())


def _connected() -> Panel:
    told = Told(
        "Connected to NATS, by process",
        "Green is connected. A process without a connection is not ready, and comes back by itself.",
        height=7,
    )
    return ups_and_downs(
        told, Promql(f"max by ({', '.join(EACH)}) ({chosen(names.NATS_CONNECTED, OF_SERVICE)})", NAMED)
    )


def _trouble() -> Panel:
    told = Told(
        "Trouble with the bus, in each interval",
        "Connections made anew, messages that were not permitted, messages that could not be handled. Best: none.",
        height=7,
        warns=1,
    )
    kinds = {
        names.NATS_RECONNECTS: "reconnected",
        names.NATS_PERMISSION_VIOLATIONS: "not permitted",
        names.NATS_MESSAGE_FAILURES: "could not be handled",
    }
    return lines(told, *(_trouble_of(metric, kind) for metric, kind in kinds.items()))


def _trouble_of(metric: str, kind: str) -> Promql:
    return Promql(total(f"increase({chosen(metric, OF_SERVICE)}[$__rate_interval])", JOB), f"{kind} · {_JOB}")


def _messages() -> Panel:
    told = Told(
        "Messages a second through the server", "A request and its reply are two.", "ops", _NO_SERVER, width=THIRD
    )
    return lines(told, Promql(rate(foreign.NATS_MESSAGES_IN), "in"), Promql(rate(foreign.NATS_MESSAGES_OUT), "out"))


def _bytes() -> Panel:
    told = Told("Bytes a second through the server", "Payloads and headers.", "Bps", _NO_SERVER, width=THIRD)
    return lines(told, Promql(rate(foreign.NATS_BYTES_IN), "in"), Promql(rate(foreign.NATS_BYTES_OUT), "out"))


def _clients() -> Panel:
    told = Told(
        "Connections and subscriptions; clients too slow",
        "One connection a process. A client that reads too slowly is cut off by the server: best none.",
        empty=_NO_SERVER,
        width=THIRD,
    )
    return lines(
        told,
        Promql(foreign.NATS_CONNECTIONS, "connections"),
        Promql(foreign.NATS_SUBSCRIPTIONS, "subscriptions"),
        Promql(foreign.NATS_SLOW_CONSUMERS, "too slow, so far"),
    )
