"""Flows: for those chosen, how often, how they end, how long they take, and which step takes it."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import links, logql, traceql
from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.boards import calls, steps
from deploy.grafana.dashboards.outcomes import NOT_WELL, OUR_FAULT, WELL
from deploy.grafana.dashboards.panels import bars, figure, heat, lines
from deploy.grafana.dashboards.places import FLOWS
from deploy.grafana.dashboards.promql import buckets, chosen, known, or_zero, quantile, rate, some, total
from deploy.grafana.dashboards.queries import Logql, Promql, PromqlBuckets, Traceql
from deploy.grafana.dashboards.readings import lines_of_log, traces
from deploy.grafana.dashboards.told import FULL, SIXTH, Panel, Told
from deploy.grafana.dashboards.variables import OF_FLOW, OF_SERVICE, flow, service

_CHOSEN: Final = (OF_SERVICE, OF_FLOW)
_LEGEND: Final = f"{{{{{names.LABEL_FLOW}}}}}"
_TALL: Final = 5


def board() -> Board:
    return Board(
        FLOWS,
        "The flows chosen: how often they are asked for, how they end, how long they and each of their steps take.",
        (service(), flow()),
        (
            Row("Now", (_rate_now(), _faults_now(), _median_now(), _in_flight(), _waiting(), _overruns())),
            Row("How often, and how they end", (_rate(), _outcomes())),
            Row("How long they take", (_heat(), _durations())),
            Row("Which step takes it", steps.panels()),
            Row("As their callers see them", calls.panels()),
            Row("What was thought", (_traces(), _lines())),
        ),
    )


def _rate_now() -> Panel:
    told = Told(
        "Flows a second", "Answered, however they ended.", "ops", width=SIXTH, height=_TALL, links=links.of_all()
    )
    return figure(told, Promql(total(rate(names.FLOWS_HANDLED, *_CHOSEN))))


def _faults_now() -> Panel:
    told = Told(
        "Flows that fail by our fault",
        "Share of all: crashes, timeouts, no room. What a caller did wrong is not counted.",
        "percentunit",
        warns=0.001,
        fails=0.01,
        width=SIXTH,
        height=_TALL,
        links=links.of_all_failed(),
    )
    failed, all_ = (total(rate(names.FLOWS_HANDLED, *_CHOSEN, *only)) for only in ((OUR_FAULT,), ()))
    return figure(told, Promql(or_zero(f"{failed} / {all_}")))


def _median_now() -> Panel:
    told = Told(
        "Half of them are faster than",
        "From a flow's arrival to its answer.",
        "s",
        empty="No flow yet",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(known(quantile(0.5, names.FLOW_DURATION, *_CHOSEN))))


def _in_flight() -> Panel:
    told = Told("Being worked on", "By all instances of the services chosen.", width=SIXTH, height=_TALL)
    return figure(told, Promql(total(chosen(names.FLOWS_IN_FLIGHT, OF_SERVICE))))


def _waiting() -> Panel:
    told = Told(
        "Waiting for their turn",
        "So many are worked on at once (FLOW_CONCURRENCY), so many may wait (FLOW_WAITING); the next is told 503.",
        warns=1,
        fails=200,
        width=SIXTH,
        height=_TALL,
    )
    return figure(told, Promql(total(chosen(names.FLOWS_WAITING, OF_SERVICE))))


def _overruns() -> Panel:
    told = Told(
        "Ran past their deadline",
        "In the time chosen: cancelled, because their callers had given up.",
        warns=1,
        fails=10,
        width=SIXTH,
        height=_TALL,
        links=links.of_all_failed(),
    )
    return figure(told, Promql(total(f"increase({chosen(names.FLOWS_OVERRUN, *_CHOSEN)}[$__range])")))


def _rate() -> Panel:
    told = Told("Flows a second, by flow", "Answered, however they ended.", "ops", links=links.of_flow())
    return lines(told, Promql(total(rate(names.FLOWS_HANDLED, *_CHOSEN), names.LABEL_FLOW), _LEGEND))


def _outcomes() -> Panel:
    told = Told(
        "How they ended, by error code",
        f"A second. {names.NO_ERROR} is success; the rest is refused (the caller's doing) or failed (ours).",
        "ops",
        links=links.of_flow_error(),
    )
    by = (names.LABEL_FLOW, names.LABEL_ERROR_CODE)
    ill = total(rate(names.FLOWS_HANDLED, *_CHOSEN, NOT_WELL), *by)
    well = total(rate(names.FLOWS_HANDLED, *_CHOSEN, WELL), *by)
    legend = f"{{{{{names.LABEL_ERROR_CODE}}}}} {_LEGEND}"
    return bars(told, Promql(some(ill), legend), Promql(some(well), legend))


def _heat() -> Panel:
    told = Told(
        "How many took how long",
        "Each column is a moment, each field a range of durations: the darker, the more. Two bands: two kinds of work.",
        "s",
        empty="No flow yet",
        links=links.of_all(),
    )
    return heat(told, PromqlBuckets(buckets(names.FLOW_DURATION, *_CHOSEN)))


def _durations() -> Panel:
    told = Told(
        "Half, 95 and 99 of 100 are faster than this",
        "All flows chosen together. Each dot is a request: click it for its trace.",
        "s",
        empty="No flow yet",
        links=links.of_all(),
    )
    half, most, nearly_all = (quantile(share, names.FLOW_DURATION, *_CHOSEN) for share in (0.5, 0.95, 0.99))
    return lines(told, Promql(half, "half"), Promql(most, "95 of 100"), Promql(nearly_all, "99 of 100", exemplars=True))


def _traces() -> Panel:
    told = Told(
        "Latest traces with these flows",
        "A trace id opens the trace; unfolded, a row shows the flows that matched, and how they ended.",
        "ms",
        empty="No trace yet: they can be found within half a minute",
        width=FULL,
        height=9,
    )
    mine = f'{{ span.{names.RPC_METHOD} =~ "${{flow}}" && resource.service.name =~ "${{service}}" && kind = server }}'
    query = traceql.latest(mine, f"span.{names.ERROR_CODE}", f"span.{names.ABOUT_CUSTOMER}")
    return traces(told, Traceql(query, limit=50))


def _lines() -> Panel:
    told = Told(
        "What the flows thought, the latest first",
        "A line a flow: how it ended, how long it took, and each step with its time. Its details link to the trace.",
        empty="No line yet",
        width=FULL,
        height=10,
    )
    handled = f'{logql.EVENT}="{names.FLOW_HANDLED}"'
    return lines_of_log(told, Logql(f"{logql.lines(handled, logql.chosen(logql.FLOW, 'flow'))} {logql.FOR_PEOPLE}"))
