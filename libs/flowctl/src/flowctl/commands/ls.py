"""`flow ls`: who is there, and how much have they done."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from flowctl.cluster_at_hand import nats_url
from flowctl.connection import connected
from flowctl.failure import Failure
from flowctl.presence import Instance, instances
from flowctl.tree.picture import printable

# Not on a terminal there is nothing to fit into.
WIDE = 200


async def ls() -> None:
    """List every service that answers on NATS, its flows and their figures."""
    async with connected(nats_url()) as bus:
        found = await instances(bus)
    if not found:
        raise Failure("NATS is there, but no service answers")
    Console(width=None if sys.stdout.isatty() else WIDE, markup=False).print(_table(found))


def _table(found: Sequence[Instance]) -> Table:
    table = Table("service", "id", "version", "flow", box=box.SIMPLE_HEAD)
    for figure in ("requests", "errors", "average ms"):
        table.add_column(figure, justify="right")
    for instance in found:
        of_whom = (printable(instance.name), printable(instance.id[:8]), printable(instance.version))
        for endpoint in instance.endpoints:
            figures = (endpoint.num_requests, endpoint.num_errors, f"{endpoint.average_ms:.1f}")
            table.add_row(*of_whom, printable(endpoint.subject), *map(str, figures))
            of_whom = ("", "", "")
        table.add_section()
    return table
