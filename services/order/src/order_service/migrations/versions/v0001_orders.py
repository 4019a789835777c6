"""Orders and what is in them; of those we give, one to a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _orders()
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.Uuid, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("price", sa.Numeric(8, 2), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 9999", name="order_items_quantity"),
        sa.CheckConstraint("price >= 0.01", name="order_items_price"),
    )


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default="pending"),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("item_count", sa.SmallInteger, nullable=False),
        sa.Column("total", sa.Numeric(14, 2), nullable=False),
        sa.Column("payment_id", sa.Uuid),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("status IN ('pending', 'paid', 'failed')", name="orders_status"),
        sa.CheckConstraint("origin IN ('customer', 'welcome')", name="orders_origin"),
        sa.CheckConstraint("(status = 'pending') = (payment_id IS NULL)", name="orders_ended_by_a_payment"),
    )
    op.create_index("orders_in_order", "orders", ["created_at", "id"])
    op.create_index("orders_of_a_customer", "orders", ["customer_id", "created_at", "id"])
    welcome = sa.text("origin = 'welcome'")
    op.create_index("orders_one_welcome_a_customer", "orders", ["customer_id"], unique=True, postgresql_where=welcome)
