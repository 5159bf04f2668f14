"""The tables of second factors. They belong to a person, and a person to no organization in particular."""

import sqlalchemy as sa

from identity.metadata import metadata

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), primary_key=True),
    # In force, and made but not confirmed yet; both sealed.
    sa.Column("secret", sa.LargeBinary),
    sa.Column("pending", sa.LargeBinary),
    # The last 30 seconds whose code was used: no code of then or before is taken again.
    sa.Column("last_step", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("enroll_time", sa.DateTime(timezone=True)),
)

# Each works once: it is deleted by its use.
recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("login_id", "code_hash"),
)

# Log-ins whose password was right and whose second step is still to come.
challenges = sa.Table(
    "challenges",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("login_id", sa.Uuid, sa.ForeignKey("logins.id"), nullable=False),
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("user_id", sa.Uuid, nullable=False),
    # `verify` or `enroll`.
    sa.Column("purpose", sa.Text, nullable=False),
    # Of the password that was right: another password ends the challenge.
    sa.Column("password_digest", sa.LargeBinary, nullable=False),
    # What is being enrolled, sealed.
    sa.Column("secret", sa.LargeBinary),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
    sa.Index("challenges_login", "login_id"),
)
