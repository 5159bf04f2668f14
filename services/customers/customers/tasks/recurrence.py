"""When a task falls due again: the RRULE of RFC 5545, by python-dateutil, on the organization's wall clock.

Rules are read by their parts and narrowed to those that a calendar shows, so that each has a next day to be found quickly.
A rule is counted from the task that carries it; what is left of its COUNT goes on to the next one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile("[1-9][0-9]?"),
    "COUNT": re.compile("[1-9][0-9]{0,2}"),
    "UNTIL": re.compile(r"[0-9]{8}(?:T[0-9]{6}Z?)?"),
    "WKST": re.compile(_DAY),
    "BYDAY": re.compile(rf"(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY}){{0,34}}"),
    "BYMONTHDAY": re.compile("-?(?:[1-9]|[12][0-9]|3[01])(?:,-?(?:[1-9]|[12][0-9]|3[01])){0,30}"),
    "BYMONTH": re.compile("(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2])){0,11}"),
    "BYSETPOS": re.compile("-?[1-4]"),
    "BYHOUR": re.compile("[0-9]|1[0-9]|2[0-3]"),
    "BYMINUTE": re.compile("[0-9]|[1-5][0-9]"),
}
# Of a leap year: what a yearly rule may ask for.
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_SKIPPED = 20_000


class InvalidRuleError(ValueError):
    """A text that is no rule, or one that is not kept to here."""


@dataclass(frozen=True)
class Occurrence:
    """The next time, on the wall clock, and the rule that goes on from there."""

    due: datetime
    rule: str


def normalized(text: str) -> str:
    """A rule in one spelling. Raises InvalidRuleError."""
    return _text(_parts(text))


def following(text: str, due: datetime, zone: ZoneInfo, not_before: date) -> Occurrence | None:
    """The first occurrence after `due` that is not before a day; None where the rule has come to its end.

    `due` is a wall-clock time of the zone. Days that were missed are not made up for.
    """
    parts = _parts(text)
    if "BYHOUR" in parts:
        due = datetime.combine(due.date(), time(int(parts["BYHOUR"]), int(parts["BYMINUTE"])))
    counted = int(parts.pop("COUNT", 0))
    plain = {name: value for name, value in parts.items() if name not in ("BYHOUR", "BYMINUTE", "UNTIL")}
    until = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    rule = rrulestr(_text(plain), dtstart=due)
    for number, moment in enumerate(rule):
        if (counted and number >= counted) or (until is not None and moment > until):
            return None
        if moment > due and (moment.date() >= not_before or number >= _MOST_SKIPPED):
            left = {"COUNT": str(counted - number)} if counted else {}
            return Occurrence(moment, _text({**parts, **left, **_kept_clock(moment, zone)}))
    return None


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a wall-clock time. One that the clocks leave out is as far after the change as it was meant to be."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _kept_clock(wall: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Where the clocks leave a time out, the rule keeps it: the day after is at the usual time again."""
    if moment_of(wall, zone).astimezone(zone).replace(tzinfo=None) == wall:
        return {}
    return {"BYHOUR": str(wall.hour), "BYMINUTE": str(wall.minute)}


def _until(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    if "T" not in text:
        return datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, _, value = part.strip().partition("=")
        pattern = _PARTS.get(name)
        if pattern is None or name in found or not pattern.fullmatch(value):
            raise InvalidRuleError(part)
        found[name] = value
    if "FREQ" not in found or not _agree(found):
        raise InvalidRuleError(text)
    if "UNTIL" in found:
        try:
            _until(found["UNTIL"], ZoneInfo("UTC"))
        except ValueError as error:
            raise InvalidRuleError(text) from error
    return found


def _agree(parts: Mapping[str, str]) -> bool:
    """Whether the parts go together, and mean a day that comes."""
    often, days = parts["FREQ"], parts.get("BYDAY", "")
    numbered = any(character.isdigit() for character in days)
    months = [int(month) for month in parts.get("BYMONTH", "").split(",") if month]
    wanted = [abs(int(day)) for day in parts.get("BYMONTHDAY", "").split(",") if day]
    return not (
        ("COUNT" in parts and "UNTIL" in parts)
        or ("BYHOUR" in parts) != ("BYMINUTE" in parts)
        or (numbered and often not in ("MONTHLY", "YEARLY"))
        or (wanted and (days or often not in ("MONTHLY", "YEARLY")))
        or (months and often != "YEARLY")
        or (wanted and months and min(wanted) > max(_LENGTHS[month - 1] for month in months))
        or ("BYSETPOS" in parts and (often != "MONTHLY" or not days or numbered))
    )


def _text(parts: Mapping[str, str]) -> str:
    return ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)
