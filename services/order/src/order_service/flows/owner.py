"""Whose orders a caller may see."""

from flowkit.contract import Identity


def owner_of(user: Identity) -> str | None:
    """None stands for everybody's: to all but an admin, an order of somebody else's does not exist."""
    return None if user.role == "admin" else user.id
