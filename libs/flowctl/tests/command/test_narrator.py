"""What is told at the terminal, and what is not."""

import asyncio
import io
import json
import time
from pathlib import Path

import pytest
from flowctl.narrator import MOST_TREES_A_SECOND, Narrator
from flowctl.terminal import MOST_WAITING, Terminal
from rich.console import Console

SERVICES = ("gateway", "admin")


class Page:
    """A terminal whose text can be read."""

    def __init__(self, *, is_a_terminal: bool = False) -> None:
        self._file = io.StringIO()
        console = Console(
            file=self._file,
            force_terminal=is_a_terminal,
            color_system="standard" if is_a_terminal else None,
            highlight=False,
            soft_wrap=True,
        )
        self.terminal = Terminal(console)

    def text(self) -> str:
        self.terminal.close()
        return self._file.getvalue()


def a_request(**fields: object) -> bytes:
    return json.dumps({"event": "request", "method": "GET", "route": "/lamp", "status": 200} | fields).encode()


def a_warning(**fields: object) -> bytes:
    usual = {"timestamp": "2026-01-02T03:04:05.678901Z", "event": "pool is full", "level": "warning"}
    return json.dumps(usual | fields).encode()


async def told(*lines: bytes) -> str:
    page = Page()
    async with Narrator(page.terminal, SERVICES) as narrator:
        for line in lines:
            narrator.line("lamp", line)
        await asyncio.sleep(0.1)
    return page.text()


async def test_a_request_is_shown_as_it_happens() -> None:
    assert "GET /lamp  200" in await told(a_request())


async def test_what_is_not_ours_is_shown_as_it_is() -> None:
    assert await told(b"Traceback (most recent call last):") == "lamp │ Traceback (most recent call last):\n"
    assert await told(b'{"level": "error"}') == 'lamp │ {"level": "error"}\n'


async def test_warnings_are_shown_and_chatter_is_not() -> None:
    chatter = b'{"event": "started", "level": "info"}'

    assert await told(a_warning(size=5), chatter, b"") == "lamp │ 03:04:05.678 warning pool is full size=5\n"


async def test_an_error_s_stack_is_shown_below_it() -> None:
    failed = a_warning(level="error", exception={"type": "OSError", "stack": "Traceback:\nOSError: no disk"})

    assert await told(failed) == (
        "lamp │ 03:04:05.678 error   pool is full\nlamp │     Traceback:\nlamp │     OSError: no disk\n"
    )


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\r", "\n", "\x9b2J"])
async def test_what_is_written_cannot_command_the_terminal(hostile: str) -> None:
    shown = await told(a_warning(event=f"{hostile}gone", size=hostile), f"{hostile}raw".encode())

    assert [each for each in shown if not each.isprintable()] == ["\n", "\n"]


@pytest.mark.parametrize("fields", [{"exception": "text"}, {"timestamp": None}])
async def test_a_warning_of_another_shape_is_shown_as_it_is(fields: dict[str, object]) -> None:
    warning = a_warning(**fields)

    assert await told(warning) == f"lamp │ {warning.decode()}\n"


async def test_a_line_too_deep_to_be_read_ends_nothing() -> None:
    deep = b'{"event": "pool is full", "level": "warning", "size": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert (await told(deep, a_warning())).endswith("warning pool is full\n")


async def test_a_call_that_failed_is_told_in_its_tree_alone() -> None:
    assert await told(b'{"event": "call failed", "level": "warning"}') == ""


async def test_more_than_a_person_can_read_is_counted() -> None:
    page = Page()
    async with Narrator(page.terminal, SERVICES) as narrator:
        for _ in range(200):
            narrator.line("gateway", a_request(status=503))
        await asyncio.sleep(1.2)
    text = page.text()

    shown = text.count("/lamp")
    assert MOST_TREES_A_SECOND <= shown <= 2 * MOST_TREES_A_SECOND
    assert f"and {200 - shown} more, {200 - shown} of them failed" in text


async def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    colourful = Page(is_a_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Page(is_a_terminal=True)
    for page in (colourful, plain):
        page.terminal.show("warm", "red")

    assert "\x1b[31mwarm" in colourful.text()
    assert "\x1b[31m" not in plain.text()


def test_a_terminal_that_takes_nothing_holds_nobody_up(tmp_path: Path) -> None:
    terminal = Terminal(Console(file=_Stuck()))

    for _ in range(MOST_WAITING + 100):
        terminal.show("word")

    assert terminal.dropped >= 99


class _Stuck(io.StringIO):
    def write(self, text: str, /) -> int:
        time.sleep(60)
        return len(text)
