"""Groups; records in groups, and with tags."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0003"
down_revision = "customers_0002"
branch_labels = None
depends_on = None

TABLES = ("groups",)
STATEMENTS = """
CREATE TABLE groups (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    module TEXT,
    kind TEXT,
    filter TEXT,
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

CREATE INDEX groups_create_time ON groups (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX groups_kind ON groups (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX groups_module ON groups (org_id, module, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX groups_name_unique ON groups (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX groups_search ON groups USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX groups_sort_name ON groups (org_id, sort_name, id);
"""


def upgrade() -> None:
    """Make the table, with row-level security on it, and the columns."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    for table in ("accounts", "contacts"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN tag_ids UUID[] DEFAULT '{{}}' NOT NULL,"
            " ADD COLUMN group_ids UUID[] DEFAULT '{}' NOT NULL"
        )
    with op.get_context().autocommit_block():
        for table in ("accounts", "contacts"):
            for name in ("tag_ids", "group_ids"):
                op.execute(
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_{name} ON {table} USING gin (org_id, {name})"
                )
