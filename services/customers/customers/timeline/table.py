"""The tables of timelines: what happened, and on whose timelines it stands."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from customers.metadata import metadata

timeline_entries = sa.Table(
    "timeline_entries",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    # The record it tells of, as it is named and whose it is now.
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("shared_with", ARRAY(sa.Uuid), nullable=False, server_default="{}"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Uuid),
    sa.Column("changed_fields", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("before", JSONB, nullable=False, server_default="{}"),
    sa.Column("after", JSONB, nullable=False, server_default="{}"),
    sa.PrimaryKeyConstraint("org_id", "id"),
    sa.Index("timeline_entries_record", "org_id", "record_id"),
)

timeline_places = sa.Table(
    "timeline_places",
    metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    # The account, contact or lead.
    sa.Column("place_id", sa.Uuid, nullable=False),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    sa.Column("entry_id", sa.Uuid, nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    # The merge that put it there.
    sa.Column("merge_id", sa.Uuid),
    sa.PrimaryKeyConstraint("org_id", "place_id", "time", "entry_id"),
    sa.ForeignKeyConstraint(
        ["org_id", "entry_id"], ["timeline_entries.org_id", "timeline_entries.id"], ondelete="CASCADE"
    ),
    sa.Index("timeline_places_entry", "org_id", "entry_id"),
)
