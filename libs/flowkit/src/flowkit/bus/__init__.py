"""The bus: one port, and the adapter that speaks NATS behind it."""

from flowkit.bus.port import (
    Bus,
    BusError,
    ConnectionLost,
    Denied,
    Disconnected,
    Message,
    NoResponders,
    PayloadTooLarge,
    ReplyLate,
    Subscription,
)

__all__ = [
    "Bus",
    "BusError",
    "ConnectionLost",
    "Denied",
    "Disconnected",
    "Message",
    "NoResponders",
    "PayloadTooLarge",
    "ReplyLate",
    "Subscription",
]
