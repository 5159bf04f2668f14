"""What a job wrote: each record with what it held before, so that it can be given back."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction
from chassis.database.schema import chassis_metadata
from chassis.resources.drafting import changed_fields
from chassis.resources.resource import Draft, Resource

CREATED, UPDATED, DELETED = "created", "updated", "deleted"

# Called after those who wrote here first.
changes = sa.Table(
    "import_changes",
    chassis_metadata,
    sa.Column("org_id", sa.Uuid, nullable=False),
    sa.Column("job_id", sa.Uuid, nullable=False),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    sa.Column("module", sa.Text, nullable=False),
    sa.Column("record_id", sa.Uuid, nullable=False),
    # The record's version after the job wrote it.
    sa.Column("version", sa.BigInteger, nullable=False),
    # Fields changed, with their columns as they were; NULL where the record was created.
    sa.Column("before", JSONB),
    sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.false()),
    # The record was deleted, and nothing else.
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.PrimaryKeyConstraint("org_id", "job_id", "id"),
)


def verb_of(change: Any) -> str:
    """What a job did to the record of a row of `changes`."""
    return DELETED if change.deleted else CREATED if change.before is None else UPDATED


def remember(
    transaction: Transaction, job_id: uuid.UUID, resource: Resource, written: Sequence[Draft], *, deleted: bool = False
) -> None:
    """Note what a job wrote, for undo."""
    rows: list[dict[str, Any]] = [
        {
            "org_id": transaction.call.org_id,
            "job_id": job_id,
            "module": resource.module,
            "record_id": draft.id,
            "version": draft.values["version"],
            "before": None if draft.before is None else _before(resource, draft, draft.before),
            "deleted": deleted,
        }
        for draft in written
    ]
    if rows:
        insert_rows(transaction.connection, changes, rows)


def _before(resource: Resource, draft: Draft, before: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        path: {column: _plain(old(before, column)) for column in columns_of(resource, path)}
        for path in changed_fields(resource, draft)
    }


def columns_of(resource: Resource, path: str) -> tuple[str, ...]:
    """Where a path's value lies: columns, or a key of `custom` or `external_ids`."""
    binding = resource.bindings.get(path)
    return binding.columns if binding is not None else (path,)


def old(before: Mapping[str, Any], column: str) -> Any:
    """The value a row had at a column or at `custom.<key>`."""
    name, _, key = column.partition(".")
    return (before.get(name) or {}).get(key) if key else before.get(name)


def _plain(value: Any) -> Any:
    """As JSON has it; decimals, dates and ids as texts."""
    return orjson.loads(orjson.dumps(value, default=str))
