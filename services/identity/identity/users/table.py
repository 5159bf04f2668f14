"""The tables of users: members of organizations, their log-ins, and invitations."""

import sqlalchemy as sa

from chassis.database.schema import resource_table
from guanxi.identity.v1 import users_pb2
from identity.metadata import metadata

users = resource_table(
    users_pb2.User,
    metadata,
    # Version of the control plane in which the user changed last.
    sa.Column("policy_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index(
        "users_email_unique",
        "org_id",
        sa.text("lower(email)"),
        unique=True,
        postgresql_where=sa.text("delete_time IS NULL"),
    ),
)

# One person, one password, whatever number of organizations they belong to. Beside it there may be log-ins of the same
# address that only one organization stands for: see `only_org_id`.
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # What the person logs in with: an e-mail address, or a number in E.164.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    # Not proved: an administrator of this organization set the password, and nobody showed that the address is theirs.
    # It opens this organization alone, and is nothing to whoever has the address.
    sa.Column("only_org_id", sa.Uuid),
    # Until when a password that somebody else chose lets in, to choose one's own.
    sa.Column("initial_until", sa.DateTime(timezone=True)),
    sa.Index(
        "logins_email_proved", sa.text("lower(email)"), unique=True, postgresql_where=sa.text("only_org_id IS NULL")
    ),
    sa.Index(
        "logins_email_of_organization",
        sa.text("lower(email)"),
        "only_org_id",
        unique=True,
        postgresql_where=sa.text("only_org_id IS NOT NULL"),
    ),
)

# Of the log-ins of one address: the person's own first, then those that one organization stands for, the newest first.
OWN_FIRST = (logins.c.only_org_id.is_not(None), logins.c.create_time.desc())

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
