"""Literals and functions of a filter, turned into values of a field's kind."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from chassis.filter.errors import FilterError
from chassis.filter.fields import Context, FieldSpec, Kind
from chassis.filter.tree import Call, Shift, Value
from chassis.text import fold, nearest_several

FUNCTIONS = ("me", "now", "prefix", "search", "today")
_INT64 = 2**63
_MAX_DIGITS = 40
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_REASONS: dict[str, str] = {
    "integer": "FILTER_VALUE_INTEGER",
    "decimal": "FILTER_VALUE_DECIMAL",
    "boolean": "FILTER_VALUE_BOOLEAN",
    "date": "FILTER_VALUE_DATE",
    "timestamp": "FILTER_VALUE_TIMESTAMP",
    "uuid": "FILTER_VALUE_ID",
    "reference": "FILTER_VALUE_ID",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A day where a moment is asked for: from `start` until before `end`."""

    start: datetime
    end: datetime


def coerce(value: Value, spec: FieldSpec, kind: Kind, context: Context) -> Any:
    """The typed value: str, int, Decimal, bool, date, datetime, Span or UUID. Raises FilterError when it is none."""
    if isinstance(value, Call):
        return _call(value, spec, kind, context)
    if value.is_pattern:
        raise FilterError("FILTER_VALUE_PLAIN", value.position, spec.name, value=value.text)
    try:
        typed = _literal(value.text, spec, kind, context)
    except (ValueError, InvalidOperation, OverflowError):
        typed = None
    if typed is None:
        if kind == "choice":
            near = tuple(nearest_several(value.text, spec.choices))
            raise FilterError("FILTER_VALUE_CHOICE", value.position, spec.name, nearest=near, value=value.text)
        raise FilterError(_REASONS[kind], value.position, spec.name, value=value.text)
    return typed


def _literal(text: str, spec: FieldSpec, kind: Kind, context: Context) -> Any:
    match kind:
        case "integer":
            number = int(text) if len(text) <= _MAX_DIGITS else None
            return number if number is not None and -_INT64 <= number < _INT64 else None
        case "decimal":
            return _decimal(text)
        case "boolean":
            return {"true": True, "false": False}.get(text.lower())
        case "date":
            return date.fromisoformat(text)
        case "timestamp":
            return _moment(text, context)
        case "uuid" | "reference":
            return UUID(text) if len(text) in {32, 36} else None
        case "choice":
            return _choice(text, spec)
        case _:
            return text


def _decimal(text: str) -> Decimal | None:
    """Exponents are bounded: 1e999999 would be written out by the database."""
    number = Decimal(text) if len(text) <= _MAX_DIGITS else None
    if number is None or not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        return None
    return number


def _choice(text: str, spec: FieldSpec) -> str | None:
    if not spec.choices or text in spec.choices:
        return text
    folded = fold(text)
    return next((choice for choice in spec.choices if fold(choice) == folded), None)


def _moment(text: str, context: Context) -> datetime | Span:
    if len(text) <= 10:
        return day_span(date.fromisoformat(text), context)
    moment = datetime.fromisoformat(text.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=context.zone)


def day_span(day: date, context: Context) -> Span:
    """The day in the caller's time zone. Raises OverflowError at the end of time."""
    start = datetime.combine(day, time(), context.zone)
    return Span(start.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), context.zone).astimezone(UTC))


def _call(call: Call, spec: FieldSpec, kind: Kind, context: Context) -> Any:
    wrong = FilterError("FILTER_ARGUMENTS", call.position, call.name)
    if call.name not in FUNCTIONS:
        near = tuple(nearest_several(call.name, FUNCTIONS))
        raise FilterError("FILTER_UNKNOWN_FUNCTION", call.position, call.name, nearest=near)
    if call.arguments:
        raise wrong
    if call.name == "me" and kind in {"reference", "uuid"} and not call.shifts and context.me is not None:
        return context.me
    try:
        if call.name == "today" and kind in {"date", "timestamp"}:
            day = shift_date(context.now.astimezone(context.zone).date(), call.shifts)
            return None if day is None else day if kind == "date" else day_span(day, context)
        if call.name == "now" and kind == "timestamp":
            return shift_moment(context.now, call.shifts)
    except (OverflowError, ValueError):
        raise wrong from None
    raise wrong


def shift_date(day: date, shifts: tuple[Shift, ...]) -> date:
    """The day after the shifts, in order. Raises ValueError for hours and smaller, OverflowError out of range."""
    for shift in shifts:
        if shift.unit in {"d", "w"}:
            day += timedelta(days=shift.amount * (7 if shift.unit == "w" else 1))
        elif shift.unit in {"mo", "y"}:
            day = _add_months(day, shift.amount * (12 if shift.unit == "y" else 1))
        else:
            raise ValueError(shift.unit)
    return day


def shift_moment(moment: datetime, shifts: tuple[Shift, ...]) -> datetime:
    """The moment after the shifts, in order; days and longer keep the clock time of `moment`'s zone."""
    for shift in shifts:
        if (seconds := _SECONDS.get(shift.unit)) is not None:
            moment += timedelta(seconds=seconds * shift.amount)
        else:
            day = shift_date(moment.date(), (shift,))
            moment = moment.replace(year=day.year, month=day.month, day=day.day)
    return moment


def _add_months(day: date, months: int) -> date:
    """A month has no 31st: its last day, then."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
