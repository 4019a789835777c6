"""`flow dlq`: events that somebody could not act on, looked at, given again or dropped."""

import sys
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cyclopts import App, Parameter, validators
from flowkit.bus import BusError, PayloadTooLarge
from flowkit.streams import Streams
from rich.console import Console

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import connected
from flowctl.events.faults import plainly, told
from flowctl.events.letter import Letter
from flowctl.events.letters import CannotBeGiven, Letters, Wanted
from flowctl.events.letters_shown import table, whole
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
    wanted, found = Wanted(service, event), list[Letter]()
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
        return
    Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False).print(table(found[:limit]))
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
        Their places, as `flow dlq ls` shows them, or the ids of their events.
    everything
        All of them, or all of --service and --event.
    service
        With --all, only those of this service.
    event
        With --all, only those of this event.
    """
    if bool(which) is everything:
        raise Failure("say which, by their places or ids, or --all of them", WRONGLY_ASKED)
    if which and (service or event):
        raise Failure("--service and --event choose among --all", WRONGLY_ASKED)
    wanted = Wanted(service, event)
    async with _letters() as letters:
        found = _each(await _named(letters, which)) if which else letters.every(wanted)
        replayed = await _replay(letters, found)
    if not replayed.given and not replayed.kept:
        raise Failure(f"there are no {wanted}")
    _say(f"{replayed.given} given again; what fails again comes back: flow dlq ls")
    if replayed.kept:
        raise Failure("the rest stay where they are; what was given again is not done twice when this is repeated")


@dlq.command
async def drop(*which: str, yes: Flag = False) -> None:
    """Drop dead letters for good: nobody will act on their events.

    Parameters
    ----------
    which
        Their places, as `flow dlq ls` shows them, or the ids of their events.
    yes
        Do not ask.
    """
    if not which:
        raise Failure("say which, by their places or ids", WRONGLY_ASKED)
    if not yes and not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at: --yes drops them all the same", WRONGLY_ASKED)
    async with _letters() as letters:
        found = await _named(letters, which)
    if not yes and not _is_agreed(found):
        raise Failure("nothing was dropped")
    async with _letters() as letters:
        dropped = sum([await letters.drop(letter) for letter in found])
    _say(f"{dropped} dropped.")


@asynccontextmanager
async def _letters() -> AsyncGenerator[Letters]:
    async with connected(nats_url()) as bus:
        with plainly():
            yield Letters(Streams(bus))


async def _named(letters: Letters, which: Sequence[str]) -> list[Letter]:
    found = await letters.named(which)
    known = {name for letter in found for name in (str(letter.place), letter.id)}
    if missing := [name for name in which if name not in known]:
        raise Failure(f"no dead letter has the place or the event id {', '.join(missing)}: see flow dlq ls")
    return found


@dataclass(slots=True)
class _Replayed:
    given: int = 0
    kept: int = 0


async def _replay(letters: Letters, found: AsyncIterable[Letter]) -> _Replayed:
    """The first fault that is not of a letter alone ends it."""
    replayed = _Replayed()
    async for letter in found:
        try:
            await letters.give_again(letter)
            replayed.given += 1
        except (CannotBeGiven, BusError) as fault:
            replayed.kept += 1
            reason = told(fault) if isinstance(fault, BusError) else str(fault)
            sys.stderr.write(f"flow: {letter.place} stays where it is: {reason}\n")
            if not isinstance(fault, CannotBeGiven | PayloadTooLarge):
                break
    return replayed


async def _each(found: Sequence[Letter]) -> AsyncGenerator[Letter]:
    for letter in found:
        yield letter


def _is_agreed(found: Sequence[Letter]) -> bool:
    Console(markup=False, highlight=False).print(table(found))
    return input(f"Drop {len(found)} for good? [y/N] ").strip().lower() in ("y", "yes")


def _say(words: str) -> None:
    Console(markup=False, highlight=False, soft_wrap=True).print(words)
