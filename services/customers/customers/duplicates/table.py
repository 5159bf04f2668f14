"""Tables of duplicate scans. What only a scan needs lives as long as it does, and is begun anew after a crash."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from customers.metadata import metadata


def _keys() -> list[sa.Column[object]]:
    return [sa.Column("org_id", sa.Uuid, nullable=False), sa.Column("job_id", sa.Uuid, nullable=False)]


# What each record may have in common with others.
duplicate_keys = sa.Table(
    "duplicate_keys",
    metadata,
    *_keys(),
    sa.Column("key", sa.BigInteger, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Index("duplicate_keys_job", "org_id", "job_id"),
    prefixes=["UNLOGGED"],
)

# Records that have one of these in common.
duplicate_blocks = sa.Table(
    "duplicate_blocks",
    metadata,
    *_keys(),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("members", ARRAY(sa.Uuid), nullable=False),
    sa.PrimaryKeyConstraint("org_id", "job_id", "id"),
    prefixes=["UNLOGGED"],
)

# Two records of which a rule holds.
duplicate_pairs = sa.Table(
    "duplicate_pairs",
    metadata,
    *_keys(),
    sa.Column("one", sa.Uuid, nullable=False),
    sa.Column("other", sa.Uuid, nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False),
    sa.PrimaryKeyConstraint("org_id", "job_id", "one", "other"),
    prefixes=["UNLOGGED"],
)

duplicate_groups = sa.Table(
    "duplicate_groups",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False),
    sa.Column("members", ARRAY(sa.Uuid), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("duplicate_groups_list", "org_id", "module", "state", "score", "id"),
    sa.Index("duplicate_groups_members", "org_id", "members", postgresql_using="gin"),
)

# Two records that somebody has said are different.
duplicate_verdicts = sa.Table(
    "duplicate_verdicts",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("one", sa.Uuid, nullable=False),
    sa.Column("other", sa.Uuid, nullable=False),
    sa.PrimaryKeyConstraint("org_id", "module", "one", "other"),
)
