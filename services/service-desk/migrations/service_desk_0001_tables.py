"""Make tickets."""

from alembic import op

from chassis.database.rows import secure

revision = "service_desk_0001"
down_revision = None
branch_labels = ("service_desk",)
depends_on = "chassis_0001"

TABLES = ("tickets",)
STATEMENTS = """
CREATE TABLE tickets (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    subject TEXT,
    sort_subject TEXT DEFAULT '' NOT NULL,
    account_id UUID,
    contact_id UUID,
    kind TEXT,
    priority TEXT,
    status TEXT,
    description TEXT,
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

CREATE INDEX tickets_account_id ON tickets (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_contact_id ON tickets (org_id, contact_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_create_time ON tickets (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_custom ON tickets USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX tickets_kind ON tickets (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_owner ON tickets (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_priority ON tickets (org_id, priority, create_time, id) INCLUDE (delete_time);

CREATE INDEX tickets_search ON tickets USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX tickets_sort_subject ON tickets (org_id, sort_subject, id);

CREATE INDEX tickets_status ON tickets (org_id, status, create_time, id) INCLUDE (delete_time);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
