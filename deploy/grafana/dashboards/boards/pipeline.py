"""Telemetry itself: sent by the services, taken and passed on by the collector, kept by Tempo, Loki and Prometheus."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import foreign
from deploy.grafana.dashboards.boards.processes import INSTANCE
from deploy.grafana.dashboards.links import JOB
from deploy.grafana.dashboards.panels import lines, ups_and_downs
from deploy.grafana.dashboards.promql import chosen, rate, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import FULL, THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE

_OF_SIGNAL: Final = f"{{{{{names.LABEL_SIGNAL}}}}} · {{{{{JOB}}}}}"
_BY: Final = (JOB, names.LABEL_SIGNAL)
_NO_COLLECTOR: Final = "No figures of the collector: is it up?"


def panels() -> tuple[Panel, ...]:
    return (_sent(), _lost(), _queues(), _passed(), _refused(), _kept(), _scraped())


def _sent() -> Panel:
    told = Told("Spans and log lines sent a second, by service", "Taken by the collector.", "ops", width=THIRD)
    return lines(told, Promql(total(rate(names.TELEMETRY_SENT, OF_SERVICE), *_BY), _OF_SIGNAL))


def _lost() -> Panel:
    told = Told(
        "Telemetry a service lost, in each interval",
        "Spans and records nobody took, lines that could not be written: what you do not see. Requests go on.",
        warns=1,
        width=THIRD,
    )
    dropped, unwritten = (
        total(f"increase({chosen(metric, OF_SERVICE)}[$__rate_interval])", *by)
        for metric, by in ((names.TELEMETRY_DROPPED, _BY), (names.LOG_LINES_DROPPED, (JOB,)))
    )
    return lines(told, Promql(dropped, _OF_SIGNAL), Promql(unwritten, f"lines on stdout · {{{{{JOB}}}}}"))


def _queues() -> Panel:
    told = Told(
        "The collector's queues, how full",
        "Of each exporter. At 100 % it drops what comes next: the backend behind it is away or too slow.",
        "percentunit",
        _NO_COLLECTOR,
        warns=0.5,
        fails=0.8,
        width=THIRD,
    )
    queue, most = (
        total(metric, foreign.LABEL_EXPORTER) for metric in (foreign.COLLECTOR_QUEUE, foreign.COLLECTOR_QUEUE_MOST)
    )
    return lines(told, Promql(f"{queue} / {most}", f"{{{{{foreign.LABEL_EXPORTER}}}}}"))


def _passed() -> Panel:
    told = Told(
        "Through the collector a second",
        "In from the services, out to Tempo and Loki. Fewer spans out than in is sampling, or loss: see beside.",
        "ops",
        _NO_COLLECTOR,
        width=THIRD,
    )
    ways = {
        foreign.COLLECTED_SPANS: "spans in",
        foreign.PASSED_SPANS: "spans out",
        foreign.COLLECTED_LINES: "lines in",
        foreign.PASSED_LINES: "lines out",
    }
    return lines(told, *(Promql(total(rate(metric)), way) for metric, way in ways.items()))


def _refused() -> Panel:
    told = Told(
        "Refused or lost by the collector a second",
        "Refused: out of memory, the services try again. Lost: the backend did not take it. Best: none.",
        "ops",
        _NO_COLLECTOR,
        warns=1,
        width=THIRD,
    )
    ways = {
        foreign.REFUSED_SPANS: "spans refused",
        foreign.LOST_SPANS: "spans lost",
        foreign.REFUSED_LINES: "lines refused",
        foreign.LOST_LINES: "lines lost",
    }
    return lines(told, *(Promql(total(rate(metric)), way) for metric, way in ways.items()))


def _kept() -> Panel:
    told = Told(
        "Kept a second by Tempo, Loki and Prometheus",
        "Spans, log lines and samples of metrics.",
        "ops",
        width=THIRD,
    )
    keepers = {
        foreign.TEMPO_SPANS: "spans, by Tempo",
        foreign.LOKI_LINES: "lines, by Loki",
        foreign.PROMETHEUS_SAMPLES: "samples, by Prometheus",
    }
    return lines(told, *(Promql(total(rate(metric)), keeper) for metric, keeper in keepers.items()))


def _scraped() -> Panel:
    told = Told(
        "Everything Prometheus scrapes, up and down",
        "Services, exporters and the observability's own parts. Red: Prometheus does not reach it.",
        width=FULL,
    )
    return ups_and_downs(
        told, Promql(f"max by ({JOB}, {INSTANCE}) ({foreign.UP})", f"{{{{{JOB}}}}} {{{{{INSTANCE}}}}}")
    )
