"""The tables of facts. Each row is the newest version of a record that another service owns.

A column holds the field of its own name. A table that is declared here is fed from the events of its resource; what
remains to be written is its migration.
"""

from typing import Any

import sqlalchemy as sa

from chassis.contract import ResourceContract, all_resources
from reporting.metadata import metadata


def _fact(resource: str, name: str, *columns: sa.schema.SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("org_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        *columns,
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("org_id", "id"),
        info={"resource": resource},
    )


def _text(name: str, **info: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default="", info=info)


def contract_of(table: sa.FromClause) -> ResourceContract:
    """The contract of the resource whose records a table, or an alias of one, holds."""
    original = table.element if isinstance(table, sa.Alias) else table
    assert isinstance(original, sa.Table)
    return all_resources()[original.info["resource"]]


def fields_of(column: sa.ColumnElement[Any]) -> tuple[str, ...]:
    """The resource's fields that a column tells something of: whoever may not see one of them may not see it."""
    return (str(column.info.get("field", column.key)), *column.info.get("derived_from", ()))


account_facts = _fact(
    "customers.Account",
    "account_facts",
    _text("name"),
    _text("industry"),
    _text("location"),
    sa.Column("owner_id", sa.Uuid),
)

product_facts = _fact("sales.Product", "product_facts", _text("name"), _text("category"))

opportunity_facts = _fact(
    "sales.Opportunity",
    "opportunity_facts",
    sa.Column("owner_id", sa.Uuid),
    sa.Column("account_id", sa.Uuid),
    sa.Column("product_id", sa.Uuid),
    sa.Column("stage_id", sa.Uuid),
    _text("status", derived_from=("stage_id",)),
    sa.Column("amount", sa.Numeric(19, 4)),
    _text("currency", field="amount"),
    sa.Column("engage_date", sa.Date),
    sa.Column("close_date", sa.Date),
    sa.Index("opportunity_facts_close_date", "org_id", "status", "close_date"),
    sa.Index("opportunity_facts_owner", "org_id", "owner_id", "close_date"),
)

# Resource → the facts of its records.
FACTS = {table.info["resource"]: table for table in metadata.sorted_tables if "resource" in table.info}

# Time of the newest event that each organization's facts hold.
freshness = sa.Table(
    "freshness",
    metadata,
    sa.Column("org_id", sa.Uuid, primary_key=True),
    sa.Column("time", sa.DateTime(timezone=True), nullable=False),
)
