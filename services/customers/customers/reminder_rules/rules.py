"""Which days a rule asks for."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.texts import register

register(
    {
        "NO_DATE_FIELD": (
            "“{value}”不是该模块的日期字段，请选择日期字段",
            "“{value}” is no field of this module that holds a day; choose one that does",
        ),
    }
)
# By the organization's clock.
MORNING = time(8)
# Days that are made up for when the worker was away.
MOST_MISSED = 14


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """The next time the rules are looked through."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), MORNING, zone)
    return today if local < today else datetime.combine(local.date() + timedelta(days=1), MORNING, zone)


def mornings(after: date, today: date) -> Iterator[date]:
    """The days since the rules were looked through last, today among them."""
    first = max(after + timedelta(days=1), today - timedelta(days=MOST_MISSED - 1))
    for number in range((today - first).days + 1):
        yield first + timedelta(days=number)


def anniversaries(day: date) -> list[str]:
    """The `MM-DD` that fall on a day: that of the 29th of February on the 28th where there is none."""
    found = [f"{day:%m-%d}"]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        found.append("02-29")
    return found
