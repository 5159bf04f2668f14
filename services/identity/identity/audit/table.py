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
    # Of the values before and after; follows from them, and is no part of the hash.
    sa.Column("search_text", sa.Text, nullable=False, server_default=""),
    sa.PrimaryKeyConstraint("org_id", "number"),
    sa.Index("audit_entries_time", "org_id", "time"),
    sa.Index("audit_entries_actor", "org_id", "actor_id", "number"),
    sa.Index(
        "audit_entries_search",
        "org_id",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    ),
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

# Where the beginning of a chain was deleted, as its organization chose: the chain goes on from this hash.
audit_cuts = sa.Table(
    "audit_cuts",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    # The last entry that is gone, and its hash.
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("cut_time", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.PrimaryKeyConstraint("org_id", "number"),
)
