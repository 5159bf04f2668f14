"""What people write in a cell, for each kind of field: `1,200.50`, `是`, `Gold; Silver`, `31/12/2026`."""

import re
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chassis.fieldcontract import FieldContract, MessageField
from chassis.resources.kinds import InvalidValue
from chassis.text import DateOrder, fold, parse_date, parse_flag, parse_number, parse_time

_SEPARATORS = re.compile(r"[;；,，、|\n]+")


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a text leaves unsaid."""

    currency: str = ""
    time_zone: tzinfo = UTC
    order: DateOrder | None = None
    # Numbers are multiplied by it.
    factor: Decimal | None = None


def split(text: str) -> list[str]:
    """The parts of a text that holds several values."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def spelled(field: FieldContract, text: str, spelling: Spelling) -> Any:
    """The value that a text writes, before it is checked. Raises InvalidValue."""
    match field.kind:
        case "integer":
            return _integer(field, text, spelling)
        case "percent" if isinstance(field, MessageField):  # whole percents, in an integer
            return _integer(field, text, spelling)
        case "decimal" | "percent":
            return _number(field, text, spelling)
        case "money":
            return _money(field, text, spelling)
        case "date":
            return _date(field, text, spelling)
        case "time":
            return _time(field, text, spelling)
        case "boolean":
            return _flag(field, text)
        case "choice" | "language":
            return _choice(field, text)
        case "choices":
            return [_choice(field, part) for part in split(text)]
        case "currency":
            return text.upper()
    return text


def _number(field: FieldContract, text: str, spelling: Spelling) -> Decimal:
    reading = parse_number(text)
    if reading is None:
        raise InvalidValue(field.name, "INVALID_NUMBER")
    return reading.value * spelling.factor if spelling.factor is not None else reading.value


def _integer(field: FieldContract, text: str, spelling: Spelling) -> int:
    number = _number(field, text, spelling)
    if number != number.to_integral_value() or abs(number) >= 2**31:
        raise InvalidValue(field.name, "INVALID_NUMBER")
    return int(number)


def _money(field: FieldContract, text: str, spelling: Spelling) -> tuple[Decimal, str]:
    reading = parse_number(text)
    currency = spelling.currency if reading is None else reading.currency or spelling.currency
    return _number(field, text, spelling), currency


def _date(field: FieldContract, text: str, spelling: Spelling) -> Any:
    reading = parse_date(text, spelling.order)
    if reading is None:
        raise InvalidValue(field.name, "INVALID_DATE")
    if reading.ambiguous:
        raise InvalidValue(field.name, "AMBIGUOUS_DATE", first=reading.value.isoformat())
    return reading.value


def _time(field: FieldContract, text: str, spelling: Spelling) -> Any:
    reading = parse_time(text, spelling.time_zone, spelling.order)
    if reading is None:
        raise InvalidValue(field.name, "INVALID_DATE")
    return reading.value


def _flag(field: FieldContract, text: str) -> bool:
    flag = parse_flag(text)
    if flag is None:
        raise InvalidValue(field.name, "INVALID_FLAG")
    return flag


def _choice(field: FieldContract, text: str) -> str:
    return choice_names(field).get(fold(text), text)


@lru_cache(2000)
def choice_names(field: FieldContract) -> dict[str, str]:
    """What a choice's values are called, folded → value."""
    found: dict[str, str] = {}
    for choice in field.options.choices:
        for name in (choice.value, choice.label.zh, choice.label.en):
            found.setdefault(fold(name), choice.value)
    return found
