"""Accounts and contacts."""

from alembic import op

from chassis.database.rows import secure
from customers import app as _app  # noqa: F401
from customers.metadata import metadata

revision = "customers_0001"
down_revision = None
branch_labels = ("customers",)
depends_on = "chassis_0001"


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    secure(op.get_bind(), metadata.tables)
