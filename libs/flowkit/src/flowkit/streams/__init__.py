"""What is stored until everyone who cares has read it: NATS's JetStream, in the few requests of its protocol needed."""

from flowkit.streams.faults import NoSuchConsumer, NoSuchStream, NotStored, StreamsRefused
from flowkit.streams.pulled import Pulled
from flowkit.streams.standing import ConsumerStanding, StreamStanding
from flowkit.streams.stored import Kept, Stored
from flowkit.streams.streams import Streams

__all__ = [
    "ConsumerStanding",
    "Kept",
    "NoSuchConsumer",
    "NoSuchStream",
    "NotStored",
    "Pulled",
    "Stored",
    "StreamStanding",
    "Streams",
    "StreamsRefused",
]
