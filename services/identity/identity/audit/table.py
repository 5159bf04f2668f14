"""The tables of the audit log. The service's own roles may add to it and read it, and nothing else."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from identity.metadata import metadata

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("changed_fields", JSONB, nullable=False),
    sa.Column("before", JSONB, nullable=False),
    sa.Column("after", JSONB, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "number"),
    sa.Index("audit_entries_record", "org_id", "resource", "record_id", "number"),
)

# Where each organization's chain ends; locked while it grows.
audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
