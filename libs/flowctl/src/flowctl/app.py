"""The commands that exist."""

from importlib.metadata import version

from cyclopts import App

from flowctl.commands.audit import audit
from flowctl.commands.bus import bus
from flowctl.commands.call import call
from flowctl.commands.dlq import dlq
from flowctl.commands.events import events
from flowctl.commands.faults import faults
from flowctl.commands.keys import keys
from flowctl.commands.ls import ls
from flowctl.commands.migrate import migrate
from flowctl.commands.seed import seed
from flowctl.commands.tree import tree
from flowctl.commands.up import up


def build() -> App:
    app = App(name="flow", help="The local cluster, and talking to it.", version=version("flowctl"))
    app.register_install_completion_command()  # pyright: ignore[reportUnknownMemberType]  its options are untyped
    app.command(bus)
    app.command(keys)
    app.command(faults)
    app.command(events)
    app.command(dlq)
    for command in (up, ls, call, audit, tree, migrate, seed):
        app.command(command)
    return app
