"""What a panel asks, and of whom."""

from dataclasses import dataclass
from typing import Protocol

from grafana_foundation_sdk.builders import loki, prometheus, tempo
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.tempo import SearchTableType

from deploy.grafana.dashboards.datasources import LOKI, PROMETHEUS, TEMPO


class Query(Protocol):
    @property
    def source(self) -> DataSourceRef: ...

    def target(self, ref_id: str) -> Builder[Dataquery]: ...


@dataclass(frozen=True, slots=True)
class Promql:
    """Over time; `exemplars` marks single requests, each a click from its trace."""

    expr: str
    legend: str = ""
    exemplars: bool = False
    source = PROMETHEUS

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = prometheus.Dataquery().expr(self.expr).legend_format(self.legend).range().exemplar(self.exemplars)
        return query.datasource(PROMETHEUS).ref_id(ref_id)


@dataclass(frozen=True, slots=True)
class PromqlNow:
    """At the end of the time chosen, as rows."""

    expr: str
    source = PROMETHEUS

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = prometheus.Dataquery().expr(self.expr).instant().format(PromQueryFormat.TABLE)
        return query.datasource(PROMETHEUS).ref_id(ref_id)


@dataclass(frozen=True, slots=True)
class PromqlBuckets:
    """The buckets of a histogram, for a heat map."""

    expr: str
    source = PROMETHEUS

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = prometheus.Dataquery().expr(self.expr).legend_format("{{le}}").range()
        return query.format(PromQueryFormat.HEATMAP).datasource(PROMETHEUS).ref_id(ref_id)


@dataclass(frozen=True, slots=True)
class Traceql:
    """The traces that match; or the one, where it is nothing but its id."""

    query: str
    limit: int = 20
    source = TEMPO

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = tempo.Dataquery().query_type("traceql").query(self.query).limit(self.limit).spss(3)
        return query.table_type(SearchTableType.TRACES).datasource(TEMPO).ref_id(ref_id)


@dataclass(frozen=True, slots=True)
class ServiceMap:
    """Who calls whom, from the series of Tempo's metrics generator; `only` those that match."""

    only: str = ""
    source = TEMPO

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = tempo.Dataquery().query_type("serviceMap").datasource(TEMPO).ref_id(ref_id)
        return query.service_map_query(self.only) if self.only else query


@dataclass(frozen=True, slots=True)
class Logql:
    """Lines, newest first; or figures of them."""

    expr: str
    legend: str = ""
    source = LOKI

    def target(self, ref_id: str) -> Builder[Dataquery]:
        query = loki.Dataquery().expr(self.expr).legend_format(self.legend).query_type("range").max_lines(500)
        return query.datasource(LOKI).ref_id(ref_id)
