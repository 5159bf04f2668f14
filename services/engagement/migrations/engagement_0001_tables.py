"""Make channels, messages."""

from alembic import op

from chassis.database.rows import secure

revision = "engagement_0001"
down_revision = None
branch_labels = ("engagement",)
depends_on = "chassis_0001"

TABLES = ("channels", "messages")
STATEMENTS = """
CREATE TABLE channels (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    kind TEXT,
    sender TEXT,
    host TEXT,
    port INTEGER DEFAULT '0' NOT NULL,
    security TEXT,
    user_name TEXT,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    sealed_password BYTEA,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX channels_create_time ON channels (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX channels_kind ON channels (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX channels_name_unique ON channels (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX channels_search ON channels USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX channels_sort_name ON channels (org_id, sort_name, id);

CREATE TABLE messages (
    id UUID NOT NULL,
    request_id TEXT NOT NULL,
    org_id UUID,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    values JSONB NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    due_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    sent_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (request_id)
);

CREATE INDEX messages_lanes ON messages (coalesce(org_id, '00000000-0000-0000-0000-000000000000'::uuid), due_time)
    WHERE state IN ('queued', 'sending', 'unknown');
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
