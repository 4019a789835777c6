"""Events: told, stored, acted on; how long that takes, what waits, and what nobody could act on."""

from typing import Final

from flowkit.contract import DEAD_LETTERS
from flowkit.telemetry import names

from deploy.grafana.dashboards import links, logql, traceql
from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.boards import dead_letters, outboxes, reactions
from deploy.grafana.dashboards.panels import figure
from deploy.grafana.dashboards.places import EVENTS
from deploy.grafana.dashboards.promql import chosen, greatest, known, quantile, rate, total
from deploy.grafana.dashboards.queries import Logql, Promql, ServiceMap, Traceql
from deploy.grafana.dashboards.readings import lines_of_log, service_map, traces
from deploy.grafana.dashboards.told import FULL, SIXTH, Panel, Told
from deploy.grafana.dashboards.variables import OF_EVENT, OF_SERVICE, event, service

_CHOSEN: Final = (OF_SERVICE, OF_EVENT)
_TALL: Final = 5


def board() -> Board:
    return Board(
        EVENTS,
        "What has happened, and what came of it: from the outbox of who tells it to whoever acts on it.",
        (service(), event()),
        (
            Row("Now", (_told(), _handled(), _in_outboxes(), _pending(), _age(), _dead())),
            Row("From the outbox to the stream", outboxes.panels()),
            Row("From the stream to whoever reacts", reactions.panels()),
            Row("What nobody could act on, and the room there is", dead_letters.panels()),
            Row("Who tells whom", (_map(),)),
            Row("What was thought", (_traces(), _lines())),
        ),
    )


def _told() -> Panel:
    told = Told(
        "Events told a second",
        "Stored in the stream. A service chosen is one that tells them.",
        "ops",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(total(rate(names.EVENTS_PUBLISHED, *_CHOSEN))))


def _handled() -> Panel:
    told = Told(
        "Events acted on a second",
        "Each counts once for each service that reacts to it.",
        "ops",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    done = f'{names.LABEL_OUTCOME}="{names.DONE}"'
    return figure(told, Promql(total(rate(names.EVENTS_HANDLED, *_CHOSEN, done))))


def _in_outboxes() -> Panel:
    told = Told(
        "Waiting in the outboxes",
        "Told, and not stored in the stream yet: none, or NATS is away, full or slow.",
        warns=100,
        fails=1000,
        width=SIXTH,
        height=_TALL,
    )
    return figure(told, Promql(total(greatest(chosen(names.OUTBOX_WAITING, OF_SERVICE), links.JOB))))


def _pending() -> Panel:
    told = Told(
        "Not acted on yet",
        "Stored, and waiting for a service that reacts to them; those that are tried again are among them.",
        warns=100,
        fails=1000,
        width=SIXTH,
        height=_TALL,
    )
    one_each = greatest(chosen(names.EVENTS_PENDING, *_CHOSEN), links.JOB, names.LABEL_EVENT)
    return figure(told, Promql(total(one_each)))


def _age() -> Panel:
    told = Told(
        "99 of 100 are acted on within",
        "From the moment an event was told to when a service had acted on it.",
        "s",
        empty="No event yet",
        warns=5,
        fails=60,
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(known(quantile(0.99, names.EVENT_AGE, *_CHOSEN))))


def _dead() -> Panel:
    told = Told(
        "Dead letters that wait for you",
        "What a service could not act on, however often it was tried: flow dlq ls. Of all services.",
        fails=1,
        width=SIXTH,
        height=_TALL,
        links=links.of_all_failed(),
    )
    letters = chosen(names.STREAM_MESSAGES, f'{names.LABEL_STREAM}="{DEAD_LETTERS}"')
    return figure(told, Promql(f"max({letters})"))


def _map() -> Panel:
    told = Told(
        "Who tells whom, how often and how long it takes",
        "Made of traces by Tempo's metrics generator, of events alone: an arrow leads from who told an event to who "
        "acted on it. A click on a circle leads on to its figures and traces.",
        unit="reqps",
        empty="The first events appear here within half a minute",
        width=FULL,
        height=10,
    )
    return service_map(told, ServiceMap('{connection_type="messaging_system"}'))


def _traces() -> Panel:
    told = Told(
        "Latest traces with these events",
        "Each is a whole chain: the request, what it told, and all that came of it. A trace id opens it.",
        "ms",
        empty="No trace yet: they can be found within half a minute",
        width=FULL,
        height=9,
    )
    mine = f'{{ span.{names.EVENT} =~ "${{event}}" && resource.service.name =~ "${{service}}" }}'
    shown = (names.EVENT, names.OUTCOME, names.ATTEMPT, names.EVENT_ID)
    return traces(told, Traceql(traceql.latest(mine, *(f"span.{each}" for each in shown)), limit=50))


def _lines() -> Panel:
    told = Told(
        "What the reactions thought, the latest first",
        "A line for each time an event was given to a service: what came of it, and each step with its time.",
        empty="No line yet",
        width=FULL,
        height=10,
    )
    handled = f'{logql.EVENT}="{names.EVENT_HANDLED}"'
    about = f'{logql.FLOW}=~"event.(${{event}}).v.*"'
    return lines_of_log(told, Logql(f"{logql.lines(handled, about)} {logql.FOR_PEOPLE}"))
