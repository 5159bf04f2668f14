"""The tables of spending classes, and of what sales tells of orders."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from customers.metadata import metadata
from guanxi.customers.v1 import spending_classes_pb2

spending_classes = resource_table(spending_classes_pb2.SpendingClass, metadata)

# One row for each order, as its newest event told it; in the organization's currency.
purchases = sa.Table(
    "purchases",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    # The order.
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("account_id", sa.Uuid),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("order_date", sa.Date),
    sa.Column("total", sa.Numeric(19, 4), nullable=False),
    sa.Column("overdue", sa.Numeric(19, 4), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("purchases_account", "org_id", "account_id"),
)
