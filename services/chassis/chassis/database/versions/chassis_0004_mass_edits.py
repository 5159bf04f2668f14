"""Mass edits: which records are meant, which were refused, and which were deleted. Stars."""

from alembic import op

from chassis.database.rows import secure

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None

TABLES = ("mass_edit_targets", "mass_edit_refusals", "stars")
STATEMENTS = """
CREATE TABLE mass_edit_targets (
    org_id UUID NOT NULL,
    job_id UUID NOT NULL,
    position BIGINT NOT NULL,
    record_id UUID NOT NULL,
    PRIMARY KEY (org_id, job_id, position)
);

CREATE TABLE mass_edit_refusals (
    org_id UUID NOT NULL,
    job_id UUID NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    record_id UUID NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    values JSONB DEFAULT '{}' NOT NULL,
    undoing BOOLEAN NOT NULL,
    PRIMARY KEY (org_id, job_id, id)
);

CREATE TABLE stars (
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    module TEXT NOT NULL,
    record_id UUID NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_id, user_id, module, record_id)
);

ALTER TABLE import_changes ADD COLUMN IF NOT EXISTS deleted BOOLEAN DEFAULT false NOT NULL
"""


def upgrade() -> None:
    """Make the tables, with row-level security on them, and the column."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
    secure(op.get_bind(), TABLES)
