"""The table of messages. It belongs to no organization: the system's own mails, such as sign-up codes, have none."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engagement.metadata import metadata

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("request_id", sa.Text, nullable=False, unique=True),
    sa.Column("org_id", sa.Uuid),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    # What the template is filled with; emptied when the message is sent.
    sa.Column("values", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="queued"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("due_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("sent_time", sa.DateTime(timezone=True)),
    sa.Index("messages_waiting", "due_time", postgresql_where=sa.text("state IN ('queued', 'sending', 'unknown')")),
)
