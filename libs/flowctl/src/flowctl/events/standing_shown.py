"""How the streams stand, and who reads them, as a person reads it and as a program does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flowkit.streams import StreamStanding
from rich import box
from rich.table import Table

from flowctl.events.readers import Reader, announcers, services_reacting_to
from flowctl.tree.picture import printable

_NS_PER_DAY: Final = 24 * 3600 * 10**9
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024
_FIGURES: Final = ("pending", "in flight", "redelivered")
_NOT_THERE: Final = ("not there yet: auth makes it", *[""] * 6)


def streams_table(found: Mapping[str, StreamStanding | None]) -> Table:
    table = Table("stream", box=box.SIMPLE_HEAD)
    for figure in ("messages", "size", "at most", "full", "kept for", "replicas"):
        table.add_column(figure, justify="right")
    table.add_column("the oldest of")
    for name, standing in found.items():
        table.add_row(name, *(_NOT_THERE if standing is None else _stream(standing)))
    return table


def _stream(standing: StreamStanding) -> tuple[str, ...]:
    most, days = standing.config.get("max_bytes", -1), standing.config.get("max_age", 0) / _NS_PER_DAY
    size, oldest = standing.state.bytes, standing.state.first_ts
    return (
        str(standing.messages),
        _size(size),
        _size(most) if most > 0 else "-",
        f"{size / most:.0%}" if most > 0 else "-",
        f"{days:g} d" if days else "-",
        str(standing.config.get("num_replicas", 1)),
        _moment(oldest) if oldest is not None and standing.messages else "-",
    )


def readers_table(found: Sequence[Reader]) -> Table:
    table = Table("event", "announced by", "acted on by", box=box.SIMPLE_HEAD)
    for figure in _FIGURES:
        table.add_column(figure, justify="right")
    table.add_column("oldest unfinished")
    for event, announcer in announcers().values():
        first = (f"{event.name} v{event.version}" + (", in order" if event.ordered else ""), announcer)
        for row in _reading([each for each in found if each.event is event]) or [("nobody", *[""] * 4)]:
            table.add_row(*map(printable, (*first, *row)))
            first = ("", "")
    return table


def _reading(found: Sequence[Reader]) -> list[tuple[str, ...]]:
    return [(each.service, *_figures(each)) for each in found]


def _figures(reader: Reader) -> tuple[str, ...]:
    if not reader.is_there:
        return (*["-"] * len(_FIGURES), "no consumer yet: auth makes it")
    figures = (reader.pending, reader.in_flight, reader.redelivered)
    return (*map(str, figures), "-" if reader.oldest is None else _moment(reader.oldest))


def rows(streams: Mapping[str, StreamStanding | None], found: Sequence[Reader]) -> Iterator[Mapping[str, Any]]:
    for name, stream in streams.items():
        yield {"stream": name} | ({} if stream is None else _stream_row(stream))
    for event, announcer in announcers().values():
        yield {"event": event.name, "version": event.version, "by": announcer, "reacting": services_reacting_to(event)}
    for reader in found:
        yield _reader_row(reader)


def _stream_row(standing: StreamStanding) -> dict[str, Any]:
    return {
        "messages": standing.messages,
        "bytes": standing.state.bytes,
        "mostBytes": standing.config.get("max_bytes"),
        "replicas": standing.config.get("num_replicas"),
        "first": standing.first,
        "last": standing.last,
    }


def _reader_row(reader: Reader) -> dict[str, Any]:
    return {
        "reader": reader.service,
        "of": reader.event.name,
        "version": reader.event.version,
        "isThere": reader.is_there,
        "pending": reader.pending,
        "inFlight": reader.in_flight,
        "redelivered": reader.redelivered,
        "oldest": reader.oldest,
    }


def _moment(at: datetime) -> str:
    age = max(0, int((datetime.now(UTC) - at).total_seconds()))
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}, {_ago(age)} ago"


def _ago(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _size(count: float) -> str:
    unit = 0
    while count >= _STEP and unit < len(_UNITS) - 1:
        count, unit = count / _STEP, unit + 1
    return f"{count:.4g} {_UNITS[unit]}"
