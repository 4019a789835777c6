"""`flow dlq drop`: what was agreed to, and no more."""

import sys
from uuid import uuid4

import pytest
from flowctl.commands.dlq import drop
from flowctl.failure import Failure
from flowkit.wire import headers

from .events import NOTIFICATION, ORDER, Told

ADA, BOB = str(uuid4()), str(uuid4())


async def test_what_is_dropped_is_gone(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.give_up(ADA)
    kept = await told.give_up(BOB)

    await drop("1", yes=True)

    assert capsys.readouterr().out.endswith("1 dropped.\n")
    assert [each.headers[headers.EVENT_ID] for each in await told.dead()] == [kept]
    assert await told.given_again() == []


async def test_all_letters_of_an_event_are_dropped_by_its_id_and_shown_before(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    id_ = await told.give_up(ADA, ORDER)
    await told.give_up(ADA, NOTIFICATION, id_)
    await told.give_up(BOB)

    await drop(id_, yes=True)

    out = capsys.readouterr().out
    assert [line.split()[3] for line in out.splitlines() if id_ in line] == ["order", "notification"]
    assert out.endswith("2 dropped.\n")
    assert len(await told.dead()) == 1


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
async def test_dropping_is_asked_about(told: Told, monkeypatch: pytest.MonkeyPatch, answer: str, left: int) -> None:
    await told.give_up(ADA)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    def say(_: str) -> str:
        return answer

    monkeypatch.setattr("builtins.input", say)

    if left:
        with pytest.raises(Failure, match="nothing was dropped"):
            await drop("1")
    else:
        await drop("1")

    assert len(await told.dead()) == left


async def test_without_a_terminal_nothing_is_dropped_unasked(told: Told) -> None:
    await told.give_up(ADA)

    with pytest.raises(Failure, match="--yes drops them"):
        await drop("1")

    assert len(await told.dead()) == 1


async def test_what_is_gone_already_counts_as_dropped(told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    await told.give_up(ADA)
    await drop("1", yes=True)
    capsys.readouterr()

    await drop("1", yes=True)

    out, err = capsys.readouterr()
    assert (out, err) == ("0 dropped.\n", "flow: 1 is not there any more\n")
