"""Real servers from wheels, as child processes: what `flow up` and the tests run against."""

from flowkit.servers.child import Child
from flowkit.servers.errors import PortTaken, ServerNotStarted
from flowkit.servers.lock import FolderInUse, Lock
from flowkit.servers.nats import NatsServer
from flowkit.servers.ports import free_port, free_ports, is_free, is_taken, remembered_port
from flowkit.servers.postgres import PostgresServer
from flowkit.servers.roots import reachable_home
from flowkit.servers.server import Server

__all__ = [
    "Child",
    "FolderInUse",
    "Lock",
    "NatsServer",
    "PortTaken",
    "PostgresServer",
    "Server",
    "ServerNotStarted",
    "free_port",
    "free_ports",
    "is_free",
    "is_taken",
    "reachable_home",
    "remembered_port",
]
