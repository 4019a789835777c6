"""Queries, read by the grammars that Grafana's own editors read them with."""

from .parsing import Language, Node, parse

__all__ = ["Language", "Node", "parse"]
