"""JetStream in memory: the same requests, the same answers, and a clock that a test can move."""

from flowkit.testing.memory_streams.clock import Clock
from flowkit.testing.memory_streams.server import MemoryStreams

__all__ = ["Clock", "MemoryStreams"]
