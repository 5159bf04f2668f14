"""Fields between message and row: for each, its columns, both conversions, and what values it takes."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import available_timezones

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, decimal_pb2, money_pb2

from chassis import ids
from chassis.contract import FieldContract
from chassis.database.schema import currency_column, sort_column
from chassis.errors import Violation
from chassis.text import normalize_email, normalize_phone, sort_key

DEFAULT_LENGTH = 500
MOST_ITEMS = 200
Row = Mapping[str, Any]
_URL = re.compile(r"https?://[^\s/$.?#][^\s]{0,2000}", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURRENCY = re.compile(r"[A-Z]{3}")


class InvalidValue(Exception):
    """A value that the field does not take; `violation` says why."""

    def __init__(self, field: str, reason: str, **values: Any) -> None:
        self.violation = Violation(field, reason, values)
        super().__init__(reason)


@dataclass(frozen=True)
class Binding:
    """One field of a resource, bound to its columns."""

    contract: FieldContract

    @property
    def name(self) -> str:
        """Its name."""
        return self.contract.name

    @property
    def kind(self) -> str:
        """The contract's kind."""
        return self.contract.kind

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns that hold the value, the value's own first; keys derived from it are not among them."""
        if self.contract.input_only:
            return ()
        return (self.name, currency_column(self.name)) if self.kind == "money" else (self.name,)

    @cached_property
    def sort_column(self) -> str | None:
        """Column with the ordering key of a sortable text."""
        is_text = self.contract.descriptor.type == self.contract.descriptor.TYPE_STRING
        plain = is_text and not self.contract.reference and not self.contract.descriptor.is_repeated
        return sort_column(self.name) if plain and self.contract.options.sortable else None

    def is_set(self, message: Message) -> bool:
        """Whether the message carries a value: present, or not the default where presence is not tracked."""
        if self.contract.descriptor.has_presence:
            return message.HasField(self.name)
        return bool(getattr(message, self.name))

    def read(self, message: Message) -> dict[str, Any]:
        """The columns' values from a message. Raises InvalidValue."""
        value = getattr(message, self.name) if self._given(message) else None
        return self.check(_FROM_MESSAGE.get(self.kind, _plain)(self, value))

    def _given(self, message: Message) -> bool:
        return not self.contract.descriptor.has_presence or message.HasField(self.name)

    def check(self, value: Any) -> dict[str, Any]:
        """Column values for a Python value (money: an (amount, currency) pair), normalised. Raises InvalidValue."""
        if value is None:
            if self.kind == "money":
                return dict.fromkeys(self.columns)
            return {self.name: self._absent()}
        if self.kind == "money":
            return dict(zip(self.columns, _checked_money(self, value), strict=True))
        return {self.name: _CHECKS.get(self.kind, _same)(self, value)}

    def _absent(self) -> Any:
        if self.contract.descriptor.is_repeated:
            return []
        if self.kind == "boolean":
            return False
        if self.kind in ("integer", "percent") and not self.contract.descriptor.has_presence:
            return 0
        return None

    def derived(self, row: Row) -> dict[str, Any]:
        """The ordering key, where the field has one."""
        return {self.sort_column: sort_key(row.get(self.name))} if self.sort_column else {}

    def is_empty(self, row: Row) -> bool:
        """Whether a row holds no value; 0 and false are values."""
        return row.get(self.name) in (None, "", [])


def _same(binding: Binding, value: Any) -> Any:
    return value


def _plain(binding: Binding, value: Any) -> Any:
    return None if value == "" else value


def _uuid_from(binding: Binding, value: str | None) -> uuid.UUID | None:
    if not value:
        return None
    found = ids.parse(value)
    if found is None:
        raise InvalidValue(binding.name, "INVALID_ID")
    return found


def _uuids_from(binding: Binding, values: Any) -> list[uuid.UUID]:
    found = [_uuid_from(binding, value) for value in values]
    return [item for item in dict.fromkeys(found) if item is not None]


def _date_from(binding: Binding, value: date_pb2.Date | None) -> date | None:
    if value is None:
        return None
    try:
        return date(value.year, value.month, value.day)
    except ValueError as error:
        raise InvalidValue(binding.name, "INVALID_DATE") from error


def _time_from(binding: Binding, value: Timestamp | None) -> datetime | None:
    if value is None:
        return None
    try:
        return value.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(binding.name, "INVALID_DATE") from error


def _decimal_from(binding: Binding, value: decimal_pb2.Decimal | None) -> Decimal | None:
    if value is None:
        return None
    return checked_decimal(binding.name, value.value)


def _money_from(binding: Binding, value: money_pb2.Money | None) -> tuple[Decimal, str] | None:
    if value is None:
        return None
    return money_amount(value), value.currency_code


def money_amount(value: money_pb2.Money) -> Decimal:
    """The exact amount."""
    return Decimal(value.units) + Decimal(value.nanos) / 1_000_000_000


def _objects_from(binding: Binding, values: Any) -> list[dict[str, Any]]:
    return [json_format.MessageToDict(item, preserving_proto_field_name=True) for item in values]


