"""A service: a declared list of flows, and the runtime that answers for them."""

from flowkit.service.declare import Flow, Marking, Reacting, Reaction, Service, Serving, Transactions, on, serve
from flowkit.service.health import ServiceHealth, health_of
from flowkit.service.runtime import Limits, ServiceRuntime

__all__ = [
    "Flow",
    "Limits",
    "Marking",
    "Reacting",
    "Reaction",
    "Service",
    "ServiceHealth",
    "ServiceRuntime",
    "Serving",
    "Transactions",
    "health_of",
    "on",
    "serve",
]
