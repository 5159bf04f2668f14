"""Every service's events, as entries of the audit log."""

import uuid
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction
from chassis.events.projections import Record, records
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import sessions_pb2
from identity.audit.chain import FIRST, entry_hash
from identity.audit.table import audit_entries, audit_heads
from identity.sessions import happenings

# What is no resource with a contract, and is shown all the same.
_OWN: Mapping[str, type[Message]] = {happenings.RESOURCE: sessions_pb2.Session}


def record(transaction: Transaction, event: events_pb2.Event) -> None:
    """Append an event's changes to the organization's chain."""
    org_id = transaction.call.org_id
    transaction.execute(insert(audit_heads).values(org_id=org_id, number=0, hash=FIRST).on_conflict_do_nothing())
    head = transaction.execute(sa.select(audit_heads).where(audit_heads.c.org_id == org_id).with_for_update()).one()
    number, previous = head.number, bytes(head.hash)
    rows = []
    kind = _OWN.get(event.resource)
    for found in records(event, kind) if kind else records(event):
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
        "before": _shown(record.before, fields),
        "after": _shown(record.after, fields),
    }


def _shown(message: Message | None, fields: list[str]) -> dict[str, Any]:
    """The changed fields' values on one side."""
    if message is None:
        return {}
    values: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return {name: values[name] for name in {field.partition(".")[0] for field in fields} if name in values}
