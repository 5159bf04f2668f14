"""One merge, and taking it back, within a transaction of its caller's.

The records, the merge, what is noted for undo, the event that tells other services and the job that moves what this
service has are one transaction: nobody sees half of it, and whatever dies, what is to move is written down.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.authz.access import Access
from chassis.contract import all_resources, service_names
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError, PreconditionError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.merges.moving import begin_moving
from chassis.merges.tables import merges
from chassis.merges.values import Row, join
from chassis.parts import ServiceParts
from chassis.resources.records import Records
from chassis.resources.refs import bequeath
from chassis.resources.resource import Draft
from chassis.undo import Conflict, Undoer, remember
from guanxi.merges.v1 import merges_pb2

OPERATION = "merge"
KEPT = timedelta(days=30)
MOST = 10


@dataclass(frozen=True)
class Wanted:
    """What to merge: who goes on, who ends, and whose values are chosen."""

    survivor_id: uuid.UUID
    merged_ids: Sequence[uuid.UUID]
    fields: Mapping[str, str]


def event_of(service: str) -> str:
    """How events name a service's merges."""
    return f"{service}.Merge"


def as_system(transaction: Transaction) -> Transaction:
    """The same transaction with every right, in its caller's name: for what follows from what was allowed."""
    return Transaction(replace(transaction.call, access=Access.everything()), transaction.connection)


