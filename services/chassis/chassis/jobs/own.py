"""Jobs as those who asked for them see them: their own, and nobody else's.

A program that was narrowed reaches those of its maker's that it could have asked for itself.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.contract import is_own_module
from chassis.database.connection import Database, Transaction
from chassis.database.schema import jobs
from chassis.errors import ExhaustedError, NotFoundError
from chassis.files.servicer import parse_file_id
from chassis.ids import uuid7
from chassis.jobs.job import SCOPE

_MOST_UNDER_WAY = 20


class OwnJobs:
    """Jobs of one kind in one service. A job runs with its maker's rights and holds what its maker may see."""

    def __init__(self, database: Database, service: str, kind: str, operation: str = "") -> None:
        """`operation` is the one on a job's module that a narrowed program needs, where it is not called as the kind."""
        self._database = database
        self._service = service
        self._kind = kind
        self._operation = operation or kind

    def begin(
        self, transaction: Transaction, module: str, data: Mapping[str, Any], *, state: str, step: str = ""
    ) -> Any:
        """A new job; with a step it waits for a worker. Raises ExhaustedError when the caller has too many."""
        call = transaction.call
        waiting = sa.select(sa.func.count()).where(*self._own(call), jobs.c.step != "")
        if transaction.execute(waiting).scalar_one() >= _MOST_UNDER_WAY:
            raise ExhaustedError
        made = sa.insert(jobs).values(
            org_id=call.org_id,
            id=uuid7(),
            kind=self._kind,
            module=module,
            user_id=call.principal.user_id,
            state=state,
            step=step,
            data={**data, SCOPE: call.principal.scope} if call.principal.scope else data,
        )
        return transaction.execute(made.returning(jobs)).one()

    def find(self, call: Call, job_id: str) -> Any:
        """One job. Raises NotFoundError."""
        rows = self._database.read(call, sa.select(jobs).where(*self._own(call), self._is(job_id)))
        return self._reached(call, rows[0] if rows else None)

    def lock(self, transaction: Transaction, job_id: str) -> Any:
        """One job, locked until the transaction ends. Raises NotFoundError."""
        wanted = sa.select(jobs).where(*self._own(transaction.call), self._is(job_id)).with_for_update()
        return self._reached(transaction.call, transaction.execute(wanted).first())

    def page(self, call: Call, size: int, *, module: str = "", before: uuid.UUID | None = None) -> list[Any]:
        """The caller's jobs, newest first, `size` and one more."""
        conditions = self._own(call)
        if module:
            conditions.append(jobs.c.module == module)
        if call.access.narrowings:
            made = self._database.read(call, sa.select(jobs.c.module).where(*conditions).distinct())
            conditions.append(
                jobs.c.module.in_([row.module for row in made if call.access.reaches(row.module, self._operation)])
            )
        if before:
            conditions.append(jobs.c.id < before)
        return self._database.read(call, sa.select(jobs).where(*conditions).order_by(jobs.c.id.desc()).limit(size + 1))

    def change(self, transaction: Transaction, row: Any, **values: Any) -> Any:
        """Other values for a locked job's columns; `cancel=True` asks its worker to stop."""
        this = sa.update(jobs).where(jobs.c.org_id == row.org_id, jobs.c.id == row.id)
        return transaction.execute(this.values(values).returning(jobs)).one()

    def _own(self, call: Call) -> list[sa.ColumnElement[bool]]:
        return [jobs.c.org_id == call.org_id, jobs.c.kind == self._kind, jobs.c.user_id == call.principal.user_id]

    def _reached(self, call: Call, row: Any | None) -> Any:
        if row is None or not call.access.reaches(row.module, self._operation):
            raise NotFoundError
        if is_own_module(row.module) and row.module not in call.organization.modules:
            raise NotFoundError
        return row

    def _is(self, job_id: str) -> sa.ColumnElement[bool]:
        return jobs.c.id == parse_file_id(self._service, job_id)
