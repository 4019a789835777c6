"""How anything calls a flow."""

from flowkit.client.client import Client

__all__ = ["Client"]
