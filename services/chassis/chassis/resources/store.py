"""Drafts into rows: inserts, updates, external ids, custom values and events, the same for one record and for thousands."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import psycopg2.errors
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.database.bulk import insert_rows, update_rows
from chassis.database.connection import Transaction
from chassis.database.schema import custom_values, external_ids
from chassis.errors import AlreadyExistsError, Violation
from chassis.events.outbox import Change, emit
from chassis.resources.custom import ranged_values
from chassis.resources.drafting import changed_fields
from chassis.resources.projection import Projection
from chassis.resources.resource import Draft, Resource


class Store:
    """Writes one resource. Every method runs in the caller's transaction and emits the events."""

    def __init__(self, resource: Resource, projection: Projection) -> None:
        self.resource = resource
        self._projection = projection

    def lock(
        self, transaction: Transaction, conditions: Sequence[sa.ColumnElement[bool]]
    ) -> dict[uuid.UUID, Mapping[str, Any]]:
        """Rows under these conditions, locked in the order of their ids."""
        table = self.resource.table
        statement = (
            sa.select(*self.resource.columns, table.c.field_versions)
            .where(*conditions)
            .order_by(table.c.id)
            .with_for_update()
        )
        return {row["id"]: dict(row) for row in transaction.execute(statement).mappings()}

    def insert(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Create rows. Raises AlreadyExistsError naming the field that is taken."""
        if not drafts:
            return
        now = datetime.now(UTC)
        for draft in drafts:
            draft.values |= {"id": draft.id, "create_time": now, "update_time": now, "version": 1, "field_versions": {}}
        with taken(self.resource):
            insert_rows(transaction.connection, self.resource.table, self._rows(transaction, drafts))
            self._write_external_ids(transaction, drafts)
            self._write_custom_values(transaction, drafts)
        self._after(transaction, drafts, "created")

    def update(self, transaction: Transaction, drafts: Sequence[Draft], verb: str = "updated") -> list[Draft]:
        """Write changed rows, each one version further; returns those that did change."""
        now = datetime.now(UTC)
        written = []
        for draft in drafts:
            if not self.differs(draft):
                continue
            before, names = draft.before or {}, changed_fields(self.resource, draft)
            version = before["version"] + 1
            versions = {**(before.get("field_versions") or {}), **dict.fromkeys(names, version)}
            draft.values |= {"version": version, "update_time": now, "field_versions": versions}
            written.append(draft)
        if not written:
            return []
        with taken(self.resource):
            update_rows(transaction.connection, self.resource.table, self._rows(transaction, written))
            self._write_external_ids(transaction, written)
            self._write_custom_values(transaction, written)
        self._after(transaction, written, verb)
        return written

    def differs(self, draft: Draft) -> bool:
        """Whether there is anything to write: a field, or a column that is none and that a method or rule fills."""
        return bool(changed_fields(self.resource, draft)) or any(draft.changed(name) for name in self._own)

    def _rows(self, transaction: Transaction, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
        """Whole rows. A column that is no field, and that no rule filled, is left to the table's default."""
        columns = [name for name in self._columns if name in drafts[0].values]
        org_id, derived = transaction.call.org_id, self.resource.derived
        rows = []
        for draft in drafts:
            row = {name: draft.values.get(name) for name in columns}
            row.update(derived(draft.values))
            row["org_id"] = org_id
            rows.append(row)
        return rows

    @cached_property
    def _columns(self) -> list[str]:
        return [*(str(column.name) for column in self.resource.columns), "field_versions"]

    @cached_property
    def _own(self) -> list[str]:
        """Columns that hold no field and that the engine does not fill itself."""
        filled = {"id", "version", "create_time", "update_time", "created_by", "external_ids", "custom"}
        fields = {column for _, columns in self.resource.stored for column in columns}
        return [str(column.name) for column in self.resource.columns if column.name not in filled | fields]

    def _write_external_ids(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """A deleted record lets go of its external ids, and takes them back with it if they are still free."""
        scope = {"org_id": transaction.call.org_id, "module": self.resource.module}
        touched = [draft for draft in drafts if draft.changed("external_ids") or draft.changed("delete_time")]
        stale = [draft.id for draft in touched if draft.before and draft.before["external_ids"]]
        rows = [
            {**scope, "system": system, "external_id": value, "record_id": draft.id}
            for draft in touched
            for system, value in draft.values["external_ids"].items()
            if draft.values.get("delete_time") is None
        ]
        self._replace(transaction, external_ids, stale, rows)

    def _write_custom_values(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Custom values that can be ordered by have a table beside."""
        definitions = self.resource.definitions(transaction.call.organization)
        if not any(definition.ranged for definition in definitions.values()):
            return
        scope = {"org_id": transaction.call.org_id, "module": self.resource.module}
        touched = [draft for draft in drafts if draft.changed("custom")]
        rows = [
            {**scope, "record_id": draft.id, **row}
            for draft in touched
            for row in ranged_values(definitions, draft.values["custom"])
        ]
        self._replace(transaction, custom_values, [draft.id for draft in touched if draft.before], rows)

    def _replace(
        self, transaction: Transaction, table: sa.Table, stale: list[uuid.UUID], rows: list[dict[str, Any]]
    ) -> None:
        if stale:
            transaction.execute(
                sa.delete(table).where(
                    table.c.org_id == transaction.call.org_id,
                    table.c.module == self.resource.module,
                    table.c.record_id.in_(stale),
                )
            )
        if rows:
            insert_rows(transaction.connection, table, rows)

    def _after(self, transaction: Transaction, drafts: Sequence[Draft], verb: str) -> None:
        self.resource.hooks.written(transaction, drafts)
        emit(transaction, self.resource.type, verb, self._changes(transaction, drafts))

    def _changes(self, transaction: Transaction, drafts: Sequence[Draft]) -> Iterator[Change]:
        definitions = self.resource.definitions(transaction.call.organization)
        message = self._projection.message
        for draft in drafts:
            before = message(draft.before, definitions=definitions) if draft.before else None
            after = message(draft.values, definitions=definitions)
            yield Change(draft.id, draft.values["version"], before, after, tuple(changed_fields(self.resource, draft)))


class taken:  # noqa: N801 - reads as a word in `with taken(resource)`
    """Turns a violated unique constraint into AlreadyExistsError that names the field."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if not isinstance(error, IntegrityError) or not isinstance(error.orig, psycopg2.errors.UniqueViolation):
            return
        constraint = error.orig.diag.constraint_name or ""
        module = self._resource.module
        if constraint.startswith("external_ids"):
            raise AlreadyExistsError(violations=[Violation("external_ids", "TAKEN")]) from error
        if constraint.startswith(f"{module}_") and constraint.endswith("_unique"):
            field = constraint.removeprefix(f"{module}_").removesuffix("_unique")
            raise AlreadyExistsError(violations=[Violation(field, "TAKEN")]) from error
        raise AlreadyExistsError(violations=[Violation("id", "ID_TAKEN")]) from error
