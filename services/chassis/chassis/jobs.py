"""Background jobs: long work in steps that any worker can take up where another fell.

A row says what there is to do (`step`). A worker leases it for 10 s and renews the lease while it works; when it dies
the lease runs out and another goes on from what the handler saved. A handler's own writes carry `Job.save` in their
transaction, so that checkpoint and effect are one.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from chassis.authz.access import OPERATIONS
from chassis.authz.snapshots import ControlPlane
from chassis.call import Call, Principal
from chassis.database.connection import Database, Transaction
from chassis.database.schema import jobs
from chassis.errors import PermissionDeniedError, ServiceError
from chassis.telemetry import JOBS, tracer

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=10)
RENEW_SECONDS = 3.0
MOST_ATTEMPTS = 20


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
    ) -> None:
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


JobHandler = Callable[[Job], None]


class JobRunner:
    """Takes waiting jobs, one a thread."""

    def __init__(
        self,
        database: Database,
        control_plane: ControlPlane,
        handlers: Mapping[str, JobHandler],
        publish: Callable[[uuid.UUID, dict[str, Any]], None],
    ) -> None:
        self._database = database
        self._control_plane = control_plane
        self._handlers = handlers
        self._publish = publish

    def run_next(self) -> bool:
        """Lease and run one job; False when none waits."""
        row = self._lease()
        if row is None:
            return False
        job = None
        try:
            # A job begins with the newest snapshot: it may name members that were made a moment ago.
            self._control_plane.forget(row.org_id)
            job = Job(row, partial(self._call, row), self._database, self._publish)
            self._run(job)
        except JobLost:
            log.warning("job %s of %s went to another worker", row.id, row.kind)
        except Exception as error:
            log.exception("job %s of %s failed", row.id, row.kind)
            self._failed(row, error)
        return True

    def _run(self, job: Job) -> None:
        done = threading.Event()

        def keep() -> None:
            while not done.wait(RENEW_SECONDS):
                try:
                    if not job.renew():
                        return
                except Exception as error:
                    log.warning("job %s: lease not renewed: %s", job.id, error)

        keeper = threading.Thread(target=keep, name="lease", daemon=True)
        keeper.start()
        try:
            with tracer.start_as_current_span(f"job {job.kind} {job.step}"):
                self._handlers[job.kind](job)
        finally:
            done.set()
            keeper.join()
        self._release(job)
        JOBS.labels(job.kind, "done").inc()

    def _lease(self) -> Any:
        now = datetime.now(UTC)
        waiting = (
            sa.select(jobs.c.org_id, jobs.c.id)
            .where(
                jobs.c.step != "",
                jobs.c.kind.in_(self._handlers),
                sa.or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now),
            )
            .order_by(jobs.c.create_time)
            .limit(1)
            .with_for_update(skip_locked=True)
            .subquery()
        )
        with self._database.work() as connection:
            return connection.execute(
                sa.update(jobs)
                .where(jobs.c.org_id == waiting.c.org_id, jobs.c.id == waiting.c.id)
                .values(lease_until=now + LEASE, lease_holder=uuid.uuid4(), attempts=jobs.c.attempts + 1)
                .returning(jobs)
            ).first()

    def _call(self, row: Any) -> Call:
        """A call of the job's user with the rights of now. Raises PermissionDeniedError when they do not allow it."""
        organization = self._control_plane.organization(row.org_id)
        access = organization.access_of(row.user_id)
        if access is None or (row.kind in OPERATIONS and access.scope(row.module, row.kind) is None):
            raise PermissionDeniedError
        principal = Principal(row.org_id, row.user_id, row.kind, job_id=str(row.id))
        return Call(principal, access, find_organization=lambda: organization)

    def _release(self, job: Job) -> None:
        with self._database.work() as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.org_id == job.org_id, jobs.c.id == job.id)
                .values(lease_until=None, lease_holder=None, attempts=0)
            )

    def _failed(self, row: Any, error: Exception) -> None:
        """Try again after the lease; give up on errors that another try will not mend."""
        final = isinstance(error, ServiceError) and error.code.name not in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
        if not final and row.attempts < MOST_ATTEMPTS:
            return
        reason = error.reason if isinstance(error, ServiceError) else "INTERNAL"
        values = {"step": "", "state": "failed", "lease_until": None, "end_time": datetime.now(UTC)}
        with self._database.work() as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.org_id == row.org_id, jobs.c.id == row.id)
                .values(data={**row.data, "error": reason}, **values)
            )
        JOBS.labels(row.kind, "failed").inc()
