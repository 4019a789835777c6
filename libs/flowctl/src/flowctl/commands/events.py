"""`flow events`: what happens, as it is told, and who is how far with it."""

import difflib
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from flowkit.bus import BusError
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.contract.event import partition_of
from flowkit.streams import NoSuchConsumer, NoSuchStream, Streams, StreamStanding
from rich.console import Console

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import connected
from flowctl.events import faults
from flowctl.events.following import Following
from flowctl.events.occurrence import Occurrence
from flowctl.events.readers import announcers, every_consumer, read_by, readers
from flowctl.events.standing_shown import readers_table, rows, streams_table
from flowctl.failure import WRONGLY_ASKED, Failure

# Not on a terminal there is nothing to fit into.
WIDE = 200
_NAME = re.compile(r"[^\s.*>/\\]+")

type Flag = Annotated[bool, Parameter(negative=())]

events = App(name="events", help="What happens, as it is told, and who is how far with it.")


@events.command
async def ls(*, json: Flag = False) -> None:
    """List the streams, and for each event who announces it, who acts on it, and how far they are.

    "pending" was not handed out yet, "in flight" is being acted on or waits to be tried again, "redelivered" of it was
    handed out before.

    Parameters
    ----------
    json
        An object a line, for another program.
    """
    async with connected(nats_url()) as bus:
        with faults.plainly():
            streams = Streams(bus)
            standings = {name: await _standing(streams, name) for name in (EVENTS, DEAD_LETTERS)}
            found = await readers(streams)
    if json:
        sys.stdout.writelines(f"{msgspec.json.encode(row).decode()}\n" for row in rows(standings, found))
        return
    console = Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False)
    console.print(streams_table(standings))
    console.print(readers_table(found))


@events.command
async def tail(
    *, event: str | None = None, key: str | None = None, since: timedelta | None = None, json: Flag = False
) -> None:
    """Show each event as it is told, until Ctrl-C: when, what, its key and id, by whom, its trace, its body.

    While NATS is away it waits; what was told meanwhile comes then.

    Parameters
    ----------
    event
        Only this one, such as customer.registered.
    key
        Only those of this key: the id of the customer, say, or of the order.
    since
        Begin so long ago: 10m, 2h, 7d. Now, unless it is given.
    json
        An object a line, for another program.
    """
    subject = _subject(event, key)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    begin = None if since is None else datetime.now(UTC) - since
    async with connected(nats_url()) as bus:
        following = Following(Streams(bus), subject, _tell_away, _tell_back)
        with faults.plainly():
            if begin is not None:
                _tell_gone(await Streams(bus).info(EVENTS), begin)
            async for kept in following.events(begin):
                occurrence = Occurrence(kept)
                if key is None or occurrence.key == key:
                    console.print(msgspec.json.encode(occurrence.row()).decode() if json else occurrence.line())


@events.command
async def again(service: str, /, *, event: str | None = None, yes: Flag = False) -> None:
    """Give a service all the events that are kept once more, after its database was restored to an earlier moment.

    What it has done by the marks in its database it leaves alone. auth makes its readers anew within half a minute.

    Parameters
    ----------
    service
        Such as order.
    event
        Only this one, such as customer.registered.
    yes
        Do not ask.
    """
    consumers = read_by(service, event)
    if not consumers:
        raise Failure(f"{service} does not act on {event or 'events'}", WRONGLY_ASKED)
    if not yes:
        _agree(f"Give {service} all of {event or 'its events'} again?")
    async with connected(nats_url()) as bus:
        with faults.plainly():
            for consumer in consumers:
                with suppress(NoSuchConsumer):  # the last try went this far
                    await Streams(bus).forget(consumer.name)


@events.command
async def forget(reader: str, /, *, yes: Flag = False) -> None:
    """Remove a reader that nobody declares any more, so that the stream need not keep what it has not acted on.

    Parameters
    ----------
    reader
        Its name in NATS, as auth's log has it ("no room made in the stream", held_by).
    yes
        Do not ask.
    """
    if reader in {each.name for each in every_consumer()}:
        raise Failure(f"{reader} is declared, and auth would make it anew", WRONGLY_ASKED)
    if not _NAME.fullmatch(reader):
        raise Failure(f"{reader} is no name of a reader", WRONGLY_ASKED)
    if not yes:
        _agree(f"Forget {reader}, and how far it was?")
    async with connected(nats_url()) as bus:
        with faults.plainly():
            try:
                await Streams(bus).forget(reader)
            except NoSuchConsumer:
                raise Failure(f"there is no reader {reader}") from None


def _agree(question: str) -> None:
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to ask at: --yes does it all the same", WRONGLY_ASKED)
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Failure("nothing was done")


def _subject(event: str | None, key: str | None) -> str:
    if event is None:
        return "event.>"
    known = {each.name for each, _ in announcers().values()}
    if event not in known:
        alike = difflib.get_close_matches(event, known)
        raise Failure(f"nobody announces {event}{f'; did you mean {alike[0]}?' if alike else ''}", WRONGLY_ASKED)
    return f"event.{event}.*.{'*' if key is None else partition_of(key)}"


async def _standing(streams: Streams, name: str) -> StreamStanding | None:
    try:
        return await streams.info(name)
    except NoSuchStream:
        return None


def _tell_gone(standing: StreamStanding, begin: datetime) -> None:
    oldest = standing.state.first_ts
    if standing.first > 1 and oldest is not None and oldest > begin:
        sys.stderr.write(f"flow: what was told before {oldest.astimezone(UTC):%Y-%m-%d %H:%M:%S} is gone\n")


def _tell_away(fault: BusError) -> None:
    sys.stderr.write(f"flow: {faults.told(fault)}. Waiting for it\n")


def _tell_back() -> None:
    sys.stderr.write("flow: it is back, and what was told meanwhile follows\n")
