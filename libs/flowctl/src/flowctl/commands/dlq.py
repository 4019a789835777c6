"""`flow dlq`: events that somebody could not act on, looked at, given again or dropped."""

import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
from cyclopts import App, Parameter, validators
from flowkit.streams import Streams
from rich.console import Console

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import connected
from flowctl.events.dealing import deal
from flowctl.events.faults import plainly
from flowctl.events.letter import Letter
from flowctl.events.letters import Letters
from flowctl.events.letters_shown import table, whole
from flowctl.events.wanted import Wanted
from flowctl.failure import WRONGLY_ASKED, Failure

# Not on a terminal there is nothing to fit into.
WIDE = 260

type Some = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100_000))]
type Flag = Annotated[bool, Parameter(negative=())]

dlq = App(
    name="dlq",
    help="Dead letters: events that a service could not act on, however often it tried. They are kept for "
    "DEAD_LETTERS_DAYS: mend what is wrong, then `flow dlq replay`.",
)


@dlq.command
async def ls(*, service: str | None = None, event: str | None = None, limit: Some = 100, json: Flag = False) -> None:
    """List the dead letters, the oldest first.

    Parameters
    ----------
    service
        Only those of the service that could not act on them, such as order.
    event
        Only those of an event, such as customer.registered.
    limit
        How many to show.
    json
        An object a line, for another program.
    """
    wanted, found = Wanted.asked(service, event), list[Letter]()
    async with _letters() as letters:
        async for letter in letters.every(wanted):
            found.append(letter)
            if len(found) > limit:
                break
    if json:
        sys.stdout.writelines(f"{msgspec.json.encode(letter.told()).decode()}\n" for letter in found[:limit])
        return
    if not found:
        _say(f"No {wanted}.")
    _show(found[:limit])
    if len(found) > limit:
        _say(f"There are more: --limit {limit * 10} shows as many.")


@dlq.command
async def show(which: str, /) -> None:
    """Show all there is of a dead letter: why it was given up, the event's headers, its body.

    Parameters
    ----------
    which
        Its place, as `flow dlq ls` shows it, or the id of its event.
    """
    async with _letters() as letters:
        for letter in await _named(letters, [which]):
            Console(markup=False, highlight=False, soft_wrap=True).print(whole(letter))


@dlq.command
async def replay(
    *which: str,
    everything: Annotated[bool, Parameter(name="--all", negative=())] = False,
    service: str | None = None,
    event: str | None = None,
) -> None:
    """Give events again to the service that could not act on them, and to it alone.

    A letter goes once its event is stored again, so whatever happens meanwhile this can be repeated; what was acted on
    before is known and not done twice. One that fails again comes back as a new letter.

    Parameters
    ----------
    which
        Their places, as `flow dlq ls` shows them, or the ids of their events: the letters of all services for those.
    everything
        All of them, or all of --service and --event.
    service
        With --all, only those of this service.
    event
        With --all, only those of this event.
    """
    if bool(which) is everything:
        raise Failure("say which, by their places or ids, or --all of them", WRONGLY_ASKED)
    if which and (service, event) != (None, None):
        raise Failure("--service and --event choose among --all", WRONGLY_ASKED)
    wanted = Wanted.asked(service, event)
    async with _letters() as letters:
        found = _each(await _named(letters, which, or_gone=True)) if which else letters.every(wanted)
        dealt = await deal(found, letters.give_again, "stays where it is")
    if not dealt.done and dealt.is_whole:
        raise Failure("none of them is there any more" if which else f"there are no {wanted}")
    _say(f"{dealt.done} given again; what fails again comes back: flow dlq ls")
    if not dealt.is_whole:
        raise Failure("the rest stay where they are; what was given again is not done twice when this is repeated")


@dlq.command
async def drop(*which: str, yes: Flag = False) -> None:
    """Drop dead letters for good: nobody will act on their events.

    They are shown before. What is gone already counts as dropped, so this can be repeated where NATS went away.

    Parameters
    ----------
    which
        Their places, as `flow dlq ls` shows them; or the ids of their events, which drops the letters of every service
        that could not act on those.
    yes
        Do not ask.
    """
    if not which:
        raise Failure("say which, by their places or ids", WRONGLY_ASKED)
    if not yes and not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at: --yes drops them all the same", WRONGLY_ASKED)
    async with _letters() as letters:
        found = await _named(letters, which, or_gone=True)
    _show(found)
    if found and not yes and not _is_agreed(found):
        raise Failure("nothing was dropped")
    async with _letters() as letters:
        dealt = await deal(_each(found), letters.drop, "may be there still")
    _say(f"{dealt.done} dropped.")
    if not dealt.is_whole:
        raise Failure("the rest are there still; what is gone is passed over when this is repeated")


@asynccontextmanager
async def _letters() -> AsyncGenerator[Letters]:
    async with connected(nats_url()) as bus:
        with plainly():
            yield Letters(Streams(bus))


async def _named(letters: Letters, which: Sequence[str], *, or_gone: bool = False) -> list[Letter]:
    """Where they may be gone already that is told, so that what was cut short can be repeated as it was typed."""
    if "" in which:
        raise Failure("a place or an id is empty", WRONGLY_ASKED)
    found = await letters.named(which)
    known = {name for letter in found for name in (str(letter.place), letter.id)}
    missing = [name for name in which if name not in known]
    gone = [name for name in missing if or_gone and await letters.may_have_been(name)]
    if never := [name for name in missing if name not in gone]:
        raise Failure(f"no dead letter has the place or the event id {', '.join(never)}: see flow dlq ls")
    sys.stderr.writelines(f"flow: {name} is not there any more\n" for name in gone)
    return found


async def _each(found: Sequence[Letter]) -> AsyncGenerator[Letter]:
    for letter in found:
        yield letter


def _show(found: Sequence[Letter]) -> None:
    if found:
        Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False).print(table(found))


def _is_agreed(found: Sequence[Letter]) -> bool:
    return input(f"Drop {len(found)} for good? [y/N] ").strip().lower() in ("y", "yes")


def _say(words: str) -> None:
    Console(markup=False, highlight=False, soft_wrap=True).print(words)
