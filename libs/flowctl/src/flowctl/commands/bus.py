"""`flow bus`: what the bus allows whom."""

import sys

from contracts.bus import PARTICIPANTS
from cyclopts import App
from flowkit.bus.users import render

HEADER = """\
# Who may do what on the bus. Made of libs/contracts/src/contracts/bus.py by `flow bus users`; a test compares it.
# The passwords are made on the first start, a file for each user, beside this one.
"""

bus = App(name="bus", help="What the bus allows whom.")


@bus.command
def users() -> None:
    """Print the users of NATS and their permissions, as the contracts have them: deploy/nats/users.conf."""
    sys.stdout.write(HEADER + render(PARTICIPANTS))
