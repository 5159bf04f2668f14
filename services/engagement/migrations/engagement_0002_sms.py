"""SMS: providers among the channels, and messages that wait for them."""

from alembic import op

revision = "engagement_0002"
down_revision = "engagement_0001"
branch_labels = None

STATEMENTS = """
ALTER TABLE channels ADD COLUMN url TEXT;

ALTER TABLE channels ADD COLUMN method TEXT;

ALTER TABLE channels ADD COLUMN headers TEXT;

ALTER TABLE channels ADD COLUMN body TEXT;

ALTER TABLE channels ADD COLUMN success_status INTEGER;

ALTER TABLE channels ADD COLUMN success_pattern TEXT;

ALTER TABLE channels ADD COLUMN timeout INTEGER;

CREATE TABLE text_messages (
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

CREATE INDEX text_messages_lanes ON text_messages (
    coalesce(org_id, '00000000-0000-0000-0000-000000000000'::uuid), due_time
) WHERE state IN ('queued', 'sending', 'unknown');

CREATE INDEX text_messages_recipient ON text_messages (recipient, create_time);

CREATE INDEX text_messages_time ON text_messages (create_time);
"""


def upgrade() -> None:
    """Add the columns, and make the table, which belongs to no organization."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
