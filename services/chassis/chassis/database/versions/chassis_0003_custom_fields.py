"""Custom fields: values that are taken once, and automatic numbers."""

import sqlalchemy as sa
from alembic import op

from chassis.database.rows import secure

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "taken_values",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("record_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "module", "key", "value"),
        sa.Index("taken_values_record", "org_id", "module", "record_id"),
    )
    op.create_table(
        "counters",
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("module", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "module", "key"),
    )
    secure(op.get_bind(), ["taken_values", "counters"])
