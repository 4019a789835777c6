"""`flow ls`: who is there, and how much have they done."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

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
    """List every service that answers on NATS, its flows and their figures.

    Under "circuit" stand those who leave a flow alone since it does not answer them, or try whether it does again.
    """
    async with connected(nats_url()) as bus:
        found = await instances(bus)
    if not found:
        raise Failure("NATS is there, but no service answers")
    console = Console(width=None if sys.stdout.isatty() else WIDE, markup=False, highlight=False)
    circuits = _circuits(found)
    console.print(_table(found, circuits))
    answered = {endpoint.subject for instance in found for endpoint in instance.endpoints}
    for subject in sorted(circuits.keys() - answered):
        console.print(f"nobody answers {printable(subject)}: {circuits[subject]}")


def _circuits(found: Sequence[Instance]) -> dict[str, str]:
    """By subject: whose circuit is not closed, and how it stands."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for instance in found:
        for subject, state in instance.circuits.items():
            told[subject].append(printable(f"{state} at {instance.name} {instance.id[:8]}"))
    return {subject: ", ".join(states) for subject, states in told.items()}


def _table(found: Sequence[Instance], circuits: Mapping[str, str]) -> Table:
    table = Table("service", "id", "version", "flow", box=box.SIMPLE_HEAD)
    for figure in ("requests", "errors", "average ms"):
        table.add_column(figure, justify="right")
    table.add_column("circuit")
    for instance in found:
        of_whom = (printable(instance.name), printable(instance.id[:8]), printable(instance.version))
        for endpoint in instance.endpoints:
            figures = (endpoint.num_requests, endpoint.num_errors, f"{endpoint.average_ms:.1f}")
            circuit = circuits.get(endpoint.subject, "")
            table.add_row(*of_whom, printable(endpoint.subject), *map(str, figures), circuit)
            of_whom = ("", "", "")
        table.add_section()
    return table
