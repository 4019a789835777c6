"""The settings every service has; a service's own extend them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, override

from msgspec import Meta, Struct

from flowkit.contract.audit import SHORTEST_DAYS
from flowkit.process.environment import BadSettings, Problem, Row, describe, read, read_or_exit
from flowkit.reactions import ReactionOptions
from flowkit.secret import Secret
from flowkit.telemetry.redaction import without_user_info

__all__ = [
    "BadSettings",
    "DatabaseSettings",
    "Problem",
    "ReactingSettings",
    "Row",
    "Secret",
    "ServiceSettings",
    "describe",
    "read",
    "read_or_exit",
]

_NATS_URL = r"(nats|tls)://([^\s,/@]+@)?(\[[0-9A-Fa-f:.]+\]|[^\s,/@:\[\]]+)(:[0-9]{1,5})?/?"
NatsUrl = Annotated[Secret, Meta(pattern=rf"^{_NATS_URL}(,{_NATS_URL})*$", description="nats://host:port")]
DatabaseUrl = Annotated[
    Secret, Meta(pattern=r"^postgres(ql)?://\S+$", description="postgresql://user:password@host:port/database")
]
Certificate = Annotated[
    str, Meta(pattern=r"^-----BEGIN CERTIFICATE-----\n", description="a certificate in PEM, of whoever signed NATS's")
]
Port = Annotated[int, Meta(ge=0, le=65535)]
LogLevel = Literal["debug", "info", "warning", "error"]
FaultInjection = Literal["allowed", "refused"]
LossyDatabase = Literal["allowed", "refused"]
LogFormat = Literal["json", "pretty"]


CLOSING_S = 3.0
"""What closing one part of a process may take, and what a process may take beyond its stop time."""


class ServiceSettings(Struct, frozen=True, kw_only=True):
    nats_url: NatsUrl = Secret("nats://127.0.0.1:4222")
    nats_ca: Certificate | None = None
    ops_host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    ops_port: Port = 9100
    log_level: LogLevel = "info"
    log_format: LogFormat | None = None
    flow_concurrency: Annotated[int, Meta(ge=1, le=10_000)] = 64
    flow_waiting: Annotated[int, Meta(ge=0, le=100_000)] = 256
    fault_injection: FaultInjection = "refused"
    stop_timeout_s: Annotated[float, Meta(ge=0.1, le=300)] = 6.0
    black_box_dir: Annotated[str, Meta(min_length=1)] | None = None
    """Where what is under way is kept for whoever comes after this process, should it be killed."""

    @property
    def longest_stop_s(self) -> float:
        """From being told to stop to the end, come what may."""
        return self.stop_timeout_s + CLOSING_S

    @property
    def black_box_folder(self) -> Path | None:
        return None if self.black_box_dir is None else Path(self.black_box_dir)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__)
        return without_user_info(f"{type(self).__name__}({shown})")


class DatabaseSettings(ServiceSettings, frozen=True, kw_only=True):
    """Those of a service that stores something."""

    database_url: DatabaseUrl
    lossy_database: LossyDatabase = "refused"
    """Whether PostgreSQL may be set up to lose what it has committed."""
    audit_days: Annotated[int, Meta(ge=SHORTEST_DAYS, le=3650)] = 180
    """How long entries of the audit log are kept."""

    @property
    def connections(self) -> int:
        """Of the database, in the pool."""
        return 10


class ReactingSettings(DatabaseSettings, frozen=True, kw_only=True):
    """Those of a service that acts on events."""

    event_concurrency: Annotated[int, Meta(ge=1, le=100)] = 6
    """As many connections are added to the pool as come on top of six: what else it has is for answers."""
    event_attempts: Annotated[int, Meta(ge=1, le=1000)] = 6
    event_patience: Annotated[int, Meta(ge=1, le=10_000)] = 60
    event_deadline_s: Annotated[float, Meta(ge=0.1, le=300)] = 20.0
    event_marks_days: Annotated[int, Meta(ge=1, le=3650)] = 38
    """How long it is remembered what was acted on: longer than a dead letter and then an event can stay to be given
    again."""

    @property
    @override
    def connections(self) -> int:
        return super().connections + max(0, self.event_concurrency - ReactionOptions().concurrency)

    @property
    def reactions(self) -> ReactionOptions:
        return ReactionOptions(
            concurrency=self.event_concurrency,
            attempts=self.event_attempts,
            patience=self.event_patience,
            deadline_s=self.event_deadline_s,
            marks_kept=timedelta(days=self.event_marks_days),
        )
