"""Drafts into rows: inserts, updates, external ids, custom values and events, the same for one record and for hundreds."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg2.errors
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.authz.snapshots import Organization
from chassis.database.connection import Transaction
from chassis.database.schema import custom_values, external_ids
from chassis.errors import AlreadyExistsError, Violation
from chassis.events.outbox import Change, emit
from chassis.resources.custom import Definitions, definitions_of, ranged_values
from chassis.resources.drafting import changed_fields
from chassis.resources.projection import Projection
from chassis.resources.resource import Draft, Resource


class Store:
    """Writes one resource. Every method runs in the caller's transaction and emits the events."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.projection = Projection(resource)

    def definitions(self, organization: Organization) -> Definitions:
        """The organization's own fields of this resource."""
        if not self.resource.has_custom:
            return {}
        return definitions_of(organization.custom_fields(self.resource.module))

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

    def insert(self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft]) -> None:
        """Create rows. Raises AlreadyExistsError naming the field that is taken."""
        if not drafts:
            return
        now = datetime.now(UTC)
        rows = []
        for draft in drafts:
            draft.values |= {"id": draft.id, "create_time": now, "update_time": now, "version": 1, "field_versions": {}}
            rows.append(self._row(transaction, draft))
        with taken(self.resource):
            transaction.execute(sa.insert(self.resource.table), rows)
            self._beside(transaction, organization, drafts)
        self._after(transaction, organization, drafts, "created")

    def update(
        self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft], verb: str = "updated"
    ) -> list[Draft]:
        """Write changed rows, each one version further; returns those that did change."""
        now = datetime.now(UTC)
        written = []
        for draft in drafts:
            names = changed_fields(self.resource, draft)
            if not names and not draft.changed("delete_time"):
                continue
            before = draft.before or {}
            version = before["version"] + 1
            versions = {**(before.get("field_versions") or {}), **dict.fromkeys(names, version)}
            draft.values |= {"version": version, "update_time": now, "field_versions": versions}
            written.append(draft)
        if not written:
            return []
        table = self.resource.table
        with taken(self.resource):
            for draft in written:
                row = self._row(transaction, draft)
                changed = {name: value for name, value in row.items() if name not in ("org_id", "id", "create_time")}
                transaction.execute(
                    sa.update(table).where(table.c.org_id == row["org_id"], table.c.id == draft.id).values(changed)
                )
            self._beside(transaction, organization, written)
        self._after(transaction, organization, written, verb)
        return written

    def mark_deleted(
        self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft], deleted: bool
    ) -> None:
        """Delete rows softly, or bring them back."""
        for draft in drafts:
            draft.values["delete_time"] = datetime.now(UTC) if deleted else None
        self.update(transaction, organization, drafts, "deleted" if deleted else "undeleted")

    def _row(self, transaction: Transaction, draft: Draft) -> dict[str, Any]:
        columns = self.resource.table.columns
        row = {name: value for name, value in draft.values.items() if name in columns}
        return {**row, **self.resource.derived(draft.values), "org_id": transaction.call.org_id, "id": draft.id}

    def _beside(self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft]) -> None:
        """Rows of the tables beside: external ids, custom values that can be ordered by."""
        call, module = transaction.call, self.resource.module
        definitions = self.definitions(organization)
        # A deleted record lets go of its external ids, and takes them back with it if they are still free.
        outer = [draft for draft in drafts if draft.changed("external_ids") or draft.changed("delete_time")]
        self._replace(
            transaction,
            external_ids,
            [draft.id for draft in outer if draft.before and draft.before["external_ids"]],
            [
                {"org_id": call.org_id, "module": module, "system": system, "external_id": value, "record_id": draft.id}
                for draft in outer
                for system, value in draft.values["external_ids"].items()
                if draft.values.get("delete_time") is None
            ],
        )
        if not any(definition.ranged for definition in definitions.values()):
            return
        inner = [draft for draft in drafts if draft.changed("custom")]
        self._replace(
            transaction,
            custom_values,
            [draft.id for draft in inner if draft.before],
            [
                {"org_id": call.org_id, "module": module, "record_id": draft.id, **row}
                for draft in inner
                for row in ranged_values(definitions, draft.values["custom"])
            ],
        )

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
            transaction.execute(sa.insert(table), rows)

    def _after(self, transaction: Transaction, organization: Organization, drafts: Sequence[Draft], verb: str) -> None:
        self.resource.hooks.written(transaction, drafts)
        definitions = self.definitions(organization)
        emit(
            transaction,
            self.resource.type,
            verb,
            (
                Change(
                    draft.id,
                    draft.values["version"],
                    self.projection.message(draft.before, definitions=definitions) if draft.before else None,
                    self.projection.message(draft.values, definitions=definitions),
                    tuple(changed_fields(self.resource, draft)),
                )
                for draft in drafts
            ),
        )


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
