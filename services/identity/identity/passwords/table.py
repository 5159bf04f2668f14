"""The tables of passwords: links to reset them, those of the past, and what was asked of an address."""

import sqlalchemy as sa

from identity.metadata import metadata

# One for each person: a newer link takes the place of the older.
password_resets = sa.Table(
    "password_resets",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    # The mailbox it was sent to: a link does not outlive a change of address.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
    sa.Index("password_resets_secret", "secret_hash", unique=True),
)

# Hashes of earlier passwords, as many as the policy asks for.
password_history = sa.Table(
    "password_history",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.PrimaryKeyConstraint("login_id", "id"),
)

# What was asked of an address, known or not. Both are kept alike and told apart by the worker, so that no answer tells,
# by what it says or by how long it takes, which addresses are known.
address_requests = sa.Table(
    "address_requests",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # `reset`: a link is wanted. `refused`: a log-in with a wrong password.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
