"""What can go wrong between the terminal and the streams, in plain words that say what to do."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from flowkit.bus import BusError, Denied, Disconnected, NoResponders, PayloadTooLarge, ReplyLate
from flowkit.streams import NoSuchStream, StreamsRefused

from flowctl.failure import Failure

_NOT_MADE: Final = "auth makes it within half a minute of its start, or says in its log why it cannot"
_AWAY: Final = "NATS went away or does not answer in time; is the cluster running? Asking once more does no harm"
# The first that fits.
_WORDS: Final[Mapping[type[BusError], str]] = {
    Denied: "the bus does not let this user look after events: it takes the operator's, in NATS_URL",
    NoSuchStream: f"there is no stream yet: {_NOT_MADE}",
    StreamsRefused: "the stream refuses: {}",
    NoResponders: f"no stream answers: NATS runs without JetStream, or there is no stream yet: {_NOT_MADE}",
    PayloadTooLarge: "it is larger than NATS takes (max_payload)",
    Disconnected: _AWAY,
    ReplyLate: _AWAY,
}


@contextmanager
def plainly() -> Generator[None]:
    try:
        yield
    except BusError as fault:
        raise Failure(told(fault)) from None


def told(fault: BusError) -> str:
    words = next((words for kind, words in _WORDS.items() if isinstance(fault, kind)), "{}")
    return words.format(str(fault) or type(fault).__name__)
