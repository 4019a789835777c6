"""What every panel says of itself, whatever it draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

from deploy.grafana.dashboards.places import Link
from deploy.grafana.dashboards.queries import Query

type Panel = Builder[dashboard.Panel]

FULL: Final = 24
HALF: Final = 12
THIRD: Final = 8
SIXTH: Final = 4


@dataclass(frozen=True, slots=True)
class Told:
    """`empty` is what is meant where there is nothing to show; from `warns` and `fails` on it is orange and red."""

    title: str
    description: str
    unit: str = "short"
    empty: str = "Nothing yet"
    warns: float | None = None
    fails: float | None = None
    width: int = HALF
    height: int = 8
    links: tuple[Link, ...] = ()

    @property
    def is_judged(self) -> bool:
        return self.warns is not None or self.fails is not None


class Drawing(Protocol):
    """What the SDK's builders have in common."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: DataSourceRef) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def thresholds(self, thresholds: Builder[dashboard.ThresholdsConfig]) -> Self: ...
    def data_links(self, links: list[Builder[dashboard.DashboardLink]]) -> Self: ...
    def with_target(self, target: Builder[Dataquery]) -> Self: ...


def dressed[D: Drawing](drawing: D, told: Told, queries: Sequence[Query]) -> D:
    """The drawing, with all that is told of it and asked for it."""
    drawing = drawing.title(told.title).description(told.description).span(told.width).height(told.height)
    drawing = drawing.unit(told.unit).no_value(told.empty).thresholds(_thresholds(told))
    drawing = drawing.datasource(queries[0].source)
    if told.links:
        drawing = drawing.data_links(list(told.links))
    for query, ref_id in zip(queries, "ABCDEFGH", strict=False):
        drawing = drawing.with_target(query.target(ref_id))
    return drawing


def _thresholds(told: Told) -> ThresholdsConfig:
    steps = [Threshold(None, "green")]
    steps += [Threshold(told.warns, "orange")] if told.warns is not None else []
    steps += [Threshold(told.fails, "red")] if told.fails is not None else []
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
