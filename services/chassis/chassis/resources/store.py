"""Drafts into rows: inserts, updates, external ids, custom values and events, the same for one record and for thousands."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import psycopg2.errors
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.authz.organization import Definitions
from chassis.database.bulk import insert_rows, update_rows
from chassis.database.connection import Transaction
from chassis.database.schema import custom_values, external_ids, taken_values
from chassis.errors import AlreadyExistsError, Violation
from chassis.events.outbox import Change, emit
from chassis.resources.custom import number_drafts, ranged_rows, taken_rows
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
        number_drafts(transaction, self.resource, drafts)
        for draft in drafts:
            draft.values |= {"id": draft.id, "create_time": now, "update_time": now, "version": 1, "field_versions": {}}
        with taken(self.resource):
            insert_rows(transaction.connection, self.resource.table, self._rows(transaction, drafts))
            self._write_beside(transaction, drafts)
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
            self._write_beside(transaction, written)
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

    def _write_beside(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """What has tables of its own beside the row: external ids, custom values to order by, and values taken once.

        A deleted record lets go of its ids and of what it took, and takes them back with it if they are still free.
        """
        definitions = self.resource.definitions(transaction.call.organization)
        named = [draft for draft in drafts if draft.changed("external_ids") or draft.changed("delete_time")]
        self._replace(transaction, external_ids, named, _external)
        if any(field.ranged for field in definitions.values()):
            changed = [draft for draft in drafts if draft.changed("custom")]
            self._replace(transaction, custom_values, changed, lambda draft: _ranged(definitions, draft))
        if any(field.unique for field in definitions.values()):
            changed = [draft for draft in drafts if draft.changed("custom") or draft.changed("delete_time")]
            self._replace(transaction, taken_values, changed, lambda draft: _taken(definitions, draft))

    def _replace(
        self,
        transaction: Transaction,
        table: sa.Table,
        drafts: Sequence[Draft],
        rows_of: Callable[[Draft], Iterable[Mapping[str, Any]]],
    ) -> None:
        """The rows of these records, in place of those they had. Raises AlreadyExistsError naming custom values of others."""
        scope = {"org_id": transaction.call.org_id, "module": self.resource.module}
        stale = [draft.id for draft in drafts if not draft.is_new]
        if stale:
            transaction.execute(
                sa.delete(table).where(
                    table.c.org_id == scope["org_id"],
                    table.c.module == scope["module"],
                    table.c.record_id.in_(stale),
                )
            )
        rows = [{**scope, "record_id": draft.id, **row} for draft in drafts for row in rows_of(draft)]
        if table is taken_values:
            self._refuse_taken(transaction, rows)
        if rows:
            insert_rows(transaction.connection, table, rows)

    def _refuse_taken(self, transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
        """Name the fields whose values others hold. Who comes between is stopped by the key, which cannot name them."""
        table, wanted = taken_values, [(row["key"], row["value"]) for row in rows]
        if not wanted:
            return
        held = transaction.execute(
            sa.select(table.c.key, table.c.value).where(
                table.c.org_id == transaction.call.org_id,
                table.c.module == self.resource.module,
                sa.tuple_(table.c.key, table.c.value).in_(wanted),
            )
        )
        taken = Counter((row.key, row.value) for row in held) + Counter(wanted)
        problems = sorted({key for (key, _), times in taken.items() if times > 1})
        if problems:
            raise AlreadyExistsError(violations=[Violation(f"custom.{key}", "TAKEN") for key in problems])

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


def _external(draft: Draft) -> Iterator[dict[str, str]]:
    if draft.values.get("delete_time") is None:
        for system, value in draft.values["external_ids"].items():
            yield {"system": system, "external_id": value}


def _ranged(definitions: Definitions, draft: Draft) -> Iterator[dict[str, Any]]:
    return ranged_rows(definitions, draft.values["custom"])


def _taken(definitions: Definitions, draft: Draft) -> Iterator[dict[str, str]]:
    if draft.values.get("delete_time") is None:
        yield from taken_rows(definitions, draft.values["custom"])


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
        if constraint.startswith("taken_values"):
            raise AlreadyExistsError(violations=[Violation("custom", "TAKEN")]) from error
        if constraint.startswith(f"{module}_") and constraint.endswith("_unique"):
            field = constraint.removeprefix(f"{module}_").removesuffix("_unique")
            raise AlreadyExistsError(violations=[Violation(field, "TAKEN")]) from error
        raise AlreadyExistsError(violations=[Violation("id", "ID_TAKEN")]) from error
