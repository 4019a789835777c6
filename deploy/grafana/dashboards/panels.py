"""Figures, each kind drawn one way everywhere."""

from grafana_foundation_sdk.builders import bargauge, common, heatmap, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    FieldColorModeId,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale

from deploy.grafana.dashboards.queries import Query
from deploy.grafana.dashboards.told import Panel, Told, dressed


def lines(told: Told, *queries: Query) -> Panel:
    return _lines(told, queries)


def bars(told: Told, *queries: Query) -> Panel:
    """One on top of the other, so that their height is the whole."""
    stacked = common.StackingConfig().mode(StackingMode.NORMAL).group("A")
    return _lines(told, queries).draw_style(GraphDrawStyle.BARS).fill_opacity(70).stacking(stacked)


def figure(told: Told, *queries: Query) -> Panel:
    """The latest, large, above how it came to be."""
    drawing = stat.Panel().reduce_options(_last()).graph_mode(BigValueGraphMode.AREA)
    drawing = drawing.color_mode(BigValueColorMode.VALUE if told.is_judged else BigValueColorMode.NONE)
    return dressed(drawing, told, queries)


def ranking(told: Told, *queries: Query) -> Panel:
    """A bar for each, beside each other."""
    drawing = bargauge.Panel().reduce_options(_last()).orientation(VizOrientation.HORIZONTAL)
    return dressed(drawing.display_mode(BarGaugeDisplayMode.BASIC).min(0), told, queries)


def heat(told: Told, *queries: Query) -> Panel:
    """Time from left to right, the buckets of a histogram from bottom to top, how many as colour."""
    scale = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(64)
    scale = scale.scale(HeatmapColorScale.EXPONENTIAL).exponent(0.5).fill("dark-orange")
    drawing = heatmap.Panel().calculate(False).color(scale).y_axis(heatmap.YAxisConfig().unit(told.unit))
    return dressed(drawing.cell_values(heatmap.CellValues().unit("short")).show_legend(), told, queries)


def ups_and_downs(told: Told, *queries: Query) -> Panel:
    """A band for each: green while it is up, red while it is down."""
    states = {
        "0": ValueMappingResult(text="down", color="red", index=0),
        "1": ValueMappingResult(text="up", color="green", index=1),
    }
    drawing = statetimeline.Panel().mappings([ValueMap(states)])
    return dressed(drawing.show_value(VisibilityMode.NEVER).row_height(0.8), told, queries)


def _lines(told: Told, queries: tuple[Query, ...]) -> timeseries.Panel:
    drawing = timeseries.Panel().line_width(1).fill_opacity(8).show_points(VisibilityMode.NEVER).min(0)
    drawing = drawing.legend(_legend()).tooltip(_tooltip()).color_scheme(_colours())
    if told.is_judged:
        drawing = drawing.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return dressed(drawing, told, queries)


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    return legend.show_legend(True)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)


def _colours() -> FieldColor:
    return FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().values(False).calcs(["lastNotNull"])
