"""The table of preferences: one row for a member who has settled something; NULL is as the organization has it."""

import sqlalchemy as sa

from identity.metadata import metadata

preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("time_zone", sa.Text),
    sa.Column("date_format", sa.Text),
    sa.Column("number_format", sa.Text),
    sa.PrimaryKeyConstraint("org_id", "user_id"),
)
