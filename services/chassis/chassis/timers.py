"""Timers: rows that fall due, set in the transaction that needs them, claimed by one worker at a time."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.call import BeginCall, system_call
from chassis.database.connection import Database, Transaction, set_scope
from chassis.database.schema import timers

log = logging.getLogger(__name__)
# (transaction under the timer's organization, key, payload)
TimerHandler = Callable[[Transaction, str, Mapping[str, Any]], None]
MOST_ATTEMPTS = 10


def schedule(
    transaction: Transaction, kind: str, key: str, due: datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """Set a timer; one that has the same kind and key moves to the new time."""
    statement = insert(timers).values(
        org_id=transaction.call.org_id, kind=kind, key=key, due_time=due, payload=dict(payload or {})
    )
    transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["org_id", "kind", "key"],
            set_={"due_time": statement.excluded.due_time, "payload": statement.excluded.payload, "attempts": 0},
        )
    )


def cancel(transaction: Transaction, kind: str, key: str) -> None:
    """Take a timer back, if it is still there."""
    transaction.execute(
        sa.delete(timers).where(timers.c.org_id == transaction.call.org_id, timers.c.kind == kind, timers.c.key == key)
    )


def fire_due(
    database: Database,
    handlers: Mapping[str, TimerHandler],
    *,
    begin: BeginCall = system_call,
    now: datetime | None = None,
) -> int:
    """Run one timer that is due, with its effect and its end in one transaction. Returns how many ran (0 or 1)."""
    moment = now or datetime.now(UTC)
    with database.work() as connection:
        row = connection.execute(
            sa.select(timers)
            .where(timers.c.due_time <= moment, timers.c.kind.in_(handlers))
            .order_by(timers.c.due_time)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return 0
        this = sa.and_(timers.c.org_id == row.org_id, timers.c.id == row.id)
        call = begin(row.org_id, method=f"timer {row.kind}")
        savepoint = connection.begin_nested()
        try:
            set_scope(connection, call)
            connection.execute(sa.delete(timers).where(this))
            handlers[row.kind](Transaction(call, connection), row.key, row.payload)
            savepoint.commit()
        except Exception:
            savepoint.rollback()
            log.exception("timer %s failed", row.kind)
            _later(connection, row, this, moment)
    return 1


def _later(connection: sa.Connection, row: Any, this: Any, moment: datetime) -> None:
    wait = timedelta(seconds=min(2**row.attempts, 3600))
    if row.attempts + 1 >= MOST_ATTEMPTS:
        wait = timedelta(days=1)
    connection.execute(sa.update(timers).where(this).values(attempts=row.attempts + 1, due_time=moment + wait))
