"""Web forms, and on leads and contacts what came by them."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0009"
down_revision = "customers_0008"
branch_labels = None
depends_on = None

TABLES = ("forms",)
STATEMENTS = """
CREATE TABLE forms (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    title TEXT,
    description TEXT,
    creates TEXT,
    fields JSONB DEFAULT '[]' NOT NULL,
    assignee_id UUID,
    source TEXT,
    consent_text TEXT,
    success_text TEXT,
    redirect_url TEXT,
    allowed_origins TEXT,
    active BOOLEAN DEFAULT false NOT NULL,
    token TEXT,
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

CREATE INDEX forms_assignee_id ON forms (org_id, assignee_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX forms_create_time ON forms (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX forms_creates ON forms (org_id, creates, create_time, id) INCLUDE (delete_time);

CREATE UNIQUE INDEX forms_name_unique ON forms (org_id, lower(name)) WHERE delete_time IS NULL;

CREATE INDEX forms_search ON forms USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX forms_sort_name ON forms (org_id, sort_name, id);

CREATE UNIQUE INDEX forms_token_unique ON forms (org_id, token);
"""


_CAME_BY = """
ADD COLUMN form_id UUID,
ADD COLUMN consent_text TEXT,
ADD COLUMN consent_time TIMESTAMP WITH TIME ZONE,
ADD COLUMN consent_address TEXT,
ADD COLUMN possible_duplicate_contact_id UUID
"""
_REFERENCES = (
    ("leads", "form_id"),
    ("leads", "possible_duplicate_lead_id"),
    ("leads", "possible_duplicate_contact_id"),
    ("contacts", "form_id"),
    ("contacts", "possible_duplicate_contact_id"),
)


def upgrade() -> None:
    """Make the table, with row-level security on it, and the columns."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    op.execute(f"ALTER TABLE leads ADD COLUMN possible_duplicate_lead_id UUID, {_CAME_BY}")
    op.execute(f"ALTER TABLE contacts {_CAME_BY}")
    with op.get_context().autocommit_block():
        for table, name in _REFERENCES:
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_{name} ON {table}"
                f" (org_id, {name}, create_time, id) INCLUDE (delete_time)"
            )
