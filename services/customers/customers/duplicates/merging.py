"""Merging many groups of duplicates, as a background job, and taking all of it back."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.jobs import Job, JobHandler
from chassis.merges import Merger, Wanted, merges
from chassis.parts import ServiceParts
from chassis.resources.drafting import EMPTY
from chassis.resources.records import Records
from chassis.resources.resource import Resource
from chassis.undo import in_halves
from customers.duplicates.sight import MERGED, OPEN, Sight
from customers.duplicates.table import duplicate_groups

KIND = "group_merge"
CHUNK = 20


def run_group_merge(service: ServiceParts) -> JobHandler:
    """The job's handler."""

    def work(job: Job) -> None:
        GroupMergeJob(service, job).work()

    return work


def survivor_of(resource: Resource, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The record with the most in it; of several such the oldest."""

    def order(row: Mapping[str, Any]) -> tuple[int, Any, Any]:
        filled = sum(row[columns[0]] not in (*EMPTY, False) for _, columns in resource.stored)
        return -filled - len(row.get("custom") or {}), row["create_time"], row["id"]

    return min(rows, key=order)


def settle_groups(
    transaction: Transaction, ended: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID]], undo: bool
) -> None:
    """Groups follow their records: merged with them, and open again with them."""
    groups, before, after = duplicate_groups.c, *((MERGED, OPEN) if undo else (OPEN, MERGED))
    for _, old, new in ended:
        held = sa.and_(groups.members.contains([old, new]), groups.org_id == transaction.call.org_id)
        transaction.execute(sa.update(duplicate_groups).where(held, groups.state == before).values(state=after))


class GroupMergeJob:
    """The merges of one job. A chunk of groups is a transaction: a group is merged with all that follows, or not at all."""

    def __init__(self, service: ServiceParts, job: Job) -> None:
        self._service = service
        self._job = job
        self._records: Records = service.records[job.module]
        self._merger = Merger(service)

    def work(self) -> None:
        """Do the step to its end."""
        job = self._job
        step = {"run": self._chunk, "undo": self._undo}[job.step]
        ending = "undone" if job.step == "undo" else "done"
        if "total" not in job.data:
            with job.write() as transaction:
                counted = sa.select(sa.func.count()).select_from(duplicate_groups).where(*self._meant())
                job.save(transaction, total=transaction.execute(counted).scalar_one())
        while step():
            self._tell(job.data["state"])
            if job.cancelled:
                ending = "cancelled"
                break
        with job.write() as transaction:
            job.save(transaction, state=ending, step="")
        self._tell(ending)

    def _meant(self) -> list[sa.ColumnElement[bool]]:
        """What the list shows to who began this: as likely by what they see, and by all that there is."""
        job, least = self._job, self._job.data["min_score"]
        sight = Sight(self._service.database, job.call, self._records)
        return [*sight.open_groups(least), duplicate_groups.c.score >= least]

    def _chunk(self) -> bool:
        """The next groups; False when there are none."""
        job, data, groups = self._job, self._job.data, duplicate_groups.c
        with job.write() as transaction:
            wanted = sa.select(groups.id, groups.members).where(*self._meant())
            if data["last"]:
                wanted = wanted.where(groups.id > uuid.UUID(data["last"]))
            found = transaction.execute(
                wanted.order_by(groups.id).limit(CHUNK).with_for_update(of=duplicate_groups)
            ).all()
            if not found:
                return False
            made: list[Any] = []

            def attempt(some: Sequence[Any]) -> None:
                made.extend([self._merge(transaction, group) for group in some])

            refused = {group.id for group, _ in in_halves(transaction, found, attempt)}
            rows = [row for row in made if row is not None]
            self._merger.tell(transaction, rows, undo=False)
            job.save(
                transaction,
                last=str(found[-1].id),
                done=data["done"] + len(found),
                merged=data["merged"] + len(rows),
                refused=data["refused"] + len(refused),
            )
        return True

    def _merge(self, transaction: Transaction, group: Any) -> Any:
        """The row of the merge; none where fewer than two of the group are left in the caller's sight: it is not closed."""
        rows = list(self._records.lock(transaction, group.members, "view").values())
        if len(rows) < 2:
            return None
        stays = survivor_of(self._records.resource, rows)["id"]
        others = [each["id"] for each in rows if each["id"] != stays]
        row = self._merger.merge(transaction, self._records, Wanted(stays, others, {}), self._job.id)
        this = sa.and_(duplicate_groups.c.org_id == self._job.org_id, duplicate_groups.c.id == group.id)
        transaction.execute(sa.update(duplicate_groups).where(this).values(state=MERGED))
        return row

    def _undo(self) -> bool:
        """The next merges, newest first; False when there are none."""
        job, data = self._job, self._job.data
        with job.write() as transaction:
            mine = (merges.c.org_id == job.org_id, merges.c.job_id == job.id)
            moving = sa.select(merges.c.id).where(*mine, merges.c.state == "running").limit(1)
            if transaction.execute(moving).first() is not None:
                raise TimeoutError("something is still to move; tried again later")
            wanted = sa.select(merges).where(*mine, merges.c.state == "done")
            if data["last"]:
                wanted = wanted.where(merges.c.id < uuid.UUID(data["last"]))
            found = transaction.execute(wanted.order_by(merges.c.id.desc()).limit(CHUNK).with_for_update()).all()
            if not found:
                return False
            undone: dict[uuid.UUID, Any] = {}

            def attempt(some: Sequence[Any]) -> None:
                undone.update({row.id: self._merger.undo(transaction, row) for row in some})

            refused = {row.id for row, _ in in_halves(transaction, found, attempt)}
            self._merger.tell(transaction, [row for key, row in undone.items() if key not in refused], undo=True)
            job.save(
                transaction,
                last=str(found[-1].id),
                done=data["done"] + len(found),
                refused=data["refused"] + len(refused),
            )
        return True

    def _tell(self, state: str) -> None:
        data = self._job.data
        news = {"kind": KIND, "module": self._job.module, "state": state, "done": data["done"], "total": data["total"]}
        self._job.tell({"id": f"{self._service.name}-{self._job.id}", **news})
