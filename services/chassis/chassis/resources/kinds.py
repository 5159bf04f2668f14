"""The kinds of fields: for each, how a message's value becomes a column's, what values it takes, and the way back.

A new kind is a line in `KINDS`, a line in `chassis.contract` that recognises it, and its column in `chassis.database.schema`.
"""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from google.protobuf import json_format, message_factory
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, decimal_pb2, money_pb2

from chassis import ids
from chassis.currencies import CURRENCIES
from chassis.errors import Violation
from chassis.fieldcontract import FieldContract, MessageField
from chassis.text import normalize_email, normalize_phone

DEFAULT_LENGTH = 500
MOST_ITEMS = 200
MOST_FILES = 20
_URL = re.compile(r"https?://[^\s/$.?#][^\s]{0,2000}", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidValue(Exception):
    """A value that the field does not take; `violation` says why."""

    def __init__(self, field: str, reason: str, **values: Any) -> None:
        self.violation = Violation(field, reason, values)
        super().__init__(reason)


def _same(field: FieldContract, value: Any) -> Any:
    return value


def _plain(field: FieldContract, value: Any) -> Any:
    return None if value == "" else value


def _uuid_from(field: FieldContract, value: str | None) -> uuid.UUID | None:
    if not value:
        return None
    found = ids.parse(value)
    if found is None:
        raise InvalidValue(field.name, "INVALID_ID")
    return found


def _uuids_from(field: FieldContract, values: Any) -> list[uuid.UUID]:
    found = [_uuid_from(field, value) for value in values]
    return [item for item in dict.fromkeys(found) if item is not None]


def _date_from(field: FieldContract, value: date_pb2.Date | None) -> date | None:
    if value is None:
        return None
    try:
        return date(value.year, value.month, value.day)
    except ValueError as error:
        raise InvalidValue(field.name, "INVALID_DATE") from error


def _time_from(field: FieldContract, value: Timestamp | None) -> datetime | None:
    if value is None:
        return None
    try:
        return value.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(field.name, "INVALID_DATE") from error


def _decimal_from(field: FieldContract, value: decimal_pb2.Decimal | None) -> Decimal | None:
    if value is None:
        return None
    return checked_decimal(field.name, value.value)


def _money_from(field: FieldContract, value: money_pb2.Money | None) -> tuple[Decimal, str] | None:
    if value is None:
        return None
    return money_amount(value), value.currency_code


def money_amount(value: money_pb2.Money) -> Decimal:
    """The exact amount."""
    return Decimal(value.units) + Decimal(value.nanos) / 1_000_000_000


def _objects_from(field: FieldContract, values: Any) -> list[dict[str, Any]]:
    return [json_format.MessageToDict(item, preserving_proto_field_name=True) for item in values]


def checked_decimal(name: str, text: str) -> Decimal:
    """A finite decimal of reasonable size. Raises InvalidValue."""
    try:
        value = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except ArithmeticError as error:
        raise InvalidValue(name, "INVALID_NUMBER") from error
    exponent = value.as_tuple().exponent
    # Bounded before anything is computed with it: 1e-999999 is a few bytes to write and a megabyte to print.
    if not isinstance(exponent, int) or not -20 <= exponent <= 15 or abs(value) >= Decimal(10) ** 15:
        raise InvalidValue(name, "INVALID_NUMBER")
    return value


def _checked_money(field: FieldContract, value: tuple[Decimal, str]) -> tuple[Decimal, str]:
    amount, currency = value
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15 or currency not in CURRENCIES:
        raise InvalidValue(field.name, "INVALID_MONEY")
    if amount != round(amount, 4):
        raise InvalidValue(field.name, "INVALID_MONEY")
    return _within(field, amount), currency


def checked_text(name: str, value: str, maximum: int) -> str:
    """Text without NUL, lone surrogates or blanks around it, and not too long. Raises InvalidValue."""
    if "\0" in value:
        raise InvalidValue(name, "NUL")
    stripped = value.strip()
    if len(stripped) > maximum:
        raise InvalidValue(name, "TOO_LONG", maximum=maximum)
    return stripped


def _text(field: FieldContract, value: str) -> str | None:
    return checked_text(field.name, value, field.options.max_length or DEFAULT_LENGTH) or None


def _choice(field: FieldContract, value: str) -> str:
    if value not in field.choices:
        raise InvalidValue(field.name, "UNKNOWN_CHOICE", value=value[:80])
    return value


def _choices(field: FieldContract, values: list[str]) -> list[str]:
    if len(values) > MOST_ITEMS:
        raise InvalidValue(field.name, "TOO_MANY", maximum=MOST_ITEMS)
    if field.choices:
        return [_choice(field, value) for value in dict.fromkeys(values)]
    return [checked_text(field.name, value, DEFAULT_LENGTH) for value in dict.fromkeys(values)]


def _files(field: FieldContract, values: list[str]) -> list[str]:
    if len(values) > MOST_FILES:
        raise InvalidValue(field.name, "TOO_MANY", maximum=MOST_FILES)
    return [checked_text(field.name, value, 100) for value in dict.fromkeys(values)]


def _within(field: FieldContract, value: Any) -> Any:
    options = field.options
    if options.bounded and not options.minimum <= value <= options.maximum:
        raise InvalidValue(field.name, "OUT_OF_RANGE", minimum=f"{options.minimum:g}", maximum=f"{options.maximum:.0f}")
    return value


def _email(field: FieldContract, value: str) -> str:
    found = normalize_email(checked_text(field.name, value, 320))
    if found is None:
        raise InvalidValue(field.name, "INVALID_EMAIL")
    return found


def _phone(field: FieldContract, value: str) -> str:
    # Extensions and local short numbers are kept as written; what has no digits is no number.
    text = checked_text(field.name, value, 60)
    found = normalize_phone(text)
    if found is None and sum(letter.isdigit() for letter in text) < 3:
        raise InvalidValue(field.name, "INVALID_PHONE")
    return found or text


def _url(field: FieldContract, value: str) -> str:
    text = checked_text(field.name, value, 2000)
    if "://" not in text:
        text = f"https://{text}"
    if not _URL.fullmatch(text):
        raise InvalidValue(field.name, "INVALID_URL")
    return text


@lru_cache(1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(field: FieldContract, value: str) -> str:
    if value not in _time_zones():
        raise InvalidValue(field.name, "INVALID_TIME_ZONE")
    return value


def _currency(field: FieldContract, value: str) -> str:
    if value not in CURRENCIES:
        raise InvalidValue(field.name, "INVALID_CURRENCY")
    return value


def to_timestamp(value: datetime) -> Timestamp:
    """A timestamp message from an aware datetime."""
    since = value - _EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)


def to_date(value: date) -> date_pb2.Date:
    """A date message."""
    return date_pb2.Date(year=value.year, month=value.month, day=value.day)


def to_money(amount: Decimal, currency: str) -> money_pb2.Money:
    """A money message; the fraction as nanos."""
    units = int(amount)
    return money_pb2.Money(currency_code=currency or "", units=units, nanos=int((amount - units) * 1_000_000_000))


def to_decimal(value: Decimal) -> decimal_pb2.Decimal:
    """A decimal message."""
    return decimal_pb2.Decimal(value=format(value, "f"))


def object_parser(field: MessageField) -> Callable[[Any], Any]:
    """Stored JSON objects as messages of the field's type."""
    descriptor: Any = field.descriptor.message_type
    kind = message_factory.GetMessageClass(descriptor)

    def parse(values: Any) -> list[Message]:
        items = json.loads(values) if isinstance(values, str) else values
        return [json_format.ParseDict(item, kind(), ignore_unknown_fields=True) for item in items]

    return parse


@dataclass(frozen=True)
class Kind:
    """One kind of field."""

    # As the filter language knows it; None where nothing is filtered by it.
    filter: str | None = "text"
    # A message's value as Python has it.
    read: Callable[[FieldContract, Any], Any] = _plain
    # The value normalised. Raises InvalidValue.
    check: Callable[[FieldContract, Any], Any] = _same
    # A stored value as messages carry it; None where it is the same.
    show: Callable[[Any], Any] | None = None


KINDS = {
    "text": Kind(check=_text),
    "long_text": Kind(check=_text),
    "color": Kind(check=_text),
    "language": Kind(check=_text),
    "email": Kind(check=_email),
    "phone": Kind(check=_phone),
    "url": Kind(check=_url),
    "time_zone": Kind(check=_time_zone),
    "currency": Kind(check=_currency),
    "choice": Kind("choice", check=_choice),
    "choices": Kind("list", lambda field, value: list(value), _choices),
    "boolean": Kind("boolean"),
    "integer": Kind("integer", check=_within),
    "percent": Kind("integer", check=_within),
    "decimal": Kind("decimal", _decimal_from, _within, show=to_decimal),
    "money": Kind("decimal", _money_from, _checked_money),
    "date": Kind("date", _date_from, show=to_date),
    "time": Kind("timestamp", _time_from, show=to_timestamp),
    "reference": Kind("reference", _uuid_from, show=str),
    "references": Kind("list", _uuids_from, show=lambda values: [str(value) for value in values]),
    "files": Kind(None, lambda field, value: list(value), _files),
    "object": Kind(None, _objects_from),
    "lines": Kind(None),  # see chassis.resources.lines
    "map": Kind(None),
}
