"""Which dashboards there are, and the ways between them."""

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TAG: Final = "flow"


@dataclass(frozen=True, slots=True)
class Place:
    uid: str
    title: str
    file: str

    def url(self, **variables: str) -> str:
        """With its variables set, at the time that is looked at."""
        chosen = "".join(f"var-{name}={value}&" for name, value in variables.items())
        return f"/d/{self.uid}?{chosen}${{__url_time_range}}"


OVERVIEW: Final = Place("flow-overview", "Overview", "overview")
FLOWS: Final = Place("flow-flows", "Flows", "flows")
EVENTS: Final = Place("flow-events", "Events", "events")
TRACES: Final = Place("flow-traces", "Trace explorer", "traces")
LOGS: Final = Place("flow-logs", "Logs", "logs")
INFRASTRUCTURE: Final = Place("flow-infrastructure", "Infrastructure", "infrastructure")


@dataclass(frozen=True, slots=True)
class Link(Builder[dashboard.DashboardLink]):
    """From a figure to somewhere else."""

    title: str
    url: str

    def build(self) -> dashboard.DashboardLink:
        return _DataLink(self.title, url=self.url)


class _DataLink(dashboard.DashboardLink):
    """The SDK has one type for a dashboard's links and for those of data, which have but these."""

    def to_json(self) -> dict[str, object]:
        return {"title": self.title, "url": self.url, "targetBlank": False}


class WaysBetween(Builder[dashboard.DashboardLink]):
    """On top of every dashboard: all the others, at the same time and of the same service, flow and route."""

    def build(self) -> dashboard.DashboardLink:
        return _OnTop("Dashboards", DashboardLinkType.DASHBOARDS, tags=[TAG], include_vars=True, keep_time=True)


class _OnTop(dashboard.DashboardLink):
    """To be seen, and not in a menu: the SDK has no other placement."""

    def to_json(self) -> dict[str, object]:
        return {name: value for name, value in super().to_json().items() if name != "placement"}


def label(name: str) -> str:
    """Of the series that was clicked."""
    return f"${{__field.labels.{name}}}"
