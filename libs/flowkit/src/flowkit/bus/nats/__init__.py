"""The bus over a real NATS server."""

from flowkit.bus.nats.bus import NatsBus
from flowkit.bus.nats.observer import LogObserver, Observer
from flowkit.bus.nats.options import NatsOptions

__all__ = ["LogObserver", "NatsBus", "NatsOptions", "Observer"]
