"""Reactions: what a service does when something has happened, once in effect however often it is told."""

from flowkit.reactions.given import REASONS, Reason
from flowkit.reactions.options import ReactionOptions
from flowkit.reactions.runtime import Reactions

# What needs a database, `flowkit.reactions.done`, is not among these: every process serves, and not all store.
__all__ = ["REASONS", "ReactionOptions", "Reactions", "Reason"]
