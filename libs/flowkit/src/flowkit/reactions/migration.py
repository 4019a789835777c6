"""The marks of what was acted on as first released; a change of them is another function, for a revision of its own."""

from alembic import op

from flowkit.reactions.done import columns


def create_events_done() -> None:
    op.create_table("events_done", *columns())
    op.create_index("events_done_in_order", "events_done", ["done_at"])
