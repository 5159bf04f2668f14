"""Make notifications, notification_choices."""

from alembic import op

from chassis.database.rows import secure

revision = "engagement_0003"
down_revision = "engagement_0002"
branch_labels = None
depends_on = None

TABLES = ("notifications", "notification_choices")
STATEMENTS = """
CREATE TABLE notifications (
    org_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    module TEXT DEFAULT '' NOT NULL,
    record_id UUID,
    actor_id UUID,
    values JSONB DEFAULT '{}' NOT NULL,
    count INTEGER DEFAULT '1' NOT NULL,
    in_app BOOLEAN NOT NULL,
    create_time TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    read_time TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, user_id, key)
);

CREATE INDEX notifications_create_time ON notifications (org_id, create_time);

CREATE INDEX notifications_list ON notifications (org_id, user_id, id) WHERE in_app;

CREATE INDEX notifications_unread ON notifications (org_id, user_id, id) WHERE in_app AND read_time IS NULL;

CREATE TABLE notification_choices (
    org_id UUID NOT NULL,
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    in_app BOOLEAN,
    email BOOLEAN,
    PRIMARY KEY (org_id, user_id, kind)
);
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
