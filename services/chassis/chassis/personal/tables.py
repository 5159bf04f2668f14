"""Tables of what belongs to one person."""

import sqlalchemy as sa

from chassis.database.schema import chassis_metadata

# A person's favourite records.
stars = sa.Table(
    "stars",
    chassis_metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.PrimaryKeyConstraint("org_id", "user_id", "module", "record_id"),
)