_FROM_MESSAGE: dict[str, Callable[[Binding, Any], Any]] = {
    "reference": _uuid_from,
    "references": _uuids_from,
    "choices": lambda binding, value: list(value),
    "date": _date_from,
    "time": _time_from,
    "decimal": _decimal_from,
    "money": _money_from,
    "object": _objects_from,
}


def checked_decimal(field: str, text: str) -> Decimal:
    """A finite decimal of reasonable size. Raises InvalidValue."""
    try:
        value = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except ArithmeticError as error:
        raise InvalidValue(field, "INVALID_NUMBER") from error
    exponent = value.as_tuple().exponent
    # Bounded before anything is computed with it: 1e-999999 is a few bytes to write and a megabyte to print.
    if not isinstance(exponent, int) or not -20 <= exponent <= 15 or abs(value) >= Decimal(10) ** 15:
        raise InvalidValue(field, "INVALID_NUMBER")
    return value


def _checked_money(binding: Binding, value: tuple[Decimal, str]) -> tuple[Decimal, str]:
    amount, currency = value
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15 or not _CURRENCY.fullmatch(currency):
        raise InvalidValue(binding.name, "INVALID_MONEY")
    if amount != round(amount, 4):
        raise InvalidValue(binding.name, "INVALID_MONEY")
    return amount, currency


def checked_text(field: str, value: str, maximum: int) -> str:
    """Text without NUL, lone surrogates or blanks around it, and not too long. Raises InvalidValue."""
    if "\0" in value:
        raise InvalidValue(field, "NUL")
    stripped = value.strip()
    if len(stripped) > maximum:
        raise InvalidValue(field, "TOO_LONG", maximum=maximum)
    return stripped


def _text(binding: Binding, value: str) -> str | None:
    return checked_text(binding.name, value, binding.contract.options.max_length or DEFAULT_LENGTH) or None


def _choice(binding: Binding, value: str) -> str:
    if value not in binding.contract.choices:
        raise InvalidValue(binding.name, "UNKNOWN_CHOICE", value=value[:80])
    return value


def _choices(binding: Binding, values: list[str]) -> list[str]:
    if len(values) > MOST_ITEMS:
        raise InvalidValue(binding.name, "TOO_MANY", maximum=MOST_ITEMS)
    if binding.contract.choices:
        return [_choice(binding, value) for value in dict.fromkeys(values)]
    return [checked_text(binding.name, value, DEFAULT_LENGTH) for value in dict.fromkeys(values)]


def _integer(binding: Binding, value: int) -> int:
    options = binding.contract.options
    if options.bounded and not options.minimum <= value <= options.maximum:
        raise InvalidValue(
            binding.name, "OUT_OF_RANGE", minimum=f"{options.minimum:g}", maximum=f"{options.maximum:.0f}"
        )
    return value


def _email(binding: Binding, value: str) -> str:
    found = normalize_email(checked_text(binding.name, value, 320))
    if found is None:
        raise InvalidValue(binding.name, "INVALID_EMAIL")
    return found


def _phone(binding: Binding, value: str) -> str:
    # Extensions and local short numbers are kept as written; what has no digits is no number.
    text = checked_text(binding.name, value, 60)
    found = normalize_phone(text)
    if found is None and sum(letter.isdigit() for letter in text) < 3:
        raise InvalidValue(binding.name, "INVALID_PHONE")
    return found or text


def _url(binding: Binding, value: str) -> str:
    text = checked_text(binding.name, value, 2000)
    if "://" not in text:
        text = f"https://{text}"
    if not _URL.fullmatch(text):
        raise InvalidValue(binding.name, "INVALID_URL")
    return text


@lru_cache(1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(binding: Binding, value: str) -> str:
    if value not in _time_zones():
        raise InvalidValue(binding.name, "INVALID_TIME_ZONE")
    return value


def _currency(binding: Binding, value: str) -> str:
    if not _CURRENCY.fullmatch(value):
        raise InvalidValue(binding.name, "INVALID_CURRENCY")
    return value


_CHECKS: dict[str, Callable[[Binding, Any], Any]] = {
    "text": _text,
    "long_text": _text,
    "color": _text,
    "language": _text,
    "choice": _choice,
    "choices": _choices,
    "integer": _integer,
    "percent": _integer,
    "email": _email,
    "phone": _phone,
    "url": _url,
    "time_zone": _time_zone,
    "currency": _currency,
}


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


TO_MESSAGE: dict[str, Callable[[Any], Any]] = {
    "reference": str,
    "references": lambda values: [str(value) for value in values],
    "date": to_date,
    "time": to_timestamp,
    "decimal": to_decimal,
}


def object_parser(contract: FieldContract) -> Callable[[Any], Any]:
    """Stored JSON objects as messages of the field's type."""
    from google.protobuf import message_factory

    descriptor: Any = contract.descriptor.message_type
    kind = message_factory.GetMessageClass(descriptor)

    def parse(values: Any) -> list[Message]:
        items = json.loads(values) if isinstance(values, str) else values
        return [json_format.ParseDict(item, kind(), ignore_unknown_fields=True) for item in items]

    return parse
