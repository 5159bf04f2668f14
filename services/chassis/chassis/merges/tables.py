"""Tables of merges. What a merge wrote is noted in `chassis.undo.changes`, as for every job that can be undone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.database.schema import chassis_metadata

merges = sa.Table(
    "merges",
    chassis_metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("survivor_id", sa.Uuid, nullable=False),
    sa.Column("merged_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("user_id", sa.Uuid),
    # The job of many merges that made it.
    sa.Column("job_id", sa.Uuid),
    # Who has something to move, or may have.
    sa.Column("services", ARRAY(sa.Text), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # Of the records that were merged themselves; others' are in `merge_progress`.
    sa.Column("conflicts", JSONB, nullable=False, server_default="[]"),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("end_time", sa.DateTime(timezone=True)),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("merges_survivor", "org_id", "survivor_id"),
    sa.Index("merges_merged", "org_id", "merged_ids", postgresql_using="gin"),
    sa.Index("merges_job", "org_id", "job_id", "id", postgresql_where=sa.text("job_id IS NOT NULL")),
)

# At the service whose merge it is: how far each service is.
merge_progress = sa.Table(
    "merge_progress",
    chassis_metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("merge_id", sa.Uuid, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    # Grows with each news of a service's: they may come out of order.
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("moved", JSONB, nullable=False, server_default="{}"),
    sa.Column("conflicts", JSONB, nullable=False, server_default="[]"),
    sa.PrimaryKeyConstraint("org_id", "merge_id", "service"),
)
