"""The table of sign-ups that wait for their code."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from identity.metadata import metadata

signups = sa.Table(
    "signups",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # Where the code was sent: an e-mail address, or a number in E.164.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("data", JSONB, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("create_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expire_time", sa.DateTime(timezone=True), nullable=False),
    # Set when the organization was made; the same code then gives the same answer.
    sa.Column("org_id", sa.Uuid),
    sa.Column("user_id", sa.Uuid),
)
