"""Tags, which everybody who has a role may see, as they see groups."""

from alembic import op

from chassis.database.rows import secure

revision = "identity_0014"
down_revision = "identity_0013"
branch_labels = None
depends_on = None

TABLES = ("tags",)
STATEMENTS = """
CREATE TABLE tags (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    color TEXT,
    description TEXT,
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

CREATE INDEX tags_color ON tags (org_id, color, create_time, id) INCLUDE (delete_time);

CREATE INDEX tags_create_time ON tags (org_id, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX tags_name_unique ON tags (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX tags_search ON tags USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX tags_sort_name ON tags (org_id, sort_name, id);

UPDATE roles SET grants = grants || '[{"module": "tags", "operation": "view", "scope": "all"},
                                      {"module": "groups", "operation": "view", "scope": "all"}]'
    WHERE key IS DISTINCT FROM 'administrator';

UPDATE organizations SET policy_version = policy_version + 1;
"""


def upgrade() -> None:
    """Make the table; give everybody the view; index what lists are filtered by."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    with op.get_context().autocommit_block():
        for table in ("users", "api_clients"):
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_role_ids ON {table} USING gin (org_id, role_ids)"
            )
