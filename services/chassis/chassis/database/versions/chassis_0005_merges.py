"""Merges, and how far each service is with what moves."""

from alembic import op

from chassis.database.rows import secure

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None

TABLES = ("merges", "merge_progress")
STATEMENTS = """
CREATE TABLE merges (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    module TEXT NOT NULL,
    survivor_id UUID NOT NULL,
    merged_ids UUID[] NOT NULL,
    user_id UUID,
    job_id UUID,
    services TEXT[] NOT NULL,
    state TEXT NOT NULL,
    conflicts JSONB DEFAULT '[]' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    end_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX merges_survivor ON merges (org_id, survivor_id);

CREATE INDEX merges_merged ON merges USING gin (org_id, merged_ids);

CREATE INDEX merges_job ON merges (org_id, job_id, id) WHERE job_id IS NOT NULL;

CREATE TABLE merge_progress (
    org_id UUID NOT NULL,
    merge_id UUID NOT NULL,
    service TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    moved JSONB DEFAULT '{}' NOT NULL,
    conflicts JSONB DEFAULT '[]' NOT NULL,
    PRIMARY KEY (org_id, merge_id, service)
)
"""


def upgrade() -> None:
    """Make the tables, with row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
    secure(op.get_bind(), TABLES)
