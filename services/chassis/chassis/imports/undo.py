"""Undo: removes what an import created and restores what it changed, except where somebody changed it since."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.database.connection import Transaction
from chassis.imports.staging import Staging
from chassis.imports.tables import import_changes
from chassis.imports.write import columns_of, in_halves
from chassis.resources.records import Records
from chassis.resources.resource import Draft, Resource

CHUNK_ROWS = 500


class Undoer:
    """Undoes the changes of one job, newest first."""

    def __init__(self, staging: Staging, records: Mapping[str, Records]) -> None:
        self._staging = staging
        self._records = records

    def chunk(self, transaction: Transaction) -> tuple[int, int]:
        """Undo up to 500 changes: how many were looked at, and how many records stay as they are."""
        table = import_changes
        changes = list(
            transaction.execute(
                sa.select(table)
                .where(*self._staging.of(table), sa.not_(table.c.undone))
                .order_by(table.c.id.desc())
                .limit(CHUNK_ROWS)
            )
        )
        conflicts = 0
        run: list[Any] = []
        for change in changes:
            if run and (run[-1].module, run[-1].before is None) != (change.module, change.before is None):
                conflicts += self._undo(transaction, run)
                run = []
            run.append(change)
        if run:
            conflicts += self._undo(transaction, run)
        transaction.execute(
            sa.update(table)
            .where(*self._staging.of(table), table.c.id.in_([change.id for change in changes]))
            .values(undone=True)
        )
        return len(changes), conflicts

    def _undo(self, transaction: Transaction, changes: Sequence[Any]) -> int:
        records = self._records[changes[0].module]
        # Whoever may undo an import undoes all of it, also what is somebody else's by now.
        rows = records.lock(transaction, [change.record_id for change in changes], None)
        present = [change for change in changes if change.record_id in rows]
        if changes[0].before is None:
            return self._remove(transaction, records, present, rows)
        return self._restore(transaction, records, present, rows)

    def _remove(
        self,
        transaction: Transaction,
        records: Records,
        changes: Sequence[Any],
        rows: Mapping[uuid.UUID, Mapping[str, Any]],
    ) -> int:
        """Created records go, when they are as the import left them and nothing forbids it."""
        untouched = [change.record_id for change in changes if rows[change.record_id]["version"] == change.version]
        drafts = [Draft.of(rows[key]) for key in untouched]
        refused = in_halves(transaction, drafts, lambda some: records.remove(transaction, some))
        return len(changes) - len(untouched) + len(refused)

    def _restore(
        self,
        transaction: Transaction,
        records: Records,
        changes: Sequence[Any],
        rows: Mapping[uuid.UUID, Mapping[str, Any]],
    ) -> int:
        """Fields that hold what the import wrote get back what they held; the others are somebody's."""
        conflicts = set()
        drafts = []
        for change in changes:
            row = rows[change.record_id]
            draft = Draft.of(row)
            versions = row["field_versions"] or {}
            later = [path for path in change.before if versions.get(path, 1) > change.version]
            if later:
                conflicts.add(draft.id)
            for path, columns in change.before.items():
                if path not in later:
                    _put_back(records.resource, draft, path, columns)
            drafts.append(draft)
        refused = in_halves(transaction, drafts, lambda some: records.write(transaction, some))
        return len(conflicts | {draft.id for draft, _ in refused})


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
