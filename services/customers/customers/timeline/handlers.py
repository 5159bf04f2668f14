"""The event handler that writes timelines. Events come again, and late: an entry's id is made of the event's."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis import ids
from chassis.authz.organization import Definitions
from chassis.contract import ResourceContract, resource_of
from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction
from chassis.events.projections import Record, records
from chassis.merges import MOVED
from chassis.plain import changed_values, plain_values
from customers.timeline.rules import LONGEST, MOMENTS, is_told, places_of
from customers.timeline.table import timeline_entries, timeline_places
from guanxi.events.v1 import events_pb2


def follow(transaction: Transaction, event: events_pb2.Event) -> None:
    """Write what an event tells on the timelines of the customers it concerns."""
    contract = resource_of(event.resource)
    definitions = transaction.call.organization.definitions(contract.module)
    if event.resource in MOMENTS:
        _moments(transaction, event, contract)
        return
    found = list(records(event))
    rows, places = [], []
    for record in found:
        standing = _places(contract, record, definitions)
        if standing and _is_told(event, contract, record):
            rows.append(_row(event, contract, record, uuid.uuid5(uuid.UUID(event.id), record.change.id)))
            places += _standing(rows[-1], standing)
    _write(transaction, rows, places)
    written = {row["record_id"] for row in rows}
    _level(transaction, written)
    _rename(transaction, event, contract, [record for record in found if record.id not in written])


def _is_told(event: events_pb2.Event, contract: ResourceContract, record: Record[Any]) -> bool:
    """Of updates, those that somebody made. What a merge moved stands on the survivor's timeline already."""
    if event.verb == MOVED:
        return False
    if event.verb != "updated":
        return True
    names = (name.partition(".")[0] for name in record.change.changed_fields)
    return any(name not in contract.fields or is_told(contract.fields[name]) for name in names)


def _places(contract: ResourceContract, record: Record[Any], definitions: Definitions | None = None) -> set[uuid.UUID]:
    """The customers it concerns: those it is about now, and those it was about before. A customer's own beginning is
    told by its record.
    """
    sides = [side for side in (record.before, record.after) if side is not None]
    fields = places_of(contract, definitions)
    named = {ids.parse(text) for side in sides for field in fields for text in _texts(side, field)}
    return {place for place in named if place is not None} - ({record.id} if record.before is None else set())


def _texts(side: Any, field: str) -> list[str]:
    """The ids in a field of a message."""
    name, _, key = field.partition(".")
    if not key:
        return [str(getattr(side, name))]
    held = side.custom.get(key)
    return [] if held is None else [held.text, *held.texts.values]


def _row(
    event: events_pb2.Event, contract: ResourceContract, record: Record[Any], entry_id: uuid.UUID
) -> dict[str, Any]:
    fields = list(record.change.changed_fields)
    side = record.after if record.after is not None else record.before
    return {
        "id": entry_id,
        "time": event.time.ToDatetime(UTC),
        "module": contract.module,
        "record_id": record.id,
        **_naming(contract, side),
        "version": record.version,
        "verb": event.verb,
        "actor_id": ids.parse(event.actor.user_id),
        "changed_fields": fields,
        "before": _values(contract, record.before, fields),
        "after": _values(contract, record.after, fields),
    }


def _naming(contract: ResourceContract, side: Any) -> dict[str, Any]:
    """What the record is called, and whose it is."""
    shared = [user_id for name in contract.options.shared_with for user_id in getattr(side, name)]
    return {
        "title": str(getattr(side, contract.options.title))[:LONGEST],
        "owner_id": ids.parse(side.owner_id) if contract.options.owned else None,
        "shared_with": [uuid.UUID(user_id) for user_id in shared],
    }


def _values(contract: ResourceContract, side: Any, fields: list[str]) -> dict[str, Any]:
    shown = plain_values(contract, changed_values(side, fields))
    return {name: value[:LONGEST] if isinstance(value, str) else value for name, value in shown.items()}


def _standing(row: Mapping[str, Any], places: Iterable[uuid.UUID]) -> list[dict[str, Any]]:
    shared = {"time": row["time"], "entry_id": row["id"], "module": row["module"]}
    return [{"place_id": place, **shared} for place in sorted(places)]


def _write(transaction: Transaction, rows: list[dict[str, Any]], places: list[dict[str, Any]]) -> None:
    org_id = transaction.call.org_id
    for table, given in ((timeline_entries, rows), (timeline_places, places)):
        if given:
            insert_rows(
                transaction.connection,
                table,
                [{"org_id": org_id, **row} for row in given],
                ending="ON CONFLICT DO NOTHING",
            )


def _rename(
    transaction: Transaction, event: events_pb2.Event, contract: ResourceContract, found: list[Record[Any]]
) -> None:
    """Entries of before are called, and belong, as a record is and does now that got no entry by it."""
    naming = {contract.options.title, "owner_id", *contract.options.shared_with}
    for record in found:
        if record.before is None or record.after is None or naming.isdisjoint(record.change.changed_fields):
            continue
        table = timeline_entries
        theirs = (table.c.org_id == transaction.call.org_id, table.c.record_id == record.id)
        older = sa.update(table).where(*theirs, table.c.version < record.version)
        transaction.execute(older.values(**_naming(contract, record.after)))


def _level(transaction: Transaction, record_ids: Collection[uuid.UUID]) -> None:
    """Entries are called, and belong, as the newest of their record says, in whatever order they came."""
    if record_ids:
        given = {"org_id": transaction.call.org_id, "record_ids": sorted(record_ids)}
        transaction.execute(_LEVEL, given)


_LEVEL = sa.text(
    """
    UPDATE timeline_entries AS older SET title = newest.title, owner_id = newest.owner_id, shared_with = newest.shared_with
    FROM (
        SELECT DISTINCT ON (record_id) record_id, version, title, owner_id, shared_with FROM timeline_entries
        WHERE org_id = :org_id AND record_id = ANY(:record_ids) ORDER BY record_id, version DESC
    ) AS newest
    WHERE older.org_id = :org_id AND older.record_id = newest.record_id AND older.version < newest.version
        AND (older.title, older.owner_id, older.shared_with)
            IS DISTINCT FROM (newest.title, newest.owner_id, newest.shared_with)
    """
).bindparams(sa.bindparam("record_ids", type_=ARRAY(sa.Uuid)), sa.bindparam("org_id", type_=sa.Uuid))


def _moments(transaction: Transaction, event: events_pb2.Event, contract: ResourceContract) -> None:
    """Records that are entries themselves: the newest version of each, while it is not deleted."""
    table = timeline_entries
    for record in records(event):
        theirs = (table.c.org_id == transaction.call.org_id, table.c.id == record.id)
        known = transaction.execute(sa.select(table.c.version).where(*theirs).with_for_update()).scalar()
        if record.after is None or (known is not None and known >= record.version):
            continue
        transaction.execute(sa.delete(table).where(*theirs))
        fields = [field.name for field, _ in record.after.ListFields() if field.name in contract.fields]
        told = events_pb2.Event(
            verb="created", time=event.time, actor=events_pb2.Actor(user_id=record.after.created_by)
        )
        row = _row(told, contract, record, record.id)
        moment: datetime = getattr(record.after, MOMENTS[event.resource]).ToDatetime(UTC)
        row |= {
            "time": moment,
            "changed_fields": fields,
            "before": {},
            "after": _values(contract, record.after, fields),
        }
        gone = record.after.HasField("delete_time")
        _write(transaction, [row], [] if gone else _standing(row, _places(contract, record)))
