"""`flow keys`: which keys tokens are signed with and verified by, and making another."""

import sys
from typing import Annotated, Any

import msgspec
from contracts import auth
from cyclopts import App, Parameter
from flowkit.contract import Contract, Nothing
from flowkit.wire import envelope, headers
from msgspec import Struct
from rich import box
from rich.console import Console
from rich.table import Table

from flowctl.cluster_at_hand import nats_url
from flowctl.commands.call import ask, badge
from flowctl.connection import connected
from flowctl.failure import Failure
from flowctl.tree.picture import printable

WITHIN_S = 5.0
# Not on a terminal there is nothing to fit into.
WIDE = 120

keys = App(name="keys", help="The keys that tokens are signed with and verified by.")


@keys.command
async def ls() -> None:
    """List the keys, the newest first."""
    _show(await _answer(auth.list_keys, Nothing()))


@keys.command
async def rotate(*, at_once: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Make another key. It signs once everybody knows it; the one before is kept until what it signed has run out.

    Parameters
    ----------
    at_once
        For a key that others may have: the new one signs now, and whatever any other signed is believed no more.
    """
    _show(await _answer(auth.rotate_keys, auth.WhenToRotate(at_once=at_once)))


async def _answer(contract: Contract[Any, auth.KeysInUse], request: Struct) -> auth.KeysInUse:
    async with connected(nats_url()) as bus:
        shown = {headers.SERVICE: await badge(bus, WITHIN_S)}
        reply = await ask(bus, contract.subject, msgspec.json.encode(request), WITHIN_S, shown)
    answer = envelope.decode(reply.message.data)
    if not answer.success:
        raise Failure(f"{contract.subject}: {answer.message}")
    return msgspec.json.decode(answer.data, type=auth.KeysInUse)


def _show(found: auth.KeysInUse) -> None:
    table = Table("key", "signs from", "now", box=box.SIMPLE_HEAD)
    for key in found.keys:
        table.add_row(*map(printable, (key.kid, key.signs_from.isoformat(sep=" ", timespec="seconds"), key.use)))
    Console(width=None if sys.stdout.isatty() else WIDE, markup=False).print(table)
