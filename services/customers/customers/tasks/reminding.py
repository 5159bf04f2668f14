"""Reminders of tasks: a timer for each, set with the task and told once to those who work on it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.database.schema import timers
from chassis.errors import Violation
from chassis.notices import Notice, notify
from chassis.resources import Draft
from chassis.timers import schedule
from customers.tasks.recurrence import moment_of
from customers.tasks.rules import ENDED
from customers.tasks.table import tasks

TIMER = "task_reminder"
# As many as a task may have.
MOST = 20
# When people look at what a whole day holds.
MORNING = time(9)
_DECIDING = ("due_date", "due_time", "reminders", "status", "delete_time")


def due_moment(values: Mapping[str, Any], zone: ZoneInfo) -> datetime | None:
    """When a task is due; one for a whole day on its morning."""
    if values["due_time"] is not None:
        moment: datetime = values["due_time"]
        return moment
    return moment_of(datetime.combine(values["due_date"], MORNING), zone) if values["due_date"] else None


def moments(values: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[datetime, list[str]]]:
    """When to remind, and by which channels."""
    found = []
    due = due_moment(values, zone)
    for line in values["reminders"]:
        if line.get("time"):
            found.append((datetime.fromisoformat(line["time"]), line.get("channels") or []))
        elif due is not None:
            found.append((due - timedelta(minutes=line["minutes_before"]), line.get("channels") or []))
    return found


def wrong_reminders(values: Mapping[str, Any]) -> list[Violation]:
    """Reminders that say no time, or count from a due date that is not there."""
    found = [Violation("reminders", "TOO_MANY", {"maximum": MOST})] if len(values["reminders"]) > MOST else []
    for number, line in enumerate(values["reminders"]):
        if line.get("time"):
            continue
        if line.get("minutes_before") is None:
            found.append(Violation(f"reminders[{number}].time", "REQUIRED"))
        elif not values.get("due_date"):
            found.append(Violation("due_date", "REQUIRED"))
    return found


def set_timers(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """A timer for each reminder that is still to come, in place of those there were."""
    call = transaction.call
    now, zone = datetime.now(UTC), call.organization.time_zone
    for draft in drafts:
        if not any(draft.changed(name) for name in _DECIDING):
            continue
        if not draft.is_new:
            _clear(transaction, draft.id)
        if draft.values["status"] in ENDED or draft.values.get("delete_time") is not None:
            continue
        for number, (moment, channels) in enumerate(moments(draft.values, zone)):
            if moment > now:
                payload = {"time": moment.isoformat(), "channels": channels}
                schedule(transaction, TIMER, f"{draft.id}/{number}", moment, payload)


def _clear(transaction: Transaction, task_id: UUID) -> None:
    transaction.execute(
        sa.delete(timers).where(
            timers.c.org_id == transaction.call.org_id,
            timers.c.kind == TIMER,
            timers.c.key.in_([f"{task_id}/{number}" for number in range(MOST)]),
        )
    )


def fire(transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Tell those who work on a task that is still open."""
    task_id = UUID(key.partition("/")[0])
    row: Any = transaction.execute(
        sa.select(tasks.c.subject, tasks.c.owner_id, tasks.c.assignee_ids, tasks.c.due_date, tasks.c.due_time).where(
            tasks.c.org_id == transaction.call.org_id,
            tasks.c.id == task_id,
            tasks.c.delete_time.is_(None),
            tasks.c.status.not_in(ENDED),
        )
    ).first()
    if row is None:
        return
    people = [user for user in (*row.assignee_ids, *([] if row.assignee_ids else [row.owner_id])) if user is not None]
    due = row.due_time or row.due_date
    notice = Notice(
        "task_due" if due else "reminder",
        people,
        "tasks",
        task_id,
        row.subject,
        owners=[*people, *([row.owner_id] if row.owner_id else [])],
        values={"due": due.isoformat()} if due else {},
        channels=payload["channels"],
        key=f"task {task_id} {payload['time']}",
    )
    notify(transaction, "customers", notice)
