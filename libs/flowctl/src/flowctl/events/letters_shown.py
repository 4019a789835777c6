"""Dead letters as a person reads them: a row each, or one of them whole."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from flowctl.events.letter import Letter
from flowctl.tree.picture import printable

_COLUMNS: Final = ("place", "given up at", "service", "event", "id", "reason", "attempts", "key", "trace")
_WIDTH: Final = 12


def table(letters: Sequence[Letter]) -> Table:
    shown = Table(*_COLUMNS, box=box.SIMPLE_HEAD)
    for letter in letters:
        row = (
            str(letter.place),
            _moment(letter),
            letter.service,
            f"{letter.event} {letter.version}",
            letter.id or "-",
            letter.reason,
            letter.attempts,
            letter.key,
            letter.trace,
        )
        shown.add_row(*map(printable, row))
    return shown


def whole(letter: Letter) -> Text:
    text = Text()
    for name, word in _account(letter):
        text.append(f"{name:<{_WIDTH}}", "dim").append(f"{printable(word)}\n")
    text.append("\nThe event's headers\n", "bold")
    for name, word in letter.original.items():
        text.append(f"  {printable(name)}: ", "dim").append(f"{printable(word)}\n")
    return text.append("\nIts body\n", "bold").append(_body(letter.kept.data))


def _account(letter: Letter) -> list[tuple[str, str]]:
    account = [
        ("place", str(letter.place)),
        ("service", letter.service),
        ("event", f"{letter.event} {letter.version}"),
        ("id", letter.id or "-"),
        ("key", letter.key or "-"),
        ("reason", letter.reason),
        ("last step", letter.fault),
        ("attempts", letter.attempts),
        ("given up at", _moment(letter)),
        ("trace", letter.trace or "-"),
    ]
    return account if letter.cause == letter.trace else [*account, ("caused in", letter.cause)]


def _moment(letter: Letter) -> str:
    return letter.given_up_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _body(data: bytes) -> str:
    if not data:
        return "(empty, or too large to be put aside: `flow dlq replay` looks for it where it was told)"
    try:
        text = msgspec.json.format(data, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = data.decode(errors="backslashreplace")
    return "\n".join(map(printable, text.split("\n")))
