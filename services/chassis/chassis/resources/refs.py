"""`ref`: title, owner and state of what this service refers to in others, kept level with their owners."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from chassis.contract import all_resources
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


def row_of(kind: str, message: Any, version: int) -> dict[str, Any]:
    """The row of `ref` for a record as its owner sends it."""
    contract = all_resources()[kind]
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
