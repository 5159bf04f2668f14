"""The tables of users: members of organizations, their log-ins, and invitations."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import users_pb2
from identity.metadata import metadata

users = resource_table(
    users_pb2.User,
    metadata,
    sa.Index(
        "users_email_unique",
        "org_id",
        sa.text("lower(email)"),
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    ),
)

# One person, one password, whatever number of organizations they belong to.
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # What the person logs in with: an e-mail address, or a number in E.164.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("logins_email", sa.text("lower(email)"), unique=True),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), nullable=False),
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("organization_name", sa.Text, nullable=False),
    sa.Column("last_use_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.PrimaryKeyConstraint("login_id", "org_id"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("org_id", "user_id"),
)
