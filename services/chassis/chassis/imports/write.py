"""Staged rows to records: drafts made as the standard records make them, written a chunk at a time."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.errors import ServiceError, Violation
from chassis.imports.cells import CellReader
from chassis.imports.plan import Plan
from chassis.imports.staging import Staging
from chassis.imports.tables import import_refusals
from chassis.resources.drafting import EMPTY, blank_draft, missing
from chassis.resources.lines import as_stored
from chassis.resources.records import Records
from chassis.resources.resource import Draft
from chassis.undo import in_halves, remember, violation_of

CHUNK_ROWS = 1000
_MOST_KNOWN = 100_000


@dataclass
class StagedRow:
    """A row to be written: the record's id, and whether it is there already."""

    number: int
    raw: dict[str, str]
    id: uuid.UUID
    existing: bool


class Writer:
    """Writes the rows of one plan."""

    def __init__(self, plan: Plan, staging: Staging, records: Records) -> None:
        self._plan = plan
        self._staging = staging
        self._records = records
        self._reader = CellReader(plan)
        self._required = [
            name for name, found in plan.resource.bindings.items() if found.contract.required and found.columns
        ]
        self._inputs = {name for name, found in plan.resource.bindings.items() if not found.columns}
        self._pointing = [(source.path, source.kind == "references") for source in plan.references]
        self._asked = any(field.required for field in plan.definitions.values())
        self._known: dict[tuple[str, str], list[uuid.UUID]] = {}

    def write(self, transaction: Transaction, rows: Sequence[StagedRow]) -> None:
        """Write the rows; one that is refused is left out and told, the others go in."""
        self._learn(transaction, rows)
        refused = in_halves(transaction, rows, lambda some: self._attempt(transaction, some))
        if refused:
            told = [self._refusal(transaction, row, violation_of(error)) for row, error in refused]
            transaction.execute(sa.insert(import_refusals), told)

    def _refusal(self, transaction: Transaction, row: StagedRow, item: Violation) -> dict[str, Any]:
        return {
            "org_id": transaction.call.org_id,
            "job_id": self._staging.job_id,
            "number": row.number,
            "field": item.field,
            "code": item.reason,
            "value": row.raw.get(item.field, "")[:500],
            "values": {name: str(value)[:200] for name, value in item.values.items()},
        }

    def _attempt(self, transaction: Transaction, rows: Sequence[StagedRow]) -> None:
        before = self._locked(transaction, [row.id for row in rows if row.existing])
        drafts = [self._draft(transaction, row, before.get(row.id)) for row in rows]
        written = self._records.write(transaction, drafts)
        remember(transaction, self._staging.job_id, self._plan.resource, written)

    def _locked(self, transaction: Transaction, ids: list[uuid.UUID]) -> dict[uuid.UUID, Mapping[str, Any]]:
        return self._records.lock(transaction, ids, "edit") if ids else {}

    def _learn(self, transaction: Transaction, rows: Sequence[StagedRow]) -> None:
        """What the references of these rows were found to mean."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        for source in self._plan.references:
            path = source.path
            texts = {row.raw[path] for row in rows if path in row.raw and (path, row.raw[path]) not in self._known}
            if not texts:
                continue
            for value in self._staging.rows(
                transaction,
                "SELECT value, targets FROM import_values WHERE org_id = :org AND job_id = :job AND field = :field"
                " AND value = ANY(:texts)",
                field=path,
                texts=list(texts),
            ):
                self._known[path, value.value] = value.targets

    def _draft(self, transaction: Transaction, row: StagedRow, before: Mapping[str, Any] | None) -> Draft:
        """Raises ServiceError for a row that the importer may not write like this."""
        call, resource = transaction.call, self._plan.resource
        reading = self._reader.read(row.raw)
        draft = blank_draft(call, resource, row.id) if before is None else Draft.of(before)
        draft.given, values = frozenset(row.raw), draft.values
        values.update(reading.values)
        for name in self._inputs & reading.values.keys():
            draft.inputs[name] = values.pop(name)
        for path, several in self._pointing:
            if path in row.raw:
                targets = self._known[path, row.raw[path]]
                if path.startswith("custom."):
                    found = as_stored(list(targets) if several else targets[0])
                    values["custom"][path.removeprefix("custom.")] = found
                else:
                    values[path] = list(targets) if several else targets[0]
        if reading.external:
            draft.values["external_ids"].update(reading.external)
        if reading.custom:
            draft.values["custom"].update({key: value for key, value in reading.custom.items() if value is not None})
        incomplete = self._asked or any(draft.values.get(name) in EMPTY for name in self._required)
        problems = missing(resource, draft, self._plan.definitions) if incomplete else []
        if problems:
            raise RowError(problems[0])
        return draft


class RowError(ServiceError):
    """One row cannot be written."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.reason, violations=[violation])


def create_named(transaction: Transaction, records: Records, staging: Staging, named: Mapping[uuid.UUID, str]) -> None:
    """Create records that have only a title, unless they are there already."""
    resource = records.resource
    table = resource.table
    there = set(
        transaction.execute(
            sa.select(table.c.id).where(table.c.org_id == transaction.call.org_id, table.c.id.in_(named))
        ).scalars()
    )
    drafts = []
    title = resource.contract.options.title
    for record_id, name in named.items():
        if record_id in there:
            continue
        draft = blank_draft(transaction.call, resource, record_id, {title})
        draft.values.update(resource.bindings[title].check(name))
        drafts.append(draft)
    remember(transaction, staging.job_id, resource, records.write(transaction, drafts))
