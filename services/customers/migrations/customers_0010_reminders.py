"""Make reminders, reminder rules; tasks have reminders."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0010"
down_revision = "customers_0009"
branch_labels = None

TABLES = ("reminders", "reminder_rules")
STATEMENTS = """
CREATE TABLE reminders (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    text TEXT,
    due_time TIMESTAMP WITH TIME ZONE,
    channels TEXT[] DEFAULT '{}' NOT NULL,
    module TEXT,
    record_id TEXT,
    tell_time TIMESTAMP WITH TIME ZONE,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX reminders_create_time ON reminders (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX reminders_due_time ON reminders (org_id, coalesce(due_time, '-infinity'), id);

CREATE INDEX reminders_owner ON reminders (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX reminders_search ON reminders USING gin (org_id, search_text gin_trgm_ops);

CREATE TABLE reminder_rules (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT,
    sort_name TEXT DEFAULT '' NOT NULL,
    module TEXT,
    field TEXT,
    days_before INTEGER DEFAULT '0' NOT NULL,
    yearly BOOLEAN DEFAULT false NOT NULL,
    recipients TEXT,
    channels TEXT[] DEFAULT '{}' NOT NULL,
    paused BOOLEAN DEFAULT false NOT NULL,
    external_ids JSONB DEFAULT '{}' NOT NULL,
    version BIGINT DEFAULT '1' NOT NULL,
    field_versions JSONB DEFAULT '{}' NOT NULL,
    search_text TEXT DEFAULT '' NOT NULL,
    created_by UUID,
    create_time TIMESTAMP WITH TIME ZONE NOT NULL,
    update_time TIMESTAMP WITH TIME ZONE NOT NULL,
    delete_time TIMESTAMP WITH TIME ZONE,
    owner_id UUID,
    PRIMARY KEY (org_id, id)
);

CREATE INDEX reminder_rules_create_time ON reminder_rules (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX reminder_rules_module ON reminder_rules (org_id, module, create_time, id) INCLUDE (delete_time);

CREATE INDEX reminder_rules_owner ON reminder_rules (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX reminder_rules_search ON reminder_rules USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX reminder_rules_sort_name ON reminder_rules (org_id, sort_name, id);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    op.execute("ALTER TABLE tasks ADD COLUMN reminders JSONB DEFAULT '[]' NOT NULL")
