"""Saved views; sales managers may share theirs."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0017"
down_revision = "identity_0016"
branch_labels = None
depends_on = None

TABLES = ("saved_views", "list_settings")
STATEMENTS = """
CREATE TABLE saved_views (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    module TEXT,
    filter TEXT,
    order_by TEXT,
    columns TEXT[] DEFAULT '{}' NOT NULL,
    layout TEXT,
    group_by TEXT,
    visibility TEXT,
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

CREATE INDEX saved_views_create_time ON saved_views (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX saved_views_search ON saved_views USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX saved_views_sort_name ON saved_views (org_id, sort_name, id);

CREATE INDEX saved_views_visibility ON saved_views (org_id, visibility, create_time, id) INCLUDE (delete_time);

CREATE TABLE list_settings (
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    module TEXT NOT NULL,
    default_view TEXT DEFAULT '' NOT NULL,
    columns TEXT[] DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, user_id, module)
);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
