"""Undo: removes what a job created, gives back what it changed and restores what it deleted, except where somebody
changed it since.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.database.connection import Transaction
from chassis.errors import Violation
from chassis.resources.records import Records
from chassis.resources.resource import Draft, Resource
from chassis.undo.changes import CREATED, DELETED, changes, columns_of, verb_of
from chassis.undo.halves import in_halves, violation_of

CHUNK_ROWS = 500


# A record that stays as it is, and why.
Conflict = tuple[uuid.UUID, Violation]
CHANGED_SINCE = "CHANGED_SINCE"


class Undoer:
    """Undoes the changes of one job, newest first."""

    def __init__(self, job_id: uuid.UUID, records: Mapping[str, Records], operations: Sequence[str] = ()) -> None:
        """`operations`: what must be allowed on each record; without any, who may undo the job undoes all of it, also
        what is somebody else's by now.
        """
        self._job_id = job_id
        self._records = records
        self._operations = operations

    def chunk(self, transaction: Transaction) -> tuple[int, list[Conflict]]:
        """Undo up to 500 changes: how many were looked at, and the records that stay as they are."""
        of_job = (changes.c.org_id == transaction.call.org_id, changes.c.job_id == self._job_id)
        newest = sa.select(changes).where(*of_job, sa.not_(changes.c.undone)).order_by(changes.c.id.desc())
        found = list(transaction.execute(newest.limit(CHUNK_ROWS)))
        conflicts: list[Conflict] = []
        run: list[Any] = []
        for change in found:
            if run and (run[-1].module, verb_of(run[-1])) != (change.module, verb_of(change)):
                conflicts += self._undo(transaction, run)
                run = []
            run.append(change)
        if run:
            conflicts += self._undo(transaction, run)
        transaction.execute(
            sa.update(changes).where(*of_job, changes.c.id.in_([change.id for change in found])).values(undone=True)
        )
        return len(found), conflicts

    def _undo(self, transaction: Transaction, run: Sequence[Any]) -> list[Conflict]:
        records, verb = self._records[run[0].module], verb_of(run[0])
        rows = records.lock(transaction, [change.record_id for change in run], None, deleted=verb == DELETED)
        refused = self._out_of_reach(transaction, records, run)
        present = [change for change in run if change.record_id in rows and change.record_id not in refused]
        undo = {CREATED: self._remove, DELETED: self._bring_back}.get(verb, self._restore)
        denied = [(record_id, Violation("", "PERMISSION_DENIED")) for record_id in sorted(refused & rows.keys())]
        return [*denied, *undo(transaction, records, present, rows)]

    def _out_of_reach(self, transaction: Transaction, records: Records, run: Sequence[Any]) -> set[uuid.UUID]:
        """Records that the caller may not change now. What the job itself gave away may be taken back."""
        kept = {change.record_id for change in run if "owner_id" not in (change.before or {})}
        refused: set[uuid.UUID] = set()
        for operation in self._operations:
            refused |= kept - records.lock(transaction, kept, operation, deleted=True).keys()
        return refused

    def _remove(
        self,
        transaction: Transaction,
        records: Records,
        run: Sequence[Any],
        rows: Mapping[uuid.UUID, Mapping[str, Any]],
    ) -> list[Conflict]:
        """Created records go, when they are as the job left them and nothing forbids it."""
        untouched = [change.record_id for change in run if rows[change.record_id]["version"] == change.version]
        drafts = [Draft.of(rows[key]) for key in untouched]
        refused = in_halves(transaction, drafts, lambda some: records.remove(transaction, some))
        touched = {change.record_id for change in run} - set(untouched)
        return [*_since(touched), *((draft.id, violation_of(error)) for draft, error in refused)]

    def _bring_back(
        self,
        transaction: Transaction,
        records: Records,
        run: Sequence[Any],
        rows: Mapping[uuid.UUID, Mapping[str, Any]],
    ) -> list[Conflict]:
        """Deleted records come back, unless somebody has brought them back before."""
        gone = [rows[change.record_id] for change in run if rows[change.record_id]["delete_time"] is not None]
        drafts = [Draft.of(row) for row in gone]
        refused = in_halves(transaction, drafts, lambda some: records.restore(transaction, some))
        return [(draft.id, violation_of(error)) for draft, error in refused]

    def _restore(
        self,
        transaction: Transaction,
        records: Records,
        run: Sequence[Any],
        rows: Mapping[uuid.UUID, Mapping[str, Any]],
    ) -> list[Conflict]:
        """Fields that hold what the job wrote get back what they held; the others are somebody's."""
        touched = set()
        drafts = []
        for change in run:
            row = rows[change.record_id]
            draft = Draft.of(row)
            versions = row["field_versions"] or {}
            later = [path for path in change.before if versions.get(path, 1) > change.version]
            if later:
                touched.add(draft.id)
            for path, columns in change.before.items():
                if path not in later:
                    _put_back(records.resource, draft, path, columns)
            drafts.append(draft)
        refused = in_halves(transaction, drafts, lambda some: records.write(transaction, some))
        failed = {draft.id: violation_of(error) for draft, error in refused}
        return [*_since(touched - failed.keys()), *failed.items()]


def _since(touched: Iterable[uuid.UUID]) -> Iterator[Conflict]:
    return ((record_id, Violation("", CHANGED_SINCE)) for record_id in sorted(touched))


def _put_back(resource: Resource, draft: Draft, path: str, columns: Mapping[str, Any]) -> None:
    name, _, key = path.partition(".")
    if not key:
        for column in columns_of(resource, path):
            draft.values[column] = decoded(resource.table.c[column], columns.get(column))
    elif columns.get(path) is None:
        draft.values[name].pop(key, None)
    else:
        draft.values[name][key] = columns[path]


def decoded(column: sa.Column[Any], value: Any) -> Any:
    """A column's value from JSON."""
    kind = column.type
    if value is None:
        return None
    if isinstance(kind, ARRAY):
        return [uuid.UUID(item) for item in value] if isinstance(kind.item_type, sa.Uuid) else value
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(value)
    if isinstance(kind, sa.Numeric):
        return Decimal(str(value))
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, sa.Date) else value
