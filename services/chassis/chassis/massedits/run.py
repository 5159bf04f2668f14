"""A mass edit and its undo, as background jobs that go on where they were stopped."""

import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format

from chassis.database.connection import Transaction
from chassis.errors import Violation
from chassis.jobs import Job, JobHandler
from chassis.massedits.edit import Edit, compile_edit
from chassis.massedits.selection import forget, next_targets, settle
from chassis.massedits.tables import mass_edit_refusals
from chassis.parts import ServiceParts
from chassis.resources.resource import Draft, Resource
from chassis.undo import Conflict, Undoer, in_halves, remember, violation_of
from guanxi.massedits.v1 import mass_edits_pb2

KIND = "mass_edit"
CHUNK = 500
_TELL_SECONDS = 0.5


def run_mass_edit(service: ServiceParts) -> JobHandler:
    """The job's handler."""

    def work(job: Job) -> None:
        MassEditJob(service, job).work()

    return work


def changes_of(data: dict[str, Any]) -> list[mass_edits_pb2.FieldChange]:
    """The changes as a job's data keeps them."""
    return [json_format.ParseDict(item, mass_edits_pb2.FieldChange()) for item in data["changes"]]


def kept_edit(resource: Resource, data: dict[str, Any]) -> Edit:
    """What a job changed, for who asks whether it may be taken back: values may have become wrong since."""
    return Edit(resource, changes_of(data), data["delete"], ())


class MassEditJob:
    """One mass edit. A chunk is a transaction, with where it ended."""

    def __init__(self, service: ServiceParts, job: Job) -> None:
        self._service = service
        self._job = job
        self._records = service.records[job.module]
        self._told = 0.0

    def work(self) -> None:
        """Do the step to its end."""
        {"run": self._run, "undo": self._undo}[self._job.step]()

    def _run(self) -> None:
        job = self._job
        if "total" not in job.data:
            with job.write() as transaction:
                job.save(transaction, total=settle(transaction, self._records, job.id, job.data["selection"]))
        edit = compile_edit(job.call, self._records.resource, changes_of(job.data), delete=job.data["delete"])
        while self._chunk(edit):
            self._tell("running")
            if job.cancelled:
                break
        with job.write() as transaction:
            forget(transaction, job.id)
            state = "cancelled" if job.cancelled and job.data["done"] < job.data["total"] else "done"
            job.save(transaction, state=state, step="")
        self._tell(state, force=True)

    def _chunk(self, edit: Edit) -> bool:
        """The next records; False when there are none."""
        job, data = self._job, self._job.data
        with job.write() as transaction:
            edit.refuse_denied(transaction.call)
            wanted = next_targets(transaction, job.id, CHUNK)
            if not wanted:
                return False
            changed, refused = self._change(transaction, edit, wanted)
            self._refuse(transaction, refused, undoing=False)
            job.save(
                transaction,
                done=data["done"] + len(wanted),
                changed=data["changed"] + changed,
                refused=data["refused"] + len(refused),
            )
        return True

    def _change(self, transaction: Transaction, edit: Edit, wanted: Sequence[uuid.UUID]) -> tuple[int, list[Conflict]]:
        """How many records were changed, and which are refused."""
        call = transaction.call
        reached = self._records.lock(transaction, wanted, edit.operations[0])
        for operation in edit.operations[1:]:
            within = self._records.lock(transaction, reached, operation)
            reached = {key: row for key, row in reached.items() if key in within}
        refused: list[Conflict] = [(key, Violation("", "PERMISSION_DENIED")) for key in wanted if key not in reached]
        drafts = []
        for row in reached.values():
            draft = Draft.of(row)
            problems = edit.apply(call, draft)
            if problems:
                refused.append((draft.id, problems[0]))
            else:
                drafts.append(draft)
        written: list[Draft] = []

        def attempt(some: Sequence[Draft]) -> None:
            written.extend(self._write(transaction, edit, some))

        refused += [(draft.id, violation_of(error)) for draft, error in in_halves(transaction, drafts, attempt)]
        return len(written), refused

    def _write(self, transaction: Transaction, edit: Edit, drafts: Sequence[Draft]) -> Sequence[Draft]:
        if edit.delete:
            self._records.remove(transaction, drafts)
            written = drafts
        else:
            written = self._records.write(transaction, drafts)
        remember(transaction, self._job.id, self._records.resource, written, deleted=edit.delete)
        return written

    def _undo(self) -> None:
        """Take back what was changed, newest first."""
        job, edit = self._job, kept_edit(self._records.resource, self._job.data)
        undoer = Undoer(job.id, self._service.records, edit.operations)
        while True:
            with job.write() as transaction:
                edit.refuse_denied(transaction.call)
                looked, conflicts = undoer.chunk(transaction)
                self._refuse(transaction, conflicts, undoing=True)
                done = job.data["done"] + looked
                job.save(transaction, done=done, conflicts=job.data["conflicts"] + len(conflicts))
                if not looked:
                    job.save(transaction, state="undone", step="")
            self._tell("undoing" if looked else "undone", force=not looked)
            if not looked:
                return

    def _refuse(self, transaction: Transaction, refused: Iterable[Conflict], *, undoing: bool) -> None:
        rows = [
            {
                "org_id": transaction.call.org_id,
                "job_id": self._job.id,
                "record_id": record_id,
                "field": item.field,
                "code": item.reason,
                "values": {name: str(value)[:200] for name, value in item.values.items()},
                "undoing": undoing,
            }
            for record_id, item in refused
        ]
        if rows:
            transaction.execute(sa.insert(mass_edit_refusals), rows)

    def _tell(self, state: str, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._told < _TELL_SECONDS:
            return
        self._told = now
        data = self._job.data
        news = {"kind": KIND, "module": self._job.module, "state": state, "done": data["done"], "total": data["total"]}
        self._job.tell({"id": f"{self._service.name}-{self._job.id}", **news})
