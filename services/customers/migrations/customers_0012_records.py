"""Records of the modules that organizations make."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0012"
down_revision = "customers_0011"
branch_labels = None
depends_on = None

TABLES = ("records",)
STATEMENTS = """
CREATE TABLE records (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    module TEXT,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    custom JSONB DEFAULT '{}' NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX records_create_time ON records (org_id, module, create_time, id) INCLUDE (delete_time);

CREATE INDEX records_custom ON records USING gin (org_id, module, custom jsonb_path_ops);

CREATE INDEX records_owner ON records (org_id, module, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX records_search ON records USING gin (org_id, module, search_text gin_trgm_ops);

CREATE INDEX records_sort_name ON records (org_id, module, sort_name, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
