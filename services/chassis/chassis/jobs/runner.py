"""Takes waiting jobs, and keeps them leased while they run."""

import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from chassis.authz.snapshots import ControlPlane
from chassis.call import Call
from chassis.database.connection import Database
from chassis.database.schema import jobs
from chassis.errors import PermissionDeniedError, ServiceError
from chassis.jobs.job import LEASE, SCOPE, Job, JobKind, JobLost, tell_of_end
from chassis.telemetry import JOBS, tracer

log = logging.getLogger(__name__)
RENEW_SECONDS = 3.0
TRANSACTION_SECONDS = 60.0
MOST_ATTEMPTS = 20


class JobRunner:
    """Takes waiting jobs; organizations take turns, and none has all of this process to itself."""

    def __init__(
        self,
        database: Database,
        control_plane: ControlPlane,
        kinds: Mapping[str, JobKind],
        publish: Callable[[uuid.UUID, dict[str, Any]], None],
        service: str,
        at_once: int = 1,
    ) -> None:
        """`at_once` is how many threads call `run_next`."""
        self._most = max(1, at_once - 1)
        self._running: Counter[uuid.UUID] = Counter()
        self._database = database
        self._control_plane = control_plane
        self._kinds = kinds
        self._publish = publish
        self._service = service

    def run_next(self) -> bool:
        """Lease and run one job; False when none waits."""
        row = self._lease()
        if row is None:
            return False
        self._running[row.org_id] += 1
        try:
            # A job begins with the newest snapshot: it may name members that were made a moment ago.
            self._control_plane.forget(row.org_id)
            job = Job(row, partial(self._call, row), self._database, self._publish, self._service)
            self._run(job)
        except JobLost:
            log.warning("job %s of %s went to another worker", row.id, row.kind)
        except Exception as error:
            log.exception("job %s of %s failed", row.id, row.kind)
            self._failed(row, error)
        finally:
            self._running[row.org_id] -= 1
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
                self._kinds[job.kind].handle(job)
        finally:
            done.set()
            keeper.join()
        self._release(job)
        JOBS.labels(job.kind, "done").inc()

    def _lease(self) -> Any:
        """The next job: of the organization with the fewest under way, the one that has waited longest."""
        now = datetime.now(UTC)
        free = sa.or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now)
        waits = (jobs.c.step != "", jobs.c.kind.in_(self._kinds), free)
        if self._database.probe(sa.select(jobs.c.id).where(*waits).limit(1)) is None:
            return None  # nearly always; asked in one round trip
        busy = [org_id for org_id, running in self._running.copy().items() if running >= self._most]
        others = jobs.alias()
        under_way = sa.select(sa.func.count()).where(others.c.org_id == jobs.c.org_id, others.c.lease_until >= now)
        waiting = (
            sa.select(jobs.c.org_id, jobs.c.id)
            .where(*waits, jobs.c.org_id.not_in(busy))
            .order_by(under_way.scalar_subquery(), jobs.c.create_time)
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
        if not self._kinds[row.kind].operation:
            own = self._control_plane.system_call(row.org_id, job_id=str(row.id))
            return replace(own, principal=replace(own.principal, user_id=row.user_id))
        call = self._control_plane.call_as(
            row.org_id,
            row.user_id,
            kind=row.kind,
            job_id=str(row.id),
            seconds=TRANSACTION_SECONDS,
            scope=row.data.get(SCOPE, ""),
        )
        if call.access.scope(row.module, self._kinds[row.kind].operation) is None:
            raise PermissionDeniedError
        return call

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
        with self._database.write(self._control_plane.system_call(row.org_id)) as transaction:
            transaction.execute(
                sa.update(jobs)
                .where(jobs.c.org_id == row.org_id, jobs.c.id == row.id)
                .values(data={**row.data, "error": reason}, **values)
            )
            tell_of_end(transaction, self._service, row, "failed")
        JOBS.labels(row.kind, "failed").inc()
