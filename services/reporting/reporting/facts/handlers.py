"""Event handlers: bring facts level with the newest version of each record, in any order of arrival."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2
from sqlalchemy.dialects.postgresql import insert

from chassis import ids
from chassis.database.connection import Transaction
from chassis.events.projections import keep_newest, records
from chassis.fieldcontract import MessageField
from chassis.resources.kinds import money_amount
from guanxi.events.v1 import events_pb2
from reporting.facts.table import FACTS, contract_of, fields_of, freshness

_KEPT = frozenset(("org_id", "id", "version", "deleted"))


def follow(transaction: Transaction, event: events_pb2.Event) -> None:
    """Apply an event's changes where they are newer than what is known."""
    table = FACTS[event.resource]
    found = records(event)
    keep_newest(
        transaction, table, [row_of(table, item.after, item.version) for item in found if item.after is not None]
    )
    freshen(transaction, event.time.ToDatetime(UTC))


def freshen(transaction: Transaction, time: datetime) -> None:
    """Facts hold what happened until then."""
    transaction.execute(_FRESHEN, {"org_id": transaction.call.org_id, "time": time})


_inserted = insert(freshness)
_FRESHEN = _inserted.on_conflict_do_update(
    index_elements=["org_id"], set_={"time": sa.func.greatest(freshness.c.time, _inserted.excluded.time)}
)


def row_of(table: sa.Table, record: Any, version: int) -> dict[str, Any]:
    """The fact that a record is; the organization is the transaction's."""
    fields = contract_of(table).fields
    row = {"id": ids.parse(record.id), "version": version, "deleted": record.HasField("delete_time")}
    for column in table.columns:
        if column.name not in _KEPT:
            value = _value(column, fields[fields_of(column)[0]], record)
            row[str(column.name)] = "" if value is None and not column.nullable else value
    return row


def _value(column: sa.Column[Any], field: MessageField, record: Message) -> Any:
    if field.descriptor.has_presence and not record.HasField(field.name):
        return None
    value = getattr(record, field.name)
    if isinstance(value, money_pb2.Money):
        return money_amount(value) if isinstance(column.type, sa.Numeric) else value.currency_code
    convert = _CONVERSIONS.get(field.kind)
    return convert(value) if convert else value


def _day(value: date_pb2.Date) -> date | None:
    return date(value.year, value.month, value.day) if value.year else None


def _time(value: Timestamp) -> datetime:
    return value.ToDatetime(UTC)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {"reference": ids.parse, "date": _day, "time": _time}
