"""All that is made once for a contract and used for every request to it."""

from dataclasses import dataclass, field
from typing import Any

from flowkit.contract import (
    BadGateway,
    CircuitOpen,
    Contract,
    Crowded,
    FlowError,
    Forbidden,
    Invalid,
    OutOfScope,
    Overloaded,
    ServiceNotPermitted,
    ServiceUnknown,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from flowkit.faults import PlannedFault
from flowkit.idempotency import KeyReused
from flowkit.service.declare import Flow, Serving
from flowkit.telemetry.instruments import FlowMetrics
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.steps import Steps
from flowkit.wire.decoding import PayloadDecoder

# Any flow may end with one of these; other errors a contract has to name.
_ALWAYS_ALLOWED = frozenset(
    (
        *(Invalid, Unauthorized, Forbidden, OutOfScope, ServiceUnknown, ServiceNotPermitted),
        *(TooManyRequests, BadGateway, Unavailable, Crowded, Overloaded, CircuitOpen, TimedOut),
    )
)


@dataclass(slots=True)
class Stats:
    """ADR-32's figures for one endpoint."""

    requests: int = 0
    errors: int = 0
    last_error: str = ""
    processing_ns: int = 0

    def count(self, error: FlowError | None, seconds: float) -> None:
        self.requests += 1
        self.processing_ns += int(seconds * 1e9)
        if error is not None:
            self.errors += 1
            self.last_error = f"{error.status}:{error.message}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    contract: Contract[Any, Any]
    flow: Flow[Any, Any]
    decoder: PayloadDecoder[Any]
    metrics: FlowMetrics
    all_metrics: Metrics
    stats: Stats = field(default_factory=Stats)

    @classmethod
    def of(cls, serving: Serving, metrics: Metrics) -> "Endpoint":
        contract = serving.contract
        return cls(contract, serving.flow, PayloadDecoder(contract.request), metrics.flow(contract.subject), metrics)

    @property
    def name(self) -> str:
        """ADR-32 takes no dots: `api.v1.admin.login` is listed as `admin-login`."""
        return self.contract.subject.removeprefix("api.v1.").replace(".", "-")

    def knows(self, error: FlowError) -> bool:
        """Whether the contract lets callers see this error."""
        return type(error) in _ALWAYS_ALLOWED or isinstance(error, (*self.contract.raises, KeyReused))

    def count(self, error: FlowError | None, seconds: float, trace_id: str) -> None:
        self.stats.count(error, seconds)
        self.metrics.done(None if error is None else error.code, seconds, trace_id)

    def count_fault(self, fault: PlannedFault) -> None:
        for effect in fault.effects:
            self.all_metrics.fault(self.contract.subject, effect).inc()

    def time(self, steps: Steps, trace_id: str) -> None:
        for sentence, seconds in steps.timed:
            self.metrics.steps.took(sentence, seconds, trace_id)
