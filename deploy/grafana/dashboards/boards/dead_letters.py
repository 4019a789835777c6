"""What nobody could act on: since when, why, and in which traces; and how much room the streams have left."""

from typing import Final

from flowkit.contract import DEAD_LETTERS
from flowkit.telemetry import names

from deploy.grafana.dashboards import links, traceql
from deploy.grafana.dashboards.panels import bars, lines
from deploy.grafana.dashboards.promql import chosen, greatest, some, total
from deploy.grafana.dashboards.queries import Promql, Traceql
from deploy.grafana.dashboards.readings import traces
from deploy.grafana.dashboards.told import HALF, THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_EVENT, OF_SERVICE

_STREAM: Final = f"{{{{{names.LABEL_STREAM}}}}}"


def panels() -> tuple[Panel, ...]:
    return (_given_up(), _waiting(), _room(), _given_up_traces(), _failed_traces())


def _given_up() -> Panel:
    told = Told(
        "Given up, by service, event and reason",
        "Failed: tried as often as is allowed. Unavailable: what it needs was away for long. Undecodable, wrong "
        "version: two versions that do not fit. Abandoned: whoever took it never came back.",
        empty="None: whatever happened was acted on",
        width=THIRD,
        links=links.of_failed_event(),
    )
    given_up = f"increase({chosen(names.EVENTS_DEAD, OF_SERVICE, OF_EVENT)}[$__rate_interval])"
    by = (links.JOB, names.LABEL_EVENT, names.LABEL_REASON)
    legend = f"{{{{{links.JOB}}}}} · {{{{{names.LABEL_EVENT}}}}} · {{{{{names.LABEL_REASON}}}}}"
    return bars(told, Promql(some(total(given_up, *by)), legend))


def _waiting() -> Panel:
    told = Told(
        "Dead letters that wait for somebody to look",
        "Of all services, until they are replayed or dropped: flow dlq ls, then flow dlq replay or flow dlq drop.",
        fails=1,
        width=THIRD,
    )
    letters = chosen(names.STREAM_MESSAGES, f'{names.LABEL_STREAM}="{DEAD_LETTERS}"')
    return lines(told, Promql(greatest(letters, names.LABEL_STREAM), _STREAM))


def _room() -> Panel:
    told = Told(
        "How full each stream is",
        "At 100 % NATS refuses what is told, and it waits in the outboxes. Events that all have acted on go at 75 %, "
        "others after EVENTS_DAYS; dead letters after DEAD_LETTERS_DAYS.",
        "percentunit",
        warns=0.7,
        fails=0.8,
        width=THIRD,
    )
    share = f"{names.STREAM_BYTES} / {names.STREAM_MOST_BYTES}"
    return lines(told, Promql(greatest(share, names.LABEL_STREAM), _STREAM))


def _given_up_traces() -> Panel:
    told = Told(
        "Latest traces with an event that was given up",
        "Its last attempt: the last step says why.",
        "ms",
        empty="None in this time",
        width=HALF,
        height=9,
    )
    dead = f'{{ span.{names.OUTCOME} = "{names.DEAD}" && span.{names.EVENT} =~ "${{event}}" }}'
    shown = (names.EVENT, names.DEAD_REASON, names.EVENT_ID)
    return traces(told, Traceql(traceql.latest(dead, *(f"span.{each}" for each in shown)), limit=50))


def _failed_traces() -> Panel:
    told = Told(
        "Latest traces with an event that failed",
        "Each attempt that failed, at a service or on the way into the stream; most are tried again and end well.",
        "ms",
        empty="None in this time",
        width=HALF,
        height=9,
    )
    failed = f'{{ {traceql.FAILED} && span.{names.EVENT} =~ "${{event}}" }}'
    shown = (names.EVENT, names.OUTCOME, names.ATTEMPT)
    return traces(told, Traceql(traceql.latest(failed, *(f"span.{each}" for each in shown)), limit=50))
