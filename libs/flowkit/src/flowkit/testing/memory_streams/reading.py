"""What is stored, read without being consumed, as JetStream answers it: each a message, and at the end a status."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flowkit.bus import Message, header_block
from flowkit.testing.memory_streams.stream import Entry, MemoryStream


def read(stream: MemoryStream, asked: dict[str, Any], reply: str) -> Iterator[Message]:
    """By place or moment, and subject; or the last of each subject."""
    if "multi_last" in asked:
        last = {entry.message.subject: entry for entry in stream.since(1, asked["multi_last"])}
        found = sorted(last.values(), key=lambda entry: entry.place)
    else:
        patterns = [asked["next_by_subj"]] if asked.get("next_by_subj") else []
        found = list(stream.since(asked.get("seq", 1), patterns))
        if "start_time" in asked:
            moment = datetime.fromisoformat(asked["start_time"]).timestamp()
            found = [entry for entry in found if entry.stored_at >= moment]
        found = found[: asked.get("batch", 1)]
    if not found:
        yield _status(reply, "404", "Message Not Found")
        return
    yield from (_told(stream, entry, reply) for entry in found)
    if "batch" in asked or "multi_last" in asked:
        yield _status(reply, "204", "EOB")


def _told(stream: MemoryStream, entry: Entry, reply: str) -> Message:
    own = {
        "Nats-Stream": stream.name,
        "Nats-Subject": entry.message.subject,
        "Nats-Sequence": str(entry.place),
        "Nats-Time-Stamp": datetime.fromtimestamp(entry.stored_at, UTC).isoformat(),
    }
    return Message(reply, entry.message.data, headers={**entry.message.headers, **own})


def _status(reply: str, code: str, description: str) -> Message:
    return Message(reply, b"", headers={header_block.STATUS: code, header_block.DESCRIPTION: description})
