"""Make tasks, interactions; accounts, contacts and leads know when somebody was last in touch."""

from alembic import op

from chassis.database.rows import secure

revision = "customers_0006"
down_revision = "customers_0005"
branch_labels = None

TABLES = ("tasks", "interactions")
STATEMENTS = """
CREATE TABLE tasks (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    subject TEXT,
    sort_subject TEXT DEFAULT '' NOT NULL,
    description TEXT,
    due_date DATE,
    due_time TIMESTAMP WITH TIME ZONE,
    start_time TIMESTAMP WITH TIME ZONE,
    end_time TIMESTAMP WITH TIME ZONE,
    priority TEXT,
    status TEXT,
    complete_time TIMESTAMP WITH TIME ZONE,
    assignee_ids UUID[] DEFAULT '{}' NOT NULL,
    account_id UUID,
    contact_id UUID,
    opportunity_id UUID,
    location TEXT,
    checklist JSONB DEFAULT '[]' NOT NULL,
    recurrence TEXT,
    next_task_id UUID,
    lead_id UUID,
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

CREATE INDEX tasks_account_id ON tasks (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_assignee_ids ON tasks USING gin (org_id, assignee_ids);

CREATE INDEX tasks_contact_id ON tasks (org_id, contact_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_create_time ON tasks (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_custom ON tasks USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX tasks_due_date ON tasks (org_id, coalesce(due_date, '-infinity'), id);

CREATE INDEX tasks_lead_id ON tasks (org_id, lead_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_next_task_id ON tasks (org_id, next_task_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_opportunity_id ON tasks (org_id, opportunity_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_owner ON tasks (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_priority ON tasks (org_id, priority, create_time, id) INCLUDE (delete_time);

CREATE INDEX tasks_search ON tasks USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX tasks_sort_subject ON tasks (org_id, sort_subject, id);

CREATE INDEX tasks_start_time ON tasks (org_id, coalesce(start_time, '-infinity'), id);

CREATE INDEX tasks_status ON tasks (org_id, status, create_time, id) INCLUDE (delete_time);

CREATE TABLE interactions (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT,
    subject TEXT,
    sort_subject TEXT DEFAULT '' NOT NULL,
    body TEXT,
    direction TEXT,
    start_time TIMESTAMP WITH TIME ZONE,
    duration_minutes INTEGER,
    outcome TEXT,
    account_id UUID,
    contact_id UUID,
    opportunity_id UUID,
    attachment_ids TEXT[] DEFAULT '{}' NOT NULL,
    next_step TEXT,
    next_step_date DATE,
    task_id UUID,
    lead_id UUID,
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

CREATE INDEX interactions_account_id ON interactions (org_id, account_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_attachment_ids ON interactions USING gin (org_id, attachment_ids);

CREATE INDEX interactions_contact_id ON interactions (org_id, contact_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_create_time ON interactions (org_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_custom ON interactions USING gin (org_id, custom jsonb_path_ops);

CREATE INDEX interactions_kind ON interactions (org_id, kind, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_lead_id ON interactions (org_id, lead_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_opportunity_id ON interactions (org_id, opportunity_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_owner ON interactions (org_id, owner_id, create_time, id) INCLUDE (delete_time);

CREATE INDEX interactions_search ON interactions USING gin (org_id, search_text gin_trgm_ops);

CREATE INDEX interactions_sort_subject ON interactions (org_id, sort_subject, id);

CREATE INDEX interactions_start_time ON interactions (org_id, coalesce(start_time, '-infinity'), id);

CREATE INDEX interactions_task_id ON interactions (org_id, task_id, create_time, id) INCLUDE (delete_time);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
    for table in ("accounts", "contacts", "leads"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN last_interaction_time TIMESTAMP WITH TIME ZONE")
    with op.get_context().autocommit_block():
        for table in ("accounts", "contacts", "leads"):
            op.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {table}_last_interaction_time ON {table}"
                " (org_id, coalesce(last_interaction_time, '-infinity'::timestamptz), id)"
            )
