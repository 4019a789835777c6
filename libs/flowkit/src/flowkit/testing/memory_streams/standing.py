"""How a stream in memory, and whoever reads it, stand: as JetStream's API has it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flowkit.testing.memory_streams.consumer import MemoryConsumer
from flowkit.testing.memory_streams.stream import MemoryStream

_PAGE: Final = 256
type _Told = Mapping[str, Any]


def stream_told(stream: MemoryStream) -> _Told:
    entries = stream.entries
    first, last = min(entries, default=stream.last + 1), stream.last
    state: dict[str, Any] = {"messages": len(entries), "bytes": stream.size, "first_seq": first, "last_seq": last}
    if entries:
        moments = [datetime.fromtimestamp(entries[place].stored_at, UTC) for place in (min(entries), max(entries))]
        state |= {"first_ts": moments[0].isoformat(), "last_ts": moments[1].isoformat()}
    return {"config": stream.config, "state": state}


def consumer_told(consumer: MemoryConsumer) -> _Told:
    return {
        "stream_name": consumer.stream.name,
        "name": consumer.name,
        "config": consumer.config,
        "ack_floor": {"stream_seq": consumer.floor},
        "num_pending": consumer.pending,
        "num_ack_pending": consumer.unacknowledged,
        "num_redelivered": consumer.redelivered,
        "num_waiting": consumer.waiting,
    }


def page_told(consumers: Sequence[MemoryConsumer], offset: int) -> _Told:
    page = [consumer_told(each) for each in consumers[offset : offset + _PAGE]]
    return {"total": len(consumers), "offset": offset, "limit": _PAGE, "consumers": page}
