"""Projections: rows kept level with records that another service owns, as its events tell of them.

def follow(transaction: Transaction, event: events_pb2.Event) -> None:
    rows = [row_of(record) for record in records(event, accounts_pb2.Account) if record.after is not None]
    keep_newest(transaction, account_facts, rows)

Events come again, and late: the version decides what a row tells, never the order of arrival.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

import sqlalchemy as sa
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

from chassis.contract import find_resource
from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction
from guanxi.events.v1 import events_pb2

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Record(Generic[M]):
    """One record's change. Each side is unpacked when it is first asked for."""

    change: events_pb2.Change
    kind: type[M] | None

    @cached_property
    def id(self) -> uuid.UUID:
        """Id of the record."""
        return uuid.UUID(self.change.id)

    @property
    def version(self) -> int:
        """The record's version after the change."""
        return self.change.version

    @cached_property
    def before(self) -> M | None:
        """The record before; None when there was none, or of another kind."""
        return self._unpacked(self.change.before) if self.change.HasField("before") else None

    @cached_property
    def after(self) -> M | None:
        """The record after; None when it is gone, or of another kind."""
        return self._unpacked(self.change.after) if self.change.HasField("after") else None

    def _unpacked(self, packed: AnyMessage) -> M | None:
        if self.kind is None:
            return None
        message = self.kind()
        return message if packed.Unpack(message) else None


@overload
def records(event: events_pb2.Event) -> Iterator[Record[Any]]: ...
@overload
def records(event: events_pb2.Event, kind: type[M]) -> Iterator[Record[M]]: ...
def records(event: events_pb2.Event, kind: type[Any] | None = None) -> Iterator[Record[Any]]:
    """What an event tells of each record, oldest first. `kind` is the message of the event's resource unless given;
    where no contract knows the resource both sides are None.
    """
    if kind is None:
        contract = find_resource(event.resource)
        kind = contract.message if contract else None
    for change in event.changes:
        yield Record(change, kind)


def keep_newest(
    transaction: Transaction,
    table: sa.Table,
    rows: Iterable[Mapping[str, Any]],
    key: Sequence[str] = ("org_id", "id"),
    *,
    anew: bool = False,
) -> None:
    """Insert rows, or update them where what is there is of an older `version`; with `anew` also of the same, which a
    rebuild may read otherwise than was done before.

    All rows have the same columns; `org_id` is the transaction's. Of several rows with one key the newest counts.
    """
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for given in rows:
        row = {"org_id": transaction.call.org_id, **given}
        found = tuple(row[name] for name in key)
        if found not in newest or newest[found]["version"] < row["version"]:
            newest[found] = row
    if not newest:
        return
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in next(iter(newest.values())) if name not in key)
    older = f'"{table.name}".version {"<=" if anew else "<"} excluded.version'
    ending = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed} WHERE {older}"
    # In one order, so that two workers with the same records wait for each other and do not deadlock.
    insert_rows(transaction.connection, table, [newest[found] for found in sorted(newest)], ending=ending)
