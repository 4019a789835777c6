"""Which dead letters a command of `flow dlq` is about: those that were named, however it ends."""

import itertools
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flowctl.commands.dlq import drop, ls, replay, show
from flowctl.failure import Failure
from flowkit.bus import Disconnected
from flowkit.streams import Streams
from flowkit.wire import headers

from .events import Told

ADA, BOB = str(uuid4()), str(uuid4())


def failing_at(nth: int, does: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """NATS goes away as it is asked once more."""
    turns = itertools.count(1)

    async def do_or_fail(*args: Any, **named: Any) -> Any:
        if next(turns) == nth:
            raise Disconnected
        return await does(*args, **named)

    return do_or_fail


async def test_one_that_is_not_there_is_named_and_no_other_is_touched(told: Told) -> None:
    await told.give_up(ADA)

    for command in (replay("1", "7"), drop("1", "7", yes=True), show("7")):
        with pytest.raises(Failure, match=r"no dead letter has the place or the event id 7: see flow dlq ls"):
            await command

    assert len(await told.dead()) == 1


@pytest.mark.parametrize("command", [replay, partial(drop, yes=True)], ids=["replay", "drop"])
async def test_what_a_fault_cut_short_is_told_and_can_be_repeated(
    told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: Callable[..., Any]
) -> None:
    which = [await told.give_up(who) for who in (ADA, BOB, ADA)]

    with monkeypatch.context() as patched:
        patched.setattr(Streams, "drop", failing_at(2, Streams.drop))
        with pytest.raises(Failure, match="when this is repeated"):
            await command(*which)
    first = capsys.readouterr()
    left = [each.headers[headers.EVENT_ID] for each in await told.dead()]
    await command(*which)
    second = capsys.readouterr()

    assert "1 dropped.\n" in first.out or "1 given again" in first.out
    assert re.search(r"flow: 2 .*: NATS went away", first.err)
    assert left == which[1:]
    assert f"{which[0]} is not there any more" in second.err
    assert "2 dropped.\n" in second.out or "2 given again" in second.out
    assert await told.dead() == []


async def test_what_was_given_before_the_rest_could_not_be_read_is_told(
    told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await told.give_up(ADA)
    monkeypatch.setattr(Streams, "read", failing_at(2, Streams.read))

    with pytest.raises(Failure, match="when this is repeated"):
        await replay(everything=True)

    out, err = capsys.readouterr()
    assert "1 given again" in out
    assert "flow: the rest was not looked at: NATS went away" in err


@pytest.mark.parametrize(
    ("which", "options"),
    [((), {}), (("1",), {"everything": True}), (("1",), {"service": "order"}), (("1",), {"event": ""})],
)
async def test_a_replay_says_which(which: tuple[str, ...], options: dict[str, str]) -> None:
    with pytest.raises(Failure) as failure:
        await replay(*which, **options)  # pyright: ignore[reportArgumentType]  of each row's own types

    assert failure.value.code == 2


@pytest.mark.parametrize("command", [partial(replay, everything=True), ls], ids=["replay", "ls"])
@pytest.mark.parametrize("name", ["", "*", ">", "oder", "customer.registered.v1"])
@pytest.mark.parametrize("option", ["service", "event"])
async def test_what_nobody_is_called_chooses_nothing(
    told: Told, option: str, name: str, command: Callable[..., Any]
) -> None:
    """Such as a variable of the shell that is not set."""
    await told.give_up(ADA)

    with pytest.raises(Failure, match="is called") as failure:
        await command(**{option: name})

    assert failure.value.code == 2

    assert await told.given_again() == []
    assert len(await told.dead()) == 1


async def test_a_name_alike_is_proposed() -> None:
    with pytest.raises(Failure, match="no service is called oder; did you mean order"):
        await ls(service="oder")


@pytest.mark.parametrize("command", [replay, show, partial(drop, yes=True)], ids=["replay", "show", "drop"])
async def test_an_empty_name_is_not_that_of_letters_without_an_id(told: Told, command: Callable[..., Any]) -> None:
    await told.give_up(ADA, flow_event_id="")

    with pytest.raises(Failure) as failure:
        await command("")

    assert failure.value.code == 2
    assert len(await told.dead()) == 1
