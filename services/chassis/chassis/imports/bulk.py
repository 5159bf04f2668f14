"""Many rows at once: what `Store.insert` does, in statements that do not grow with the rows.

SQLAlchemy's multi-row INSERT costs 300 µs of Python a row; one JSON document for all rows costs 5.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa

from chassis.authz.snapshots import Organization
from chassis.database.connection import Transaction
from chassis.database.schema import custom_values, external_ids
from chassis.events.outbox import Change, emit
from chassis.resources.custom import Definitions, ranged_values
from chassis.resources.drafting import changed_fields
from chassis.resources.resource import Draft
from chassis.resources.store import Store, taken

_EMPTY: tuple[Any, ...] = (None, "", [])


def insert_rows(transaction: Transaction, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT rows that have the same columns. Decimals go digit for digit, JSON columns as they are."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in rows[0])
    document = orjson.dumps(rows, default=_encode).decode()
    statement = (
        f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM json_populate_recordset(NULL::"{table.name}", %s)'
    )
    transaction.connection.exec_driver_sql(statement, (document,))


def update_rows(transaction: Transaction, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """UPDATE rows by organization and id; all have the same columns."""
    changed = ", ".join(f'"{name}" = s."{name}"' for name in rows[0] if name not in ("org_id", "id"))
    document = orjson.dumps(rows, default=_encode).decode()
    statement = (
        f'UPDATE "{table.name}" t SET {changed} FROM json_populate_recordset(NULL::"{table.name}", %s) s'
        " WHERE t.org_id = s.org_id AND t.id = s.id"
    )
    transaction.connection.exec_driver_sql(statement, (document,))


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    return str(value)


class BulkStore(Store):
    """A store whose inserts and updates take thousands of rows."""

    @cached_property
    def _filled(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(name, found.columns) for name, found in self.resource.bindings.items() if found.columns]

    @cached_property
    def _columns(self) -> list[str]:
        return [*(str(column.name) for column in self.resource.columns), "field_versions"]

    def insert(self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft]) -> None:
        """Create rows. Raises AlreadyExistsError naming the field that is taken."""
        if not drafts:
            return
        now = datetime.now(UTC)
        org_id, derived, columns = transaction.call.org_id, self.resource.derived, self._columns
        rows = []
        for draft in drafts:
            values = draft.values
            values |= {"id": draft.id, "create_time": now, "update_time": now, "version": 1, "field_versions": {}}
            row = {name: values.get(name) for name in columns}
            row.update(derived(values))
            row["org_id"] = org_id
            rows.append(row)
        definitions = self.definitions(organization)
        with taken(self.resource):
            insert_rows(transaction, self.resource.table, rows)
            self._insert_beside(transaction, definitions, drafts)
        self.resource.hooks.written(transaction, drafts)
        emit(transaction, self.resource.type, "created", self._changes(drafts, definitions))

    def update(
        self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft], verb: str = "updated"
    ) -> list[Draft]:
        """Write changed rows, each one version further; returns those that did change."""
        now = datetime.now(UTC)
        org_id, derived, columns = transaction.call.org_id, self.resource.derived, self._columns
        written, rows = [], []
        for draft in drafts:
            names = changed_fields(self.resource, draft)
            if not names and not draft.changed("delete_time"):
                continue
            before, values = draft.before or {}, draft.values
            version = before["version"] + 1
            versions = {**(before.get("field_versions") or {}), **dict.fromkeys(names, version)}
            values |= {"version": version, "update_time": now, "field_versions": versions}
            row = {name: values.get(name) for name in columns}
            row.update(derived(values))
            row["org_id"] = org_id
            written.append(draft)
            rows.append(row)
        if not written:
            return []
        with taken(self.resource):
            update_rows(transaction, self.resource.table, rows)
            self._beside(transaction, organization, written)
        self._after(transaction, organization, written, verb)
        return written

    def _insert_beside(self, transaction: Transaction, definitions: Definitions, drafts: Sequence[Draft]) -> None:
        scope = {"org_id": transaction.call.org_id, "module": self.resource.module}
        outer = [
            {**scope, "system": system, "external_id": value, "record_id": draft.id}
            for draft in drafts
            for system, value in draft.values["external_ids"].items()
        ]
        insert_rows(transaction, external_ids, outer)
        if any(definition.ranged for definition in definitions.values()):
            inner = [
                {**scope, "record_id": draft.id, **row}
                for draft in drafts
                for row in ranged_values(definitions, draft.values["custom"])
            ]
            insert_rows(transaction, custom_values, inner)

    def _changes(self, drafts: Sequence[Draft], definitions: Definitions) -> Iterator[Change]:
        message: Callable[..., Any] = self.projection.message
        for draft in drafts:
            values = draft.values
            names = [name for name, columns in self._filled if values.get(columns[0]) not in _EMPTY]
            names += [f"external_ids.{system}" for system in sorted(values["external_ids"])]
            names += [f"custom.{key}" for key in sorted(values.get("custom") or ())]
            yield Change(draft.id, 1, None, message(values, definitions=definitions), tuple(names))
