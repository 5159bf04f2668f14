"""What holds for tasks: their days, their states, and what the next occurrence is made of."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chassis.errors import Violation
from chassis.resources.lines import as_stored
from chassis.texts import register
from customers.tasks.recurrence import InvalidRuleError, Occurrence, following, moment_of, normalized

register(
    {
        "END_BEFORE_START": ("结束时间不能早于开始时间", "The end may not be before the start"),
        "INVALID_RECURRENCE": (
            "“{field}”不是可用的重复规则，例如 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
            "“{field}” is not a rule that can be used, such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
        ),
        "RECURRENCE_NEEDS_DUE": (
            "重复任务需要截止日期，请填写“{field}”",
            "A task that repeats needs a day to count from; fill in “{field}”",
        ),
    }
)
ENDED = frozenset({"done", "cancelled"})
_MOVED = ("start_time", "end_time")


def settle(values: dict[str, Any], before: Mapping[str, Any] | None, now: datetime, zone: ZoneInfo) -> list[Violation]:
    """Fill in what follows from the rest of a row; returns what does not fit."""
    values["priority"] = values.get("priority") or "normal"
    values["status"] = values.get("status") or "open"
    _settle_due(values, before, zone)
    if values["status"] != "done":
        values["complete_time"] = None
    elif values.get("complete_time") is None:
        values["complete_time"] = now
    if not values["assignee_ids"] and values.get("owner_id"):
        values["assignee_ids"] = [values["owner_id"]]
    start, end = values.get("start_time"), values.get("end_time")
    problems = [Violation("end_time", "END_BEFORE_START")] if start and end and end < start else []
    return [*problems, *_settle_recurrence(values, before)]


def _settle_due(values: dict[str, Any], before: Mapping[str, Any] | None, zone: ZoneInfo) -> None:
    """Day and time of day agree: the time says the day; a day that is changed alone takes the time with it."""
    was = before or {}
    day, moment = values.get("due_date"), values.get("due_time")
    if moment is None:
        return
    moved = day != was.get("due_date") and moment == was.get("due_time")
    if before is not None and moved and day is None:
        values["due_time"] = None
    elif before is not None and moved and day is not None:
        values["due_time"] = moment_of(datetime.combine(day, moment.astimezone(zone).time()), zone)
    else:
        values["due_date"] = moment.astimezone(zone).date()


def _settle_recurrence(values: dict[str, Any], before: Mapping[str, Any] | None) -> list[Violation]:
    rule = values.get("recurrence")
    if not rule:
        return []
    try:
        rule = normalized(rule)
    except InvalidRuleError:
        return [Violation("recurrence", "INVALID_RECURRENCE")]
    if before is not None and before["due_time"] != values.get("due_time") and before["recurrence"] == rule:
        # The usual time of day is another from now on.
        rule = ";".join(part for part in rule.split(";") if not part.startswith(("BYHOUR=", "BYMINUTE=")))
    values["recurrence"] = rule
    return [] if values.get("due_date") else [Violation("due_date", "RECURRENCE_NEEDS_DUE")]


def repeats(values: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Whether a row has come to be done that has a next occurrence to be made."""
    ended_now = values["status"] == "done" and (before is None or before["status"] != "done")
    return ended_now and bool(values.get("recurrence")) and values.get("next_task_id") is None


def next_values(values: Mapping[str, Any], zone: ZoneInfo, today: date) -> dict[str, Any] | None:
    """What the next occurrence differs in from this one; None where there is none."""
    due = wall_clock(values, zone)
    found = following(values["recurrence"], due, zone, today)
    if found is None:
        return None
    by = found.due - due
    whole_day = values["due_time"] is None
    return {
        "due_date": found.due.date(),
        "due_time": None if whole_day else moment_of(found.due, zone),
        "recurrence": found.rule,
        "status": "open",
        "complete_time": None,
        "next_task_id": None,
        "checklist": [{**item, "done": False} for item in values["checklist"]],
        "reminders": [
            {**line, "time": as_stored(_moved(datetime.fromisoformat(line["time"]), by, zone))}
            if "time" in line
            else line
            for line in values["reminders"]
        ],
        **{name: _moved(values[name], by, zone) for name in _MOVED},
    }


def wall_clock(values: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """When a task is due, on the organization's wall clock; at midnight where it has the whole day."""
    if values["due_time"] is None:
        return datetime.combine(values["due_date"], time())
    moment: datetime = values["due_time"]
    return moment.astimezone(zone).replace(tzinfo=None)


def _moved(moment: datetime | None, by: timedelta, zone: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    return moment_of(moment.astimezone(zone).replace(tzinfo=None) + by, zone).astimezone(UTC)


__all__ = ["ENDED", "Occurrence", "next_values", "repeats", "settle", "wall_clock"]
