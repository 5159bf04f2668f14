"""A leased job, as its handler sees it."""

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import jobs
from chassis.notices import Notice, notify

LEASE = timedelta(seconds=10)
# Where a job's data keeps what the token is narrowed to that it was asked for with.
SCOPE = "token_scope"


# Ends that a job's user did not bring about.
_TOLD = ("done", "failed", "undone")


class JobLost(Exception):
    """Another worker holds the lease now; this one must stop."""


class Job:
    """One leased job, as its handler sees it."""

    def __init__(
        self,
        row: Any,
        begin: Callable[[], Call],
        database: Database,
        publish: Callable[[uuid.UUID, dict[str, Any]], None],
        service: str,
    ) -> None:
        self._service = service
        self.id: uuid.UUID = row.id
        self.org_id: uuid.UUID = row.org_id
        self.kind: str = row.kind
        self.module: str = row.module
        self.step: str = row.step
        self.user_id: uuid.UUID | None = row.user_id
        self.data: dict[str, Any] = dict(row.data)
        # Made anew with each transaction: whoever loses a right loses it in the middle of a job, too.
        self._begin = begin
        self.call = begin()
        self.database = database
        self._holder: uuid.UUID = row.lease_holder
        self._publish = publish
        self._cancel = threading.Event()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction of the job's own, with a minute of time; holds the job's row, so that a usurper waits."""
        self.call = self._begin()
        with self.database.write(self.call) as transaction:
            held = transaction.execute(
                sa.select(jobs.c.cancel).where(self._this(), jobs.c.lease_holder == self._holder).with_for_update()
            ).first()
            if held is None:
                raise JobLost
            if held.cancel:
                self._cancel.set()
            yield transaction

    def save(self, transaction: Transaction, *, state: str | None = None, step: str | None = None, **data: Any) -> None:
        """Merge `data` into the job's row, in the transaction of the effect it tells of."""
        self.data |= data
        values: dict[str, Any] = {"data": self.data}
        if state is not None:
            values["state"] = state
        if step is not None:
            values["step"] = step
            values |= {"cancel": False} if step == "" else {}
        if step == "":
            values["end_time"] = datetime.now(UTC)
            if state in _TOLD:
                tell_of_end(transaction, self._service, self, state)
        transaction.execute(sa.update(jobs).where(self._this()).values(values))

    @property
    def cancelled(self) -> bool:
        """Somebody asked to stop; look between chunks."""
        return self._cancel.is_set()

    def tell(self, summary: Mapping[str, Any]) -> None:
        """Tell the user's open clients how far it is. Lost news do no harm: clients poll."""
        self._publish(self.org_id, {"jobs": [{**summary, "user_id": str(self.user_id or "")}]})

    def renew(self) -> bool:
        """Hold the lease a little longer; False when it is lost."""
        with self.database.work() as connection:
            row = connection.execute(
                sa.update(jobs)
                .where(self._this(), jobs.c.lease_holder == self._holder)
                .values(lease_until=datetime.now(UTC) + LEASE)
                .returning(jobs.c.cancel)
            ).first()
        if row is not None and row.cancel:
            self._cancel.set()
        return row is not None

    def _this(self) -> sa.ColumnElement[bool]:
        return sa.and_(jobs.c.org_id == self.org_id, jobs.c.id == self.id)


def tell_of_end(transaction: Transaction, service: str, job: Any, state: str) -> None:
    """Have the user of a job, or of its row, told that it has ended."""
    if job.user_id is None:
        return
    values = {"job": f"JOB_{job.kind.upper()}", "state": f"JOB_{state.upper()}"}
    key = f"job {job.id} {state}"
    notify(transaction, service, Notice("job_finished", [job.user_id], job.module, values=values, key=key))


JobHandler = Callable[[Job], None]


@dataclass(frozen=True)
class JobKind:
    """What a kind of job does, and the operation on its module that its user must be allowed, now and to the end.

    Without one it runs with the system's own rights, in its user's name: for what follows from something that was allowed.
    """

    handle: JobHandler
    operation: str
