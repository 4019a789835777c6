"""What NATS keeps: streams, messages, and the room they take."""

from deploy.grafana.dashboards import foreign
from deploy.grafana.dashboards.panels import lines
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import THIRD, Panel, Told

_NONE = "No figures of JetStream: is the exporter up?"


def panels() -> tuple[Panel, ...]:
    return (_kept(), _room(), _memory())


def _kept() -> Panel:
    told = Told(
        "Streams, consumers and messages kept",
        "An event stays for EVENTS_DAYS, whoever has read it: what waits for whom is on the Events dashboard.",
        empty=_NONE,
        width=THIRD,
    )
    return lines(
        told,
        Promql(foreign.JETSTREAM_STREAMS, "streams"),
        Promql(foreign.JETSTREAM_CONSUMERS, "consumers"),
        Promql(foreign.JETSTREAM_MESSAGES, "messages"),
    )


def _room() -> Panel:
    told = Told(
        "Storage in use, of what JetStream may take",
        "At 100 % a publisher is refused: nothing that was not consumed is thrown away.",
        "percentunit",
        _NONE,
        warns=0.7,
        fails=0.9,
        width=THIRD,
    )
    return lines(told, Promql(f"{foreign.JETSTREAM_BYTES} / {foreign.JETSTREAM_MOST_BYTES}", "in use"))


def _memory() -> Panel:
    told = Told("Memory of the server", "Resident, all of the NATS server.", "bytes", _NONE, width=THIRD)
    return lines(told, Promql(foreign.NATS_MEMORY, "memory"))
