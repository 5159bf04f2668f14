"""Every service's events, as entries of the audit log."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction
from chassis.events.projections import Record, records
from chassis.plain import changed_values
from chassis.text import search_text
from chassis.timers import schedule
from guanxi.events.v1 import events_pb2
from identity.audit.chain import FIRST, entry_hash
from identity.audit.keeping import DAILY, EVERY
from identity.audit.table import audit_entries, audit_heads


def record(transaction: Transaction, event: events_pb2.Event) -> None:
    """Append an event's changes to the organization's chain; what is for some users alone is nobody's record."""
    if event.audience:
        return
    org_id = transaction.call.org_id
    first = insert(audit_heads).values(org_id=org_id, number=0, hash=FIRST).on_conflict_do_nothing()
    if transaction.execute(first).rowcount:
        schedule(transaction, DAILY, "", datetime.now(UTC) + EVERY)
    head = transaction.execute(sa.select(audit_heads).where(audit_heads.c.org_id == org_id).with_for_update()).one()
    number, previous = head.number, bytes(head.hash)
    rows = []
    for found in records(event):
        number += 1
        row = {"org_id": org_id, "number": number, **_entry(event, found)}
        previous = row["hash"] = entry_hash(previous, row)
        rows.append(row)
    if not rows:
        return
    insert_rows(transaction.connection, audit_entries, rows)
    transaction.execute(
        sa.update(audit_heads).where(audit_heads.c.org_id == org_id).values(number=number, hash=previous)
    )


def _entry(event: events_pb2.Event, record: Record[Any]) -> dict[str, Any]:
    fields = list(record.change.changed_fields)
    before, after = (changed_values(side, fields) for side in _sides(record))
    return {
        "event_id": uuid.UUID(event.id),
        "time": event.time.ToDatetime(UTC),
        "actor_id": ids.parse(event.actor.user_id),
        "actor_kind": event.actor.kind,
        "address": event.actor.address,
        "resource": event.resource,
        "record_id": record.id,
        "verb": event.verb,
        "version": record.version,
        "changed_fields": fields,
        "before": before,
        "after": after,
        "search_text": search_text([*_texts(before), *_texts(after)]),
    }


def _sides(record: Record[Any]) -> tuple[Message | None, Message | None]:
    """Before and after; where no contract knows the resource, as what each says it is."""
    if record.kind is not None:
        return record.before, record.after
    return _unpacked(record.change.before), _unpacked(record.change.after)


def _unpacked(packed: AnyMessage) -> Message | None:
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
    except KeyError:
        return None
    message = message_factory.GetMessageClass(descriptor)()
    return message if packed.Unpack(message) else None


def _texts(values: Any) -> Iterator[str]:
    """Every text and number in values."""
    if isinstance(values, dict):
        for value in values.values():
            yield from _texts(value)
    elif isinstance(values, list):
        for value in values:
            yield from _texts(value)
    elif isinstance(values, str | int | float) and not isinstance(values, bool):
        yield str(values)
