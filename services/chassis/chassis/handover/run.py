"""The hand-over of one module's records, as a background job that goes on where it was stopped."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.database.connection import Transaction
from chassis.database.schema import jobs
from chassis.events.projections import records as changes
from chassis.jobs import Job, JobHandler
from chassis.parts import ServiceParts
from chassis.resources.records import Records
from chassis.resources.resource import Draft
from chassis.undo import in_halves
from guanxi.events.v1 import events_pb2
from guanxi.handover.v1 import handover_pb2

KIND = "hand_over"
BEGUN = "identity.HandOver"
CHUNK = 500


def owned(records: Records, org_id: uuid.UUID, user_id: uuid.UUID) -> list[sa.ColumnElement[bool]]:
    """The records that belong to a user; deleted ones do not count."""
    columns = records.resource.table.c
    mine = [columns.org_id == org_id, *records.resource.share()]
    return [*mine, columns.owner_id == user_id, columns.delete_time.is_(None)]


def begin_hand_over(service: ServiceParts) -> Callable[[Transaction, events_pb2.Event], None]:
    """The event's handler: a job for each module, which runs with the rights of who asked for the hand-over."""

    def begin(transaction: Transaction, event: events_pb2.Event) -> None:
        rows = [
            {
                "org_id": transaction.call.org_id,
                "id": ids.uuid7(),
                "kind": KIND,
                "module": module,
                "user_id": ids.parse(event.actor.user_id),
                "state": "running",
                "step": "move",
                "data": {"user_id": record.after.user_id, "successor_id": record.after.successor_id},
            }
            for record in changes(event, handover_pb2.HandOver)
            if record.after is not None
            for module, records in service.records.of(transaction.call).items()
            if records.resource.owned
        ]
        if rows:
            transaction.execute(sa.insert(jobs), rows)

    return begin


def run_hand_over(service: ServiceParts) -> JobHandler:
    """The job's handler."""

    def work(job: Job) -> None:
        HandOverJob(service, job).work()

    return work


class HandOverJob:
    """One module's hand-over. A chunk is a transaction, with where it ended."""

    def __init__(self, service: ServiceParts, job: Job) -> None:
        self._service = service
        self._job = job
        self._records = service.records[job.module]
        self._user_id = uuid.UUID(job.data["user_id"])
        self._successor_id = uuid.UUID(job.data["successor_id"])

    def work(self) -> None:
        """Give record after record to the successor, until a pass over all of them finds none that can be given."""
        if "total" not in self._job.data:
            self._count()
        while self._chunk():
            self._tell("running")
        with self._job.write() as transaction:
            self._job.save(transaction, state="done", step="")
        self._tell("done")

    def _count(self) -> None:
        table = self._records.resource.table
        with self._job.write() as transaction:
            counted = sa.select(sa.func.count()).select_from(table).where(*self._theirs())
            total = transaction.execute(counted).scalar_one()
            self._job.save(transaction, total=total, moved=0, refused=0, passed=0, last="")

    def _chunk(self) -> bool:
        """The next records in the order of their ids; False when there are none."""
        data = self._job.data
        with self._job.write() as transaction:
            wanted = self._next(transaction, data["last"])
            if not wanted and not data["passed"]:
                return False
            if not wanted:  # what came to belong to the user meanwhile may stand before
                self._job.save(transaction, last="", passed=0, refused=0)
                return True
            moved, refused = self._move(transaction, wanted)
            counts = {"moved": data["moved"] + moved, "refused": data["refused"] + refused}
            self._job.save(transaction, last=str(wanted[-1]), passed=data["passed"] + moved, **counts)
        return True

    def _next(self, transaction: Transaction, last: str) -> Sequence[uuid.UUID]:
        table = self._records.resource.table
        wanted = sa.select(table.c.id).where(*self._theirs())
        if last:
            wanted = wanted.where(table.c.id > uuid.UUID(last))
        return transaction.execute(wanted.order_by(table.c.id).limit(CHUNK)).scalars().all()

    def _move(self, transaction: Transaction, wanted: Sequence[uuid.UUID]) -> tuple[int, int]:
        """How many were given, and how many are refused: by a rule, or by the scope of who asked."""
        locked = self._records.lock(transaction, wanted, "assign").values()
        # Somebody else's by now: given away between the look and the lock.
        theirs = [Draft.of(row) for row in locked if row["owner_id"] == self._user_id]
        for draft in theirs:
            draft.values["owner_id"] = self._successor_id

        def give(drafts: Sequence[Draft]) -> None:
            self._records.write(transaction, drafts, "handed_over")

        refused = len(in_halves(transaction, theirs, give))
        return len(theirs) - refused, refused + len(wanted) - len(locked)

    def _theirs(self) -> list[sa.ColumnElement[bool]]:
        return owned(self._records, self._job.org_id, self._user_id)

    def _tell(self, state: str) -> None:
        data: dict[str, Any] = self._job.data
        self._job.tell(
            {
                "id": f"{self._service.name}-{self._job.id}",
                "kind": KIND,
                "module": self._job.module,
                "state": state,
                "done": data["moved"],
                "total": data["total"],
            }
        )
