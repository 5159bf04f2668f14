"""Tables of mass edits, beside `jobs` and what undo needs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.schema import chassis_metadata


def _keys() -> list[sa.Column[object]]:
    return [sa.Column("org_id", sa.Uuid, nullable=False), sa.Column("job_id", sa.Uuid, nullable=False)]


# The records meant, settled before the first is changed; each leaves with the chunk that it was changed in.
mass_edit_targets = sa.Table(
    "mass_edit_targets",
    chassis_metadata,
    *_keys(),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "job_id", "position"),
)

# Records that were not changed, or not changed back, and why.
mass_edit_refusals = sa.Table(
    "mass_edit_refusals",
    chassis_metadata,
    *_keys(),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("values", JSONB, nullable=False, server_default="{}"),
    sa.Column("undoing", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "job_id", "id"),
)
