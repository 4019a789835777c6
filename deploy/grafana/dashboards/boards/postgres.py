"""The database, as its server tells of it."""

from typing import Final

from deploy.grafana.dashboards import foreign
from deploy.grafana.dashboards.panels import lines
from deploy.grafana.dashboards.promql import chosen, rate, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import THIRD, Panel, Told

_NONE: Final = "No figures of PostgreSQL: is its exporter up?"
_BY: Final = foreign.LABEL_DATABASE
_LEGEND: Final = f"{{{{{_BY}}}}}"
_SERVICES_OWN: Final = f'{_BY}!~"template.*|postgres|"'


def panels() -> tuple[Panel, ...]:
    return (_connections(), _transactions(), _undone(), _cached(), _deadlocks(), _size())


def _connections() -> Panel:
    told = Told(
        "Connections, by database",
        "Beside the most the server allows: at that line nobody else is let in.",
        empty=_NONE,
        width=THIRD,
    )
    by_database = total(chosen(foreign.PG_CONNECTIONS, _SERVICES_OWN), _BY)
    return lines(told, Promql(by_database, _LEGEND), Promql(f"max({foreign.PG_MOST_CONNECTIONS})", "most"))


def _transactions() -> Panel:
    told = Told("Transactions a second, by database", "Committed.", "ops", _NONE, width=THIRD)
    return lines(told, Promql(total(rate(foreign.PG_COMMITS, _SERVICES_OWN), _BY), _LEGEND))


def _undone() -> Panel:
    told = Told(
        "Transactions undone a second, by database",
        "Rolled back: a request that was refused, or one that was given up.",
        "ops",
        _NONE,
        width=THIRD,
    )
    return lines(told, Promql(total(rate(foreign.PG_ROLLBACKS, _SERVICES_OWN), _BY), _LEGEND))


def _cached() -> Panel:
    told = Told(
        "Blocks found in memory, of all that were read",
        "Far below 99 % the data that are used no longer fit into memory.",
        "percentunit",
        _NONE,
        width=THIRD,
    )
    hit, read = (total(rate(each, _SERVICES_OWN), _BY) for each in (foreign.PG_BLOCKS_HIT, foreign.PG_BLOCKS_READ))
    return lines(told, Promql(f"{hit} / ({hit} + {read})", _LEGEND))


def _deadlocks() -> Panel:
    told = Told(
        "Deadlocks, in each interval",
        "Two transactions that waited for each other: one was ended. Best: none.",
        empty=_NONE,
        warns=1,
        width=THIRD,
    )
    return lines(
        told, Promql(total(f"increase({chosen(foreign.PG_DEADLOCKS, _SERVICES_OWN)}[$__rate_interval])", _BY), _LEGEND)
    )


def _size() -> Panel:
    told = Told("Size, by database", "On disk, indexes included.", "bytes", _NONE, width=THIRD)
    return lines(told, Promql(total(chosen(foreign.PG_SIZE, _SERVICES_OWN), _BY), _LEGEND))
