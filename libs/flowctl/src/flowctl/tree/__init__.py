"""Each request's flow tree, grown from the services' log lines."""

from flowctl.tree.forest import Forest
from flowctl.tree.line import Line, read
from flowctl.tree.picture import picture

__all__ = ["Forest", "Line", "picture", "read"]
