"""The week of an organization as it is kept: each weekday once, in order, its hours in one form."""

from collections.abc import Iterable, Mapping
from typing import Any

from chassis.calendar import OFFICE_WEEK, HoursError, parse_hours, write_hours
from chassis.errors import Violation

Week = list[dict[str, Any]]

DEFAULT: Week = [{"weekday": day + 1, "hours": write_hours(spans)} for day, spans in sorted(OFFICE_WEEK.items())]


def settled(week: Iterable[Mapping[str, Any]]) -> tuple[Week, list[Violation]]:
    """The week in its one form, and what is wrong with it. Weekdays without hours are left out; one must have some."""
    found: dict[int, str] = {}
    problems = []
    for number, item in enumerate(week):
        path, weekday = f"working_hours[{number}]", int(item.get("weekday", 0))
        if not 1 <= weekday <= 7:
            problems.append(Violation(f"{path}.weekday", "OUT_OF_RANGE", {"minimum": 1, "maximum": 7}))
        elif weekday in found:
            problems.append(Violation(f"{path}.weekday", "WEEKDAY_REPEATED"))
        try:
            found[weekday] = write_hours(parse_hours(str(item.get("hours", ""))))
        except HoursError as error:
            problems.append(Violation(f"{path}.hours", error.reason))
    if not problems and not any(found.values()):
        problems.append(Violation("working_hours", "WORKING_HOURS_EMPTY"))
    return [{"weekday": weekday, "hours": hours} for weekday, hours in sorted(found.items()) if hours], problems
