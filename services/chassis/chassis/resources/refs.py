"""`ref`: title, owner and state of what this service refers to in others, kept level with their owners."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.contract import resource_of
from chassis.database.connection import Transaction
from chassis.database.schema import refs
from chassis.events.projections import keep_newest, records
from chassis.text import sort_key
from guanxi.events.v1 import events_pb2


def follow(transaction: Transaction, event: events_pb2.Event) -> None:
    """Event handler: keep `ref` level with the owner."""
    found = records(event)
    rows = [row_of(event.resource, record.after, record.version) for record in found if record.after is not None]
    keep(transaction, event.resource, rows)


def keep(transaction: Transaction, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Remember what others own; a newer copy is never replaced by an older one."""
    keep_newest(transaction, refs, ({"resource": kind, **row} for row in rows), key=("org_id", "resource", "id"))


def heirs_of(transaction: Transaction, kind: str, wanted: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Of records that ended in a merge: the one that goes on in their place, however many merges away."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    asked = set(wanted)
    while asked:
        mine = (refs.c.org_id == transaction.call.org_id, refs.c.resource == kind, refs.c.id.in_(asked))
        rows = transaction.execute(
            sa.select(refs.c.id, refs.c.merged_into).where(*mine, refs.c.merged_into.is_not(None))
        )
        found |= {row.id: row.merged_into for row in rows}
        asked = {heir for heir in found.values() if heir not in found} - asked
    return {old: _last(found, old) for old in wanted if old in found}


def _last(heirs: Mapping[uuid.UUID, uuid.UUID], old: uuid.UUID) -> uuid.UUID:
    while old in heirs:
        old = heirs[old]
    return old


def bequeath(transaction: Transaction, kind: str, ended: Iterable[Mapping[str, Any]]) -> None:
    """Remember who goes on in place of records that ended: rows of `ref` with `merged_into`."""
    given = [{"org_id": transaction.call.org_id, "resource": kind, **row} for row in ended]
    if not given:
        return
    made = insert(refs).values(given)
    kept = {"merged_into": made.excluded.merged_into, "delete_time": made.excluded.delete_time}
    transaction.execute(made.on_conflict_do_update(index_elements=["org_id", "resource", "id"], set_=kept))


def forget_heirs(transaction: Transaction, kind: str, wanted: Collection[uuid.UUID]) -> None:
    """Records that are there again are themselves."""
    mine = (refs.c.org_id == transaction.call.org_id, refs.c.resource == kind, refs.c.id.in_(wanted))
    transaction.execute(sa.update(refs).where(*mine).values(merged_into=None, delete_time=None))


def row_of(kind: str, message: Any, version: int) -> dict[str, Any]:
    """The row of `ref` for a record as its owner sends it."""
    contract = resource_of(kind)
    title = str(getattr(message, contract.options.title))
    owner = getattr(message, "owner_id", "")
    deleted = message.delete_time.ToDatetime(UTC) if message.HasField("delete_time") else None
    return {
        "id": uuid.UUID(message.id),
        "title": title,
        "title_key": sort_key(title),
        "owner_id": uuid.UUID(owner) if owner else None,
        "version": version,
        "delete_time": deleted,
    }