class Merger:
    """Merges records of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service

    def merge(self, transaction: Transaction, records: Records, wanted: Wanted, job_id: uuid.UUID | None = None) -> Any:
        """The row of the merge; tell of it with `tell`. Raises ServiceError where a record may not be merged."""
        merged = list(dict.fromkeys(wanted.merged_ids))
        if not merged or wanted.survivor_id in merged or len(merged) >= MOST:
            raise InvalidArgumentError.of("merged_ids", "MERGE_RECORDS", maximum=MOST)
        survivor, others = self._locked(transaction, records, wanted.survivor_id, merged)
        join(transaction.call, records.resource, survivor, others, wanted.fields)
        if survivor.values.get("owner_id") != (survivor.before or {}).get("owner_id"):
            _refuse_without(transaction, records, "assign", [survivor.id])
        system, merge_id = as_system(transaction), uuid7()
        records.resource.hooks.merging(system, survivor, others)
        ended = [Draft.of(row) for row in others]
        records.remove(system, ended, "merged")
        remember(system, merge_id, records.resource, ended, deleted=True)
        kind = records.resource.type
        bequeath(
            system,
            kind,
            [
                {"id": row.id, "version": row.values["version"], "merged_into": survivor.id, "delete_time": _now()}
                for row in ended
            ],
        )
        records.resource.hooks.prepare(system, [survivor])
        remember(system, merge_id, records.resource, records.move(system, [survivor], "merged"))
        made = sa.insert(merges).values(
            org_id=transaction.call.org_id,
            id=merge_id,
            module=records.resource.module,
            survivor_id=survivor.id,
            merged_ids=merged,
            user_id=transaction.call.principal.user_id,
            job_id=job_id,
            services=concerned(kind),
            state="running",
        )
        return transaction.execute(made.returning(merges)).one()

    def undo(self, transaction: Transaction, row: Any) -> Any:
        """The row of a merge that is being taken back; tell of it with `tell`."""
        if undo_until(row) is None:
            raise PreconditionError("MERGE_STATE")
        records = self._service.records[row.module]
        _refuse_without(transaction, records, "edit", [row.survivor_id])
        _refuse_without(transaction, records, "delete", row.merged_ids)
        if self._is_gone(transaction, row):
            raise PreconditionError("MERGE_SURVIVOR_GONE")
        undoer, conflicts = Undoer(row.id, self._service.records), []
        system = as_system(transaction)
        while True:
            looked, found = undoer.chunk(system)
            conflicts += found
            if not looked:
                break
        values = {"state": "undoing", "end_time": None, "conflicts": plain_conflicts(row.module, conflicts)}
        this = sa.update(merges).where(merges.c.org_id == row.org_id, merges.c.id == row.id)
        return transaction.execute(this.values(values).returning(merges)).one()

    def tell(self, transaction: Transaction, rows: Sequence[Any], *, undo: bool) -> None:
        """Have what refers to the records of these merges follow, here and in other services."""
        told: dict[str, list[merges_pb2.ToldMerge]] = {}
        for row in rows:
            told.setdefault(row.module, []).append(self._told(transaction, row))
        for found in told.values():
            changes = [Change(uuid.UUID(each.merge_id), 2 if undo else 1, None, each) for each in found]
            emit(transaction, event_of(self._service.name), "undone" if undo else "made", changes)
            begin_moving(transaction, self._service.name, found, undo=undo)

    def _told(self, transaction: Transaction, row: Any) -> merges_pb2.ToldMerge:
        records = self._service.records[row.module]
        table = records.resource.table
        mine = (table.c.org_id == row.org_id, table.c.id.in_(row.merged_ids))
        title = table.c[records.resource.contract.options.title]
        columns: list[sa.ColumnElement[Any]] = [table.c.id, table.c.version, title.label("title"), table.c.owner_id]
        ended = transaction.execute(sa.select(*columns).where(*mine).order_by(table.c.id))
        return merges_pb2.ToldMerge(
            merge_id=str(row.id),
            type=records.resource.type,
            survivor_id=str(row.survivor_id),
            ended=[
                merges_pb2.EndedRecord(
                    id=str(one.id), version=one.version, title=one.title or "", owner_id=str(one.owner_id or "")
                )
                for one in ended
            ],
        )

    def _locked(
        self, transaction: Transaction, records: Records, survivor_id: uuid.UUID, merged: Sequence[uuid.UUID]
    ) -> tuple[Draft, list[Row]]:
        everyone = [survivor_id, *merged]
        rows = records.lock(transaction, everyone, "view")
        if len(rows) < len(everyone):
            raise NotFoundError
        for operation in (OPERATION, "edit"):
            _refuse_without(transaction, records, operation, everyone)
        _refuse_without(transaction, records, "delete", merged)
        return Draft.of(rows[survivor_id]), [rows[record_id] for record_id in merged]

    def _is_gone(self, transaction: Transaction, row: Any) -> bool:
        """Whether the survivor is deleted, or merged with another by now."""
        table = self._service.records[row.module].resource.table
        mine = (table.c.org_id == row.org_id, table.c.id == row.survivor_id, table.c.delete_time.is_(None))
        return transaction.execute(sa.select(table.c.id).where(*mine)).first() is None


def _refuse_without(transaction: Transaction, records: Records, operation: str, wanted: Sequence[uuid.UUID]) -> None:
    """Raise PermissionDeniedError where an operation does not reach all of these records."""
    call = transaction.call
    reached: Iterable[uuid.UUID] = ()
    if call.access.scope(records.resource.module, operation) is not None:
        reached = records.lock(transaction, wanted, operation, deleted=True)
    if set(wanted) - set(reached):
        raise PermissionDeniedError("MERGE_DENIED")


def concerned(kind: str) -> list[str]:
    """Services whose records refer to a type, or may by fields that organizations add."""
    found = {
        contract.service
        for contract in all_resources().values()
        if contract.options.custom_fields
        or any(
            kind in (field.reference, *(inner.reference for inner in field.lines.values()))
            for field in contract.fields.values()
        )
    }
    return sorted(found & set(service_names()))


def undo_until(row: Any) -> datetime | None:
    """Until when a merge can be undone; None where it cannot, or not any more."""
    if row.state != "done":
        return None
    until: datetime = row.create_time + KEPT
    return until if until > _now() else None


def plain_conflicts(module: str, found: Sequence[Conflict]) -> list[dict[str, str]]:
    """What undo left as it is, in JSON; the first hundred."""
    return [{"module": module, "record_id": str(key), "code": item.reason} for key, item in found[:100]]


def _now() -> datetime:
    return datetime.now(UTC)
