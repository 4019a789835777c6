"""How anything calls a flow, and tells or hears a notice."""

from flowkit.client.client import Client
from flowkit.client.notices import Notices

__all__ = ["Client", "Notices"]
