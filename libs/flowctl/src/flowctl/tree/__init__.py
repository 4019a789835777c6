"""Each request's flow tree, grown from the services' log lines."""

from flowctl.tree.forest import Forest
from flowctl.tree.line import Line, read
from flowctl.tree.picture import picture
from flowctl.tree.tree import Tree

__all__ = ["Forest", "Line", "Tree", "picture", "read"]
