"""A scan for duplicates, as a background job that goes on where it was stopped.

Each record's keys are written down in chunks; records that share one are a block, made by the database in one pass; the
pairs of each block are compared, never all pairs; and the pairs of which a rule holds make groups.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.database.bulk import insert_rows
from chassis.database.connection import Transaction, mapping
from chassis.ids import uuid7
from chassis.jobs import Job, JobHandler
from chassis.merges.merging import MOST
from chassis.parts import ServiceParts
from customers.duplicate_rules.resource import Rule, active_rules
from customers.duplicates.alike import Alike, Pair, blocking, grouped, hashed, judged, pairs_of
from customers.duplicates.table import (
    duplicate_blocks,
    duplicate_groups,
    duplicate_keys,
    duplicate_pairs,
    duplicate_verdicts,
)

KIND = "duplicate_scan"
SCANNED = ("accounts", "contacts", "leads")
_COLUMNS = ("id", "name", "other_name", "website", "email", "emails", "phone", "phones", "account_id", "company")
_ROWS = 4000
_BLOCKS = 1000
# Blocks are made of so many parts of the keys, so that no statement takes long.
_PARTS = 8
# Members of a block that are looked at.
_MOST_MEMBERS = 200
_PASSING = (duplicate_keys, duplicate_blocks, duplicate_pairs)


def run_scan(service: ServiceParts) -> JobHandler:
    """The job's handler."""

    def work(job: Job) -> None:
        ScanJob(service, job).work()

    return work


