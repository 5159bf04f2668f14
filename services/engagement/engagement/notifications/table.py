"""The tables of notifications, and of what people chose to be told of."""

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engagement.metadata import metadata

# In `notification_choices`: what holds for everybody who has not chosen.
EVERYBODY = uuid.UUID(int=0)

notifications = sa.Table(
    "notifications",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # A user is told once of the same.
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("module", sa.Text, nullable=False, server_default=""),
    sa.Column("record_id", sa.Uuid),
    sa.Column("actor_id", sa.Uuid),
    # What the kind's text is filled with.
    sa.Column("values", JSONB, nullable=False, server_default="{}"),
    # How many records it is about.
    sa.Column("count", sa.Integer, nullable=False, server_default="1"),
    # False for what goes by mail alone: it is here so that it goes once.
    sa.Column("in_app", sa.Boolean, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("read_time", sa.DateTime(timezone=True)),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.UniqueConstraint("org_id", "user_id", "key"),
    sa.Index("notifications_list", "org_id", "user_id", "id", postgresql_where=sa.text("in_app")),
    sa.Index(
        "notifications_unread", "org_id", "user_id", "id", postgresql_where=sa.text("in_app AND read_time IS NULL")
    ),
    sa.Index("notifications_create_time", "org_id", "create_time"),
)

notification_choices = sa.Table(
    "notification_choices",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # NULL: as it is by default.
    sa.Column("in_app", sa.Boolean),
    sa.Column("email", sa.Boolean),
    sa.PrimaryKeyConstraint("org_id", "user_id", "kind"),
)
