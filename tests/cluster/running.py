"""What a story may know of a cluster: addresses and log lines, nothing of how it is run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.bus import OPERATOR

from .logbook import LogBook

_COMPLAINTS = ("error", "critical")


@dataclass(frozen=True, slots=True)
class RunningService:
    name: str
    ops_url: str
    database_url: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    gateway_url: str
    nats_urls: Mapping[str, str] = field(repr=False)
    """With the credentials of each participant, by its name."""
    services: tuple[RunningService, ...]
    log: LogBook
    root_password: str
    encryption_key: str = field(repr=False)

    @property
    def nats_url(self) -> str:
        """The operator's, who may ask anybody anything."""
        return self.nats_urls[OPERATOR]

    def assert_well_behaved(self) -> None:
        """After all the stories: every line was JSON, and no service had anything to complain of in itself."""
        assert self.log.unreadable == []
        complaints = [line for lines in self.log.lines.values() for line in lines if line["level"] in _COMPLAINTS]
        assert complaints == []

    def service(self, name: str) -> RunningService:
        return next(service for service in self.services if service.name == name)

    def database_url(self, name: str) -> str:
        url = self.service(name).database_url
        assert url is not None, f"{name} has no database"
        return url
