"""From the stream to whoever reacts: how much, how it ends, how long it takes, and what waits."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import links
from deploy.grafana.dashboards.panels import bars, heat, lines, ranking
from deploy.grafana.dashboards.promql import buckets, chosen, greatest, mean, quantile, rate, some, total
from deploy.grafana.dashboards.queries import Promql, PromqlBuckets
from deploy.grafana.dashboards.told import THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_EVENT, OF_SERVICE

_CHOSEN: Final = (OF_SERVICE, OF_EVENT)
_BY: Final = (links.JOB, names.LABEL_EVENT)
_WHO: Final = f"{{{{{links.JOB}}}}} · {{{{{names.LABEL_EVENT}}}}}"


def panels() -> tuple[Panel, ...]:
    return (
        *(_outcomes(), _age(), _ages()),
        *(_pending(), _oldest(), _readers()),
        *(_again(), _duration(), _steps()),
    )


def _outcomes() -> Panel:
    told = Told(
        "What came of them, a second",
        "Done; a duplicate of what was done already, and so left alone; to be tried again; or dead: given up.",
        "ops",
        width=THIRD,
        links=links.of_event(),
    )
    by = (*_BY, names.LABEL_OUTCOME)
    query = some(total(rate(names.EVENTS_HANDLED, *_CHOSEN), *by))
    return bars(told, Promql(query, f"{{{{{names.LABEL_OUTCOME}}}}} · {_WHO}"))


def _age() -> Panel:
    told = Told(
        "Half, and 99 of 100, are acted on within",
        "From the moment an event was told to when a service had acted on it. A dot is one of them: click it for its "
        "trace.",
        "s",
        empty="No event yet",
        warns=5,
        width=THIRD,
        links=links.of_all(),
    )
    half, nearly_all = (quantile(share, names.EVENT_AGE, *_CHOSEN) for share in (0.5, 0.99))
    return lines(told, Promql(half, "half"), Promql(nearly_all, "99 of 100", exemplars=True))


def _ages() -> Panel:
    told = Told(
        "How many were how old",
        "Each column is a moment, each field a range of ages at which events were done. A band far above is a backlog "
        "being caught up with, or events that were tried again.",
        "s",
        empty="No event yet",
        width=THIRD,
        links=links.of_all(),
    )
    return heat(told, PromqlBuckets(buckets(names.EVENT_AGE, *_CHOSEN)))


def _pending() -> Panel:
    told = Told(
        "Not acted on yet, by service and event",
        "Stored, and waiting for that service. One that only grows: more comes than it can do, or it does nothing.",
        width=THIRD,
        links=links.of_event(),
    )
    return lines(told, Promql(greatest(chosen(names.EVENTS_PENDING, *_CHOSEN), *_BY), _WHO))


def _oldest() -> Panel:
    told = Told(
        "For how long nothing older was finished, by service and event",
        "The oldest unfinished event holds the place; the others may go on. Long: it is tried again and again.",
        "s",
        warns=30,
        fails=120,
        width=THIRD,
        links=links.of_failed_event(),
    )
    return lines(told, Promql(greatest(chosen(names.EVENT_UNFINISHED, *_CHOSEN), *_BY), _WHO))


def _readers() -> Panel:
    told = Told(
        "Instances that wait for the next event",
        "As NATS knows it. None for a while, where nothing is acted on either: nobody reacts. One that is at work on "
        "as much as it can does not wait.",
        width=THIRD,
    )
    by = (names.LABEL_SERVICE, names.LABEL_EVENT)
    of_service = f'{names.LABEL_SERVICE}=~"$service"'
    who = f"{{{{{names.LABEL_SERVICE}}}}} · {{{{{names.LABEL_EVENT}}}}}"
    return lines(told, Promql(greatest(chosen(names.EVENT_READERS, of_service, OF_EVENT), *by), who))


def _again() -> Panel:
    told = Told(
        "Given again a second, and found done already",
        "An event is given again after a failure, after a crash, or when nobody said for long that it is at work. One "
        "that was done already has no second effect.",
        "ops",
        empty="None: each was given once",
        width=THIRD,
        links=links.of_event(),
    )
    duplicate = f'{names.LABEL_OUTCOME}="{names.DUPLICATE}"'
    again = total(rate(names.EVENTS_REDELIVERED, *_CHOSEN), *_BY)
    done_before = total(rate(names.EVENTS_HANDLED, *_CHOSEN, duplicate), *_BY)
    return bars(told, Promql(some(again), f"again · {_WHO}"), Promql(some(done_before), f"done already · {_WHO}"))


def _duration() -> Panel:
    told = Told(
        "95 of 100 reactions take less than this",
        "From an event's arrival at a service to its acknowledgement; waiting in the stream is not counted.",
        "s",
        empty="No event yet",
        width=THIRD,
        links=links.of_event(),
    )
    return lines(told, Promql(quantile(0.95, names.EVENT_DURATION, *_CHOSEN, by=_BY), _WHO, exemplars=True))


def _steps() -> Panel:
    told = Told(
        "How long each step of a reaction takes on average",
        "In the time chosen, of the steps that wrap work.",
        "s",
        empty="No step that wraps work was taken yet",
        width=THIRD,
        links=links.of_flow(),
    )
    by = (names.LABEL_FLOW, names.LABEL_STEP)
    of_events = f'{names.LABEL_FLOW}=~"event.*"'
    legend = f"{{{{{names.LABEL_STEP}}}}} · {{{{{names.LABEL_FLOW}}}}}"
    return ranking(told, Promql(mean(names.STEP_DURATION, OF_SERVICE, of_events, by=by), legend))
