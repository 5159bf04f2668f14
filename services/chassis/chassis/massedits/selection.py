"""Which records a mass edit means."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.database.schema import jobs
from chassis.errors import InvalidArgumentError
from chassis.massedits.tables import mass_edit_targets
from chassis.resources.records import Records, record_id

MOST_IDS = 5000


def conditions(call: Call, records: Records, selection: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """The records of a selection that the caller sees. Raises InvalidArgumentError, FilterError."""
    ids, text = selection.get("ids") or [], selection.get("filter") or ""
    if len(ids) > MOST_IDS:
        raise InvalidArgumentError.of("selection.ids", "TOO_MANY", maximum=MOST_IDS)
    if not ids and not text.strip() and not selection.get("everything"):
        raise InvalidArgumentError.of("selection", "REQUIRED")
    found = records.query.conditions(call, "view", deleted=False)
    if ids:
        return [*found, records.resource.table.c.id.in_([record_id(item, "selection.ids") for item in ids])]
    return [*found, *records.query.filter(call, text)]


def settle(transaction: Transaction, records: Records, job_id: uuid.UUID, selection: Mapping[str, Any]) -> int:
    """Write down which records are meant, in the order of their ids; how many they are."""
    call, table, targets = transaction.call, records.resource.table, mass_edit_targets
    over = sa.select(jobs.c.id).where(jobs.c.org_id == call.org_id, jobs.c.kind == "mass_edit", jobs.c.step == "")
    transaction.execute(sa.delete(targets).where(targets.c.org_id == call.org_id, targets.c.job_id.in_(over)))
    org, job = sa.literal(call.org_id, sa.Uuid), sa.literal(job_id, sa.Uuid)
    position = sa.func.row_number().over(order_by=table.c.id)
    wanted = sa.select(org, job, position, table.c.id).where(*conditions(call, records, selection))
    made = sa.insert(targets).from_select(["org_id", "job_id", "position", "record_id"], wanted)
    return int(transaction.execute(made).rowcount)


def next_targets(transaction: Transaction, job_id: uuid.UUID, size: int) -> Sequence[uuid.UUID]:
    """The next records, which are none of the next any more when this transaction is committed."""
    targets = mass_edit_targets
    mine = (targets.c.org_id == transaction.call.org_id, targets.c.job_id == job_id)
    first = sa.select(targets.c.position).where(*mine).order_by(targets.c.position).limit(size)
    gone = sa.delete(targets).where(*mine, targets.c.position.in_(first))
    rows = transaction.execute(gone.returning(targets.c.position, targets.c.record_id)).all()
    return [row.record_id for row in sorted(rows)]


def forget(transaction: Transaction, job_id: uuid.UUID) -> None:
    """The rest of the records are meant no more."""
    targets = mass_edit_targets
    transaction.execute(
        sa.delete(targets).where(targets.c.org_id == transaction.call.org_id, targets.c.job_id == job_id)
    )
