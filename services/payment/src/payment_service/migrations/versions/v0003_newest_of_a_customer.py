"""What a customer has paid, by its place among all that is kept of them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Without a word to whoever pays meanwhile; one that was broken off is begun anew.
    with op.get_context().autocommit_block():
        op.drop_index("payments_newest_of_a_customer", "payments", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "payments_newest_of_a_customer", "payments", ["customer_id", "id"], postgresql_concurrently=True
        )
