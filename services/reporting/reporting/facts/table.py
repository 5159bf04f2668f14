"""The tables of facts. Each row is the newest version of a record that another service owns."""

from typing import Any

import sqlalchemy as sa

from reporting.metadata import metadata


def _fact(name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        *columns,
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("org_id", "id"),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


account_facts = _fact(
    "account_facts", _text("name"), _text("industry"), _text("location"), sa.Column("owner_id", sa.Uuid)
)

product_facts = _fact("product_facts", _text("name"), _text("category"))

opportunity_facts = _fact(
    "opportunity_facts",
    sa.Column("owner_id", sa.Uuid),
    sa.Column("account_id", sa.Uuid),
    sa.Column("product_id", sa.Uuid),
    sa.Column("stage_id", sa.Uuid),
    _text("status"),
    sa.Column("amount", sa.Numeric(19, 4)),
    _text("currency"),
    sa.Column("engage_date", sa.Date),
    sa.Column("close_date", sa.Date),
    sa.Index("opportunity_facts_close_date", "org_id", "status", "close_date"),
    sa.Index("opportunity_facts_owner", "org_id", "owner_id", "close_date"),
)

# Time of the newest event that each organization's facts hold.
freshness = sa.Table(
    "freshness",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
)
