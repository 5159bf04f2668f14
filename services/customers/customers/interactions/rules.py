"""What holds for interactions: what they are called, when they took place, and the task that their next step becomes."""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from chassis.errors import Violation
from chassis.texts import register, text

register(
    {
        "INTERACTION_AHEAD": (
            "沟通记录的时间不能在将来；计划中的事项请建立任务",
            "An interaction has taken place; make a task of what is still to come",
        ),
        "NEXT_STEP_DENIED": (
            "没有权限建立带截止日期的任务，请将“{field}”留空",
            "You may not create tasks with a due date; leave “{field}” empty",
        ),
        "FOLLOW_UP": ("跟进：{subject}", "Follow up: {subject}"),
        "FOLLOW_UP_ALONE": ("跟进", "Follow up"),
    }
)
# A note is ours alone: it is no contact with them.
TOUCHES = frozenset({"call", "email", "meeting", "visit", "chat"})
MOST_SUBJECT = 120
# Fields without which a next step is no task.
ESSENTIAL = frozenset({"subject", "due_date"})
# Clocks of those who write differ from ours.
_SKEW = timedelta(minutes=5)
_ABOUT = ("account_id", "contact_id", "lead_id", "opportunity_id")


def settle(values: dict[str, Any], now: datetime, kinds: Mapping[str, str]) -> Violation | None:
    """Fill in time and subject of a row; returns what does not fit. `kinds`: what each is called."""
    values["start_time"] = values.get("start_time") or now
    if values["start_time"] > now + _SKEW:
        return Violation("start_time", "INTERACTION_AHEAD")
    if not values.get("subject"):
        first = (values.get("body") or "").strip().partition("\n")[0].strip()
        values["subject"] = first[:MOST_SUBJECT] or kinds[values["kind"]]
    return None


def task_of(values: Mapping[str, Any], hidden: Container[str], language: str) -> dict[str, Any] | None:
    """The task that a next step becomes, of what is not hidden; None where there is none, or it has been made."""
    if values.get("next_step_date") is None or values.get("task_id") is not None or "next_step_date" in hidden:
        return None
    seen = {name: value for name, value in values.items() if name not in hidden}
    subject, owner = seen.get("subject"), seen.get("owner_id")
    follow_up = text("FOLLOW_UP", language, subject=subject) if subject else text("FOLLOW_UP_ALONE", language)
    called = seen.get("next_step") or follow_up
    return {
        "subject": called[:500],
        "due_date": seen["next_step_date"],
        "assignee_ids": [owner] if owner else [],
        **{name: seen.get(name) for name in _ABOUT},
    }
