"""A dashboard: rows of panels, placed from left to right."""

from collections.abc import Iterable
from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.builders.dashboard import Row as RowBuilder
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from deploy.grafana.dashboards.places import TAG, Place, WaysBetween
from deploy.grafana.dashboards.told import Panel
from deploy.grafana.dashboards.variables import Variable


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    place: Place
    tells: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    refresh: str = "5s"

    def build(self) -> dashboard.Dashboard:
        board = Dashboard(self.place.title).uid(self.place.uid).description(self.tells).tags([TAG])
        board = board.time("now-15m", "now").refresh(self.refresh).timezone("browser").editable()
        board = board.tooltip(DashboardCursorSync.CROSSHAIR).link(WaysBetween()).variables(list(self.variables))
        for row in self.rows:
            board = board.with_row(RowBuilder(row.title))
            for panel in row.panels:
                board = board.with_panel(panel)
        built = board.build()
        _number(built.panels or [])
        return built


def _number(panels: Iterable[dashboard.Panel | dashboard.RowPanel]) -> None:
    """Ids that stay: links to a single panel hold on to them."""
    for number, panel in enumerate(panels, start=1):
        panel.id_val = number
