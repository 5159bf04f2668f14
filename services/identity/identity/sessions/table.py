"""The tables of sessions, API tokens, signing keys, and what slows guessing down."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from identity.metadata import metadata


def _time(name: str, *, required: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("refresh_hash", sa.LargeBinary, nullable=False),
    # The refresh token before, to tell a repetition in flight from a theft.
    sa.Column("previous_hash", sa.LargeBinary),
    sa.Column("rotate_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("device", sa.Text, nullable=False, server_default=""),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    _time("create_time"),
    _time("last_use_time"),
    _time("expire_time"),
    _time("end_time", required=False),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("sessions_user", "org_id", "user_id", "create_time"),
    sa.Index("sessions_refresh", "org_id", "refresh_hash"),
    sa.Index("sessions_previous", "org_id", "previous_hash"),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    # What of the user's rights it may use; all when empty.
    sa.Column("scopes", ARRAY(sa.Text), nullable=False, server_default="{}"),
    _time("create_time"),
    _time("expire_time"),
    _time("last_use_time", required=False),
    _time("end_time", required=False),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("api_tokens_user", "org_id", "user_id"),
    sa.Index("api_tokens_secret", "org_id", "secret_hash"),
)

signing_keys = sa.Table(
    "signing_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    # Sealed with the master key (AES-256-GCM; the first 12 bytes are the nonce).
    sa.Column("sealed_key", sa.LargeBinary, nullable=False),
    _time("create_time"),
    _time("expire_time"),
)

# Attempts within a window, by what is counted.
throttles = sa.Table(
    "throttles",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    _time("window_end"),
)

# Where people logged in from, to tell them of a log-in from elsewhere.
known_devices = sa.Table(
    "known_devices",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), nullable=False),
    # Of device and address together.
    sa.Column("device_hash", sa.LargeBinary, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    _time("last_time"),
    sa.PrimaryKeyConstraint("login_id", "device_hash"),
)

# Sessions and API tokens that ended before their access tokens did.
revocations = sa.Table(
    "revocations",
    metadata,
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("end_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("revocations_end_time", "end_time"),
)
