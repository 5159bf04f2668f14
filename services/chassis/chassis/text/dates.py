"""Dates and times as spreadsheets write them, in Chinese and English habits."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from functools import lru_cache


class DateOrder(StrEnum):
    """Which number comes first where the year comes last, as in 03/04/2016."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a text says; `ambiguous` when the other order of day and month would be another date."""

    value: date
    ambiguous: bool = False
    day_first: bool | None = None
    """True or False when the text itself proves the order; None when it does not tell."""


@dataclass(frozen=True, slots=True)
class TimeReading:
    """A moment with its zone; `ambiguous` as in `DateReading`."""

    value: datetime
    ambiguous: bool = False


_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ],
        start=1,
    )
    for name in names.split()
}
_YEAR_FIRST = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/ .]{0,2}([a-z]{3,9})[-/ .,]{0,3}(\d{4}|\d{2})")
_NAME_DAY = re.compile(r"([a-z]{3,9})[-/ .]{0,2}(\d{1,2})(?:st|nd|rd|th)?[-/ ,.]{1,3}(\d{4}|\d{2})")
_CLOCK = re.compile(
    r"(?:[T ] ?|(?<=日))(上午|下午)? ?(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,9}))?秒?|分)?"
    r" ?(am|pm|AM|PM)? ?(Z|UTC|[+-]\d{2}:?\d{2})?$"
)


def _year(digits: str) -> int:
    """Two digits mean 1969 to 2068, as in POSIX."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year <= 68 else 1900)


def _build(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year_last(match: re.Match[str], order: DateOrder | None) -> DateReading | None:
    first, separator, second = int(match.group(1)), match.group(2), int(match.group(3))
    year = _year(match.group(4))
    day_first = _build(year, second, first)
    month_first = _build(year, first, second)
    if day_first is None or month_first is None:
        value = day_first or month_first
        return None if value is None else DateReading(value, day_first=day_first is not None)
    if day_first == month_first:
        return DateReading(day_first)
    if order is not None:
        return DateReading(day_first if order is DateOrder.DAY_FIRST else month_first)
    if separator == ".":  # 03.04.2016: only day-first countries write dots
        return DateReading(day_first)
    return DateReading(month_first, ambiguous=True)


@lru_cache(maxsize=16384)
def parse_date(text: str, order: DateOrder | None = None) -> DateReading | None:
    """The date that `text` writes, or None. A clock time behind it is left out.

    Year first (2016-10-20, 2016/10/20, 2016年10月20日, 20161020), year last in `order`, or month names.
    Without `order`, 03/04/2016 is read month first and marked ambiguous; see `detect_order`.
    """
    stripped = unicodedata.normalize("NFKC", text[:64]).strip()
    if clock := _CLOCK.search(stripped):
        stripped = stripped[: clock.start()].rstrip()
    match = _YEAR_FIRST.fullmatch(stripped) or _COMPACT.fullmatch(stripped)
    if match:
        value = _build(int(match.group(1)), int(match.group(2)), int(match.group(3)))
        return None if value is None else DateReading(value)
    if match := _YEAR_LAST.fullmatch(stripped):
        return _year_last(match, order)
    lowered = stripped.lower()
    if match := _DAY_NAME.fullmatch(lowered):
        day, name, year = match.group(1), match.group(2), match.group(3)
    elif match := _NAME_DAY.fullmatch(lowered):
        name, day, year = match.group(1), match.group(2), match.group(3)
    else:
        return None
    month = _MONTHS.get(name)
    value = None if month is None else _build(_year(year), month, int(day))
    return None if value is None else DateReading(value)


def detect_order(texts: Iterable[str]) -> DateOrder | None:
    """The order a column is written in, when one of its dates proves it and none contradicts."""
    proofs = {reading.day_first for reading in map(parse_date, texts) if reading and reading.day_first is not None}
    if len(proofs) != 1:
        return None
    return DateOrder.DAY_FIRST if proofs.pop() else DateOrder.MONTH_FIRST


def _zone(text: str | None, default: tzinfo) -> tzinfo:
    if text is None:
        return default
    written = "+00:00" if text in {"Z", "UTC"} else text
    zone = datetime.strptime(written.replace(":", ""), "%z").tzinfo
    return zone or default


def parse_time(text: str, zone: tzinfo, order: DateOrder | None = None) -> TimeReading | None:
    """The moment that `text` writes (a date alone means its midnight), in `zone` unless it names its own."""
    reading = parse_date(text, order)
    if reading is None:
        return None
    clock = _CLOCK.search(unicodedata.normalize("NFKC", text[:64]).strip())
    if clock is None:
        return TimeReading(datetime.combine(reading.value, time(), zone), reading.ambiguous)
    chinese, hour, minute, second, fraction, english, offset = clock.groups()
    afternoon = chinese == "下午" or (english or "").lower() == "pm"
    hours = int(hour) % 12 + (12 if afternoon else 0) if chinese or english else int(hour)
    try:
        moment = time(hours, int(minute), int(second or 0), int((fraction or "0")[:6].ljust(6, "0")))
        return TimeReading(datetime.combine(reading.value, moment, _zone(offset, zone)), reading.ambiguous)
    except ValueError:
        return None
