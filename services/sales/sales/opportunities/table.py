"""The tables of opportunities and of the stages they went through."""

import sqlalchemy as sa

from chassis.database.schema import list_index, resource_table
from guanxi.sales.v1 import opportunities_pb2
from sales.metadata import metadata

opportunities = resource_table(
    opportunities_pb2.Opportunity, metadata, list_index("opportunities_status", "status", "create_time", "id")
)

stage_changes = sa.Table(
    "stage_changes",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("uuidv7()")),
    sa.Column("opportunity_id", sa.Uuid, nullable=False),
    sa.Column("from_stage_id", sa.Uuid),
    sa.Column("to_stage_id", sa.Uuid, nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("changed_by", sa.Uuid),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("stage_changes_opportunity", "org_id", "opportunity_id", "time"),
)