class ScanJob:
    """One scan. A chunk is a transaction, with where it ended."""

    def __init__(self, service: ServiceParts, job: Job) -> None:
        self._service = service
        self._job = job
        self._records = service.records[job.module]
        table = self._records.resource.table
        # What holds nothing is not even read: most have no further numbers and addresses.
        self._columns = [
            sa.func.nullif(table.c[name], sa.literal_column("'[]'::jsonb")).label(name)
            if name in ("emails", "phones")
            else table.c[name]
            for name in _COLUMNS
            if name in table.c
        ]
        self._rules: list[Rule] = active_rules(service.database, job.call, job.module)
        self._kinds = blocking(self._rules)

    def work(self) -> None:
        """Phase by phase, each a chunk at a time."""
        phases = {"begin": self._begin, "keys": self._keys, "blocks": self._blocks, "pairs": self._pairs}
        while (phase := self._job.data["phase"]) in phases and not self._job.cancelled:
            phases[phase]()
            self._tell("running")
        state = "cancelled" if self._job.data["phase"] in phases else "done"
        with self._job.write() as transaction:
            if state == "done":
                self._group(transaction)
            self._forget(transaction)
            self._job.save(transaction, state=state, step="")
        self._tell(state)

    def _begin(self) -> None:
        with self._job.write() as transaction:
            self._forget(transaction)
            table = self._records.resource.table
            counted = sa.select(sa.func.count()).select_from(table).where(*self._live())
            total = transaction.execute(counted).scalar_one()
            # A mark that a crash takes away with all that is not logged.
            transaction.execute(sa.insert(duplicate_keys).values(**self._own(), key=0, record_id=self._job.id))
            self._job.save(transaction, phase="keys", total=total, done=0, last="", part=0)

    def _keys(self) -> None:
        job, data = self._job, self._job.data
        with job.write() as transaction:
            rows = self._read(transaction, data["last"])
            found = [(hashed(key), row["id"]) for row in rows for key in set(self._alike(row).keys(self._kinds))]
            if found:
                transaction.connection.exec_driver_sql(
                    "INSERT INTO duplicate_keys (org_id, job_id, key, record_id)"
                    " SELECT %s, %s, key, record_id FROM unnest(%s::bigint[], %s::uuid[]) AS given (key, record_id)",
                    (
                        str(job.org_id),
                        str(job.id),
                        "{" + ",".join(str(key) for key, _ in found) + "}",
                        "{" + ",".join(str(record_id) for _, record_id in found) + "}",
                    ),
                )
            last = str(rows[-1]["id"]) if rows else data["last"]
            job.save(transaction, last=last, done=data["done"] + len(rows), phase="keys" if rows else "blocks")

    def _read(self, transaction: Transaction, last: str) -> list[Mapping[str, Any]]:
        table = self._records.resource.table
        wanted = sa.select(*self._columns).where(*self._live()).order_by(table.c.id).limit(_ROWS)
        if last:
            wanted = wanted.where(table.c.id > uuid.UUID(last))
        return [mapping(row) for row in transaction.execute(wanted)]

    def _blocks(self) -> None:
        job, part = self._job, self._job.data["part"]
        with job.write() as transaction:
            mark = sa.select(duplicate_keys.c.key).where(*self._mine(duplicate_keys), duplicate_keys.c.key == 0)
            if part == 0 and transaction.execute(mark.limit(1)).first() is None:
                job.save(transaction, phase="begin")
                return
            transaction.connection.exec_driver_sql(
                "INSERT INTO duplicate_blocks (org_id, job_id, members)"
                f" SELECT org_id, job_id, (array_agg(record_id ORDER BY record_id))[1:{_MOST_MEMBERS}]"
                f" FROM duplicate_keys WHERE org_id = %s AND job_id = %s AND (key & {_PARTS - 1}) = %s AND key <> 0"
                " GROUP BY org_id, job_id, key HAVING count(*) > 1",
                (str(job.org_id), str(job.id), part),
            )
            if part + 1 < _PARTS:
                job.save(transaction, part=part + 1)
                return
            counted = sa.select(sa.func.count().label("total"), sa.func.min(duplicate_blocks.c.id).label("first"))
            made = transaction.execute(counted.where(*self._mine(duplicate_blocks))).one()
            job.save(transaction, phase="pairs", total=made.total, done=0, block=(made.first or 0) - 1)

    def _pairs(self) -> None:
        job, data, table = self._job, self._job.data, duplicate_blocks.c
        with job.write() as transaction:
            wanted = sa.select(table.id, table.members).where(*self._mine(duplicate_blocks), table.id > data["block"])
            blocks = transaction.execute(wanted.order_by(table.id).limit(_BLOCKS)).all()
            if not blocks and data["done"] < data["total"]:  # a crash has emptied the table
                job.save(transaction, phase="begin")
                return
            known = self._known(transaction, {member for block in blocks for member in block.members})
            rows: dict[tuple[Any, Any], dict[str, Any]] = {}
            for block in blocks:
                for one, other in pairs_of([known[member] for member in block.members if member in known]):
                    pair = (min(one.id, other.id), max(one.id, other.id))
                    if pair not in rows and (found := judged(one, other, self._rules)):
                        score, reasons = found
                        rows[pair] = {"one": pair[0], "other": pair[1], "score": score, "reasons": reasons}
            if rows:
                ending = "ON CONFLICT DO NOTHING"
                insert_rows(
                    transaction.connection, duplicate_pairs, [self._own() | row for row in rows.values()], ending=ending
                )
            if blocks:
                job.save(transaction, block=blocks[-1].id, done=data["done"] + len(blocks))
            else:
                job.save(transaction, phase="groups")

    def _known(self, transaction: Transaction, wanted: set[uuid.UUID]) -> dict[uuid.UUID, Alike]:
        if not wanted:
            return {}
        table = self._records.resource.table
        rows = transaction.execute(sa.select(*self._columns).where(*self._live(), table.c.id.in_(wanted)))
        return {row.id: self._alike(mapping(row)) for row in rows}

    def _group(self, transaction: Transaction) -> None:
        """The groups of this scan in place of those that are open; the rest somebody has decided on."""
        org_id, module = self._job.org_id, self._job.module
        mine = (duplicate_groups.c.org_id == org_id, duplicate_groups.c.module == module)
        transaction.execute(sa.delete(duplicate_groups).where(*mine, duplicate_groups.c.state == "open"))
        found = [
            {
                "org_id": org_id,
                "id": uuid7(),
                "module": module,
                "score": score,
                "reasons": reasons,
                "members": members,
                "state": "open",
            }
            for members, score, reasons in grouped(self._open_pairs(transaction), MOST)
        ]
        for start in range(0, len(found), _ROWS):
            insert_rows(transaction.connection, duplicate_groups, found[start : start + _ROWS])
        self._job.save(transaction, groups=len(found))

    def _open_pairs(self, transaction: Transaction) -> list[Pair]:
        """Pairs that nobody has said are different."""
        pair, verdict = duplicate_pairs.c, duplicate_verdicts.c
        different = sa.exists().where(
            verdict.org_id == pair.org_id,
            verdict.module == self._job.module,
            verdict.one == pair.one,
            verdict.other == pair.other,
        )
        wanted = sa.select(pair.one, pair.other, pair.score, pair.reasons).where(
            *self._mine(duplicate_pairs), sa.not_(different)
        )
        return [(row.one, row.other, row.score, row.reasons) for row in transaction.execute(wanted)]

    def _forget(self, transaction: Transaction) -> None:
        for table in _PASSING:
            transaction.execute(sa.delete(table).where(*self._mine(table)))

    def _alike(self, row: Mapping[str, Any]) -> Alike:
        return Alike(row, self._job.module)

    def _live(self) -> Sequence[sa.ColumnElement[bool]]:
        table = self._records.resource.table
        return (table.c.org_id == self._job.org_id, table.c.delete_time.is_(None))

    def _own(self) -> dict[str, uuid.UUID]:
        return {"org_id": self._job.org_id, "job_id": self._job.id}

    def _mine(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        return (table.c.org_id == self._job.org_id, table.c.job_id == self._job.id)

    def _tell(self, state: str) -> None:
        data = self._job.data
        news = {"kind": KIND, "module": self._job.module, "state": state}
        counts = {"done": data.get("done", 0), "total": data.get("total", 0)}
        self._job.tell({"id": f"{self._service.name}-{self._job.id}", **news, **counts})
