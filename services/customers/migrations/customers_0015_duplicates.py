"""Make duplicate rules, and the tables of scans."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0015"
down_revision = "customers_0014"
branch_labels = None

TABLES = (
    "duplicate_rules",
    "duplicate_groups",
    "duplicate_verdicts",
    "duplicate_keys",
    "duplicate_blocks",
    "duplicate_pairs",
)
STATEMENTS = """
CREATE TABLE duplicate_rules (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    module TEXT,
    conditions TEXT[] DEFAULT '{}' NOT NULL,
    score INTEGER DEFAULT '0' NOT NULL,
    paused BOOLEAN DEFAULT false NOT NULL,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX duplicate_rules_create_time ON duplicate_rules (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX duplicate_rules_module ON duplicate_rules (org_id, module, create_time, id) INCLUDE (delete_time);

CREATE INDEX duplicate_rules_score ON duplicate_rules (org_id, score, id);

CREATE INDEX duplicate_rules_search ON duplicate_rules USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX duplicate_rules_sort_name ON duplicate_rules (org_id, sort_name, id);

CREATE TABLE duplicate_groups (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    module TEXT NOT NULL,
    score INTEGER NOT NULL,
    reasons TEXT[] NOT NULL,
    members UUID[] NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX duplicate_groups_list ON duplicate_groups (org_id, module, state, score, id);

CREATE INDEX duplicate_groups_members ON duplicate_groups USING gin (org_id, members);

CREATE TABLE duplicate_verdicts (
    org_id UUID NOT NULL,
    module TEXT NOT NULL,
    one UUID NOT NULL,
    other UUID NOT NULL,
    PRIMARY KEY (org_id, module, one, other)
);

CREATE UNLOGGED TABLE duplicate_keys (
    org_id UUID NOT NULL,
    job_id UUID NOT NULL,
    key BIGINT NOT NULL,
    record_id UUID NOT NULL
);

CREATE INDEX duplicate_keys_job ON duplicate_keys (org_id, job_id);

CREATE UNLOGGED TABLE duplicate_blocks (
    org_id UUID NOT NULL,
    job_id UUID NOT NULL,
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    members UUID[] NOT NULL,
    PRIMARY KEY (org_id, job_id, id)
);

CREATE UNLOGGED TABLE duplicate_pairs (
    org_id UUID NOT NULL,
    job_id UUID NOT NULL,
    one UUID NOT NULL,
    other UUID NOT NULL,
    score INTEGER NOT NULL,
    reasons TEXT[] NOT NULL,
    PRIMARY KEY (org_id, job_id, one, other)
);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
