"""From a service's transaction to the stream: how much, how fast, and what waits."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import links
from deploy.grafana.dashboards.panels import bars, lines
from deploy.grafana.dashboards.promql import chosen, greatest, quantile, rate, some, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_EVENT, OF_SERVICE

_CHOSEN: Final = (OF_SERVICE, OF_EVENT)
_EVENT: Final = f"{{{{{names.LABEL_EVENT}}}}}"
_JOB: Final = f"{{{{{links.JOB}}}}}"


def panels() -> tuple[Panel, ...]:
    return (_told(), _lag(), _waiting(), _oldest(), _failures(), _held())


def _told() -> Panel:
    told = Told(
        "Events told a second, by event",
        "Stored in the stream, whoever reacts to them.",
        "ops",
        width=THIRD,
        links=links.of_event(),
    )
    return lines(told, Promql(total(rate(names.EVENTS_PUBLISHED, *_CHOSEN), names.LABEL_EVENT), _EVENT))


def _lag() -> Panel:
    told = Told(
        "Half, and 99 of 100, are in the stream within",
        "From when an event was written beside what caused it to when NATS had stored it. A dot is one event: click it "
        "for its trace.",
        "s",
        empty="No event yet",
        warns=1,
        width=THIRD,
        links=links.of_all(),
    )
    half, nearly_all = (quantile(share, names.OUTBOX_LAG, *_CHOSEN) for share in (0.5, 0.99))
    return lines(told, Promql(half, "half"), Promql(nearly_all, "99 of 100", exemplars=True))


def _waiting() -> Panel:
    told = Told(
        "Events in the outbox, by service",
        "Written and not stored yet, as the relays last saw it. It grows while NATS is away or full, and empties by "
        "itself: nothing is lost meanwhile.",
        width=THIRD,
    )
    return lines(told, Promql(greatest(chosen(names.OUTBOX_WAITING, OF_SERVICE), links.JOB), _JOB))


def _oldest() -> Panel:
    told = Told(
        "For how long the oldest has waited there, by service",
        "An alert fires from 30 s on. If it grows while the number above stands still, its relay cannot look.",
        "s",
        warns=5,
        fails=30,
        width=THIRD,
    )
    return lines(told, Promql(greatest(chosen(names.OUTBOX_OLDEST, OF_SERVICE), links.JOB), _JOB))


def _failures() -> Panel:
    told = Told(
        "Tries to store an event that failed, a second",
        "By event. Each is tried again; while NATS is away one event at a time is tried.",
        "ops",
        empty="None: whatever was told was stored",
        width=THIRD,
        links=links.of_failed_event(),
    )
    failed = total(rate(names.EVENT_PUBLISH_FAILURES, *_CHOSEN), names.LABEL_EVENT)
    return bars(told, Promql(some(failed), _EVENT))


def _held() -> Panel:
    told = Told(
        "Keys held back, by service",
        "The next event of so many keys cannot be stored as it is, so all later ones of each wait behind it. The "
        "service's log says which and why.",
        fails=1,
        width=THIRD,
    )
    return lines(told, Promql(total(chosen(names.OUTBOX_HELD, OF_SERVICE), links.JOB), _JOB))
