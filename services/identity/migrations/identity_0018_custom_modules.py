"""The modules that organizations make."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0018"
down_revision = "identity_0017"
branch_labels = None
depends_on = None

TABLES = ("custom_modules",)
STATEMENTS = """
CREATE TABLE custom_modules (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    key TEXT,
    sort_key TEXT DEFAULT '' NOT NULL,
    label_zh TEXT,
    label_en TEXT,
    plural_en TEXT,
    icon TEXT,
    color TEXT,
    title_zh TEXT,
    title_en TEXT,
    disabled BOOLEAN DEFAULT false NOT NULL,
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

CREATE INDEX custom_modules_create_time ON custom_modules (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX custom_modules_key_unique ON custom_modules (org_id, key);

CREATE INDEX custom_modules_search ON custom_modules USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX custom_modules_sort_key ON custom_modules (org_id, sort_key, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
