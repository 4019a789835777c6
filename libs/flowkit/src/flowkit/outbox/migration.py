"""The outbox as first released; a change of it is another function, for a revision of its own."""

from alembic import op

from flowkit.outbox.table import columns

# Nearly always empty, however much goes through it: what a share of its rows would be says nothing here, and what is
# dead is cleared away before looking for the oldest means walking over it.
_CLEARED_EARLY = """
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000
)
"""


def create_outbox() -> None:
    op.create_table("outbox", *columns())
    op.execute(_CLEARED_EARLY)
