"""Messages that have a JSON form of their own: dates, times, money, decimals, masks, custom values.

`WRITE` turns a message into JSON, `READ` fills a message from JSON; a reader raises `Wrong` with a key of the texts.
Money's amount has at least two decimals ("1054.00") and at most nine, and is exact both ways.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from gateway.texts import Words
from gateway.transcoding.jsontext import Number

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - UTC by meaning; naive, because its text then has no offset
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DECIMAL = re.compile(r"(-?)(\d{1,40})(?:\.(\d{1,40}))?", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_INT64 = 2**63


class Wrong(Exception):
    """The JSON value does not fit; `reason` is a key of the texts, `path` leads to the part that is wrong."""

    def __init__(self, reason: str, path: str = "", **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.values = values


def expected(zh: str, en: str, path: str = "") -> Wrong:
    """A value of another JSON type."""
    return Wrong("WRONG_TYPE", path, expected=Words(zh, en))


def _string(value: Any, path: str = "") -> str:
    if type(value) is not str:
        raise expected("文本", "text", path)
    return value


def decimal_digits(value: Any, path: str = "") -> str:
    """A decimal as its digits, from text or from a JSON number (whose digits are kept exactly)."""
    if type(value) is int:
        value = str(value)
    elif type(value) is Number:
        value = value.text
    if not _DECIMAL.fullmatch(_string(value, path)):
        raise Wrong("INVALID_DECIMAL", path)
    return str(value)


# Dates and times.


def write_date(message: Any) -> str:
    """`2016-10-20`."""
    return f"{message.year:04d}-{message.month:02d}-{message.day:02d}"


def read_date(value: Any, message: Any) -> None:
    """A day of the calendar."""
    match = _DATE.fullmatch(_string(value))
    try:
        if match is None:
            raise Wrong("INVALID_DATE")
        day = dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise Wrong("INVALID_DATE") from None
    message.year, message.month, message.day = day.year, day.month, day.day


def write_time(message: Any) -> str:
    """RFC 3339 in UTC, with 0, 3, 6 or 9 decimals of the second."""
    nanos = message.nanos
    micros, rest = divmod(nanos, 1000)
    try:
        text = (_EPOCH + dt.timedelta(0, message.seconds, micros)).isoformat()
    except OverflowError:
        return "9999-12-31T23:59:59Z" if message.seconds > 0 else "0001-01-01T00:00:00Z"
    if rest:
        return f"{text[:19]}.{nanos:09d}Z"
    return (text[:-3] if micros and text.endswith("000") else text) + "Z"


def read_time(value: Any, message: Any) -> None:
    """RFC 3339 with any offset."""
    match = _TIME.fullmatch(_string(value))
    if match is None:
        raise Wrong("INVALID_TIME")
    offset = "+00:00" if match[4] in "Zz" else match[4]
    try:
        moment = dt.datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}").astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Wrong("INVALID_TIME") from None
    message.seconds = (moment.replace(tzinfo=None) - _EPOCH) // dt.timedelta(seconds=1)
    message.nanos = int((match[3] or "").ljust(9, "0"))


def write_duration(message: Any) -> str:
    """`2.5s`."""
    sign = "-" if message.seconds < 0 or message.nanos < 0 else ""
    fraction = f"{abs(message.nanos):09d}".rstrip("0")
    return f"{sign}{abs(message.seconds)}{'.' + fraction if fraction else ''}s"


def read_duration(value: Any, message: Any) -> None:
    """Seconds with an `s`."""
    match = _DURATION.fullmatch(_string(value))
    if match is None:
        raise expected('时长，例如 "2.5s"', 'a duration, such as "2.5s"')
    sign = -1 if match[1] else 1
    message.seconds = sign * int(match[2])
    message.nanos = sign * int((match[3] or "").ljust(9, "0"))


# Numbers and money.


def write_decimal(message: Any) -> str:
    """The digits."""
    return str(message.value)


def read_decimal(value: Any, message: Any) -> None:
    """google.type.Decimal."""
    message.value = decimal_digits(value)


def write_money(message: Any) -> dict[str, str]:
    """`{"currency_code": "USD", "amount": "1054.00"}`."""
    units, nanos = message.units, message.nanos
    if nanos:
        fraction = f"{abs(nanos):09d}".rstrip("0").ljust(2, "0")
    else:
        fraction = "00"
    sign = "-" if units < 0 or nanos < 0 else ""
    return {"currency_code": message.currency_code, "amount": f"{sign}{abs(units)}.{fraction}"}


def read_money(value: Any, message: Any) -> None:
    """An amount is required; without a currency it is the organization's."""
    if not isinstance(value, dict):
        raise expected("金额对象", "an object with currency_code and amount")
    for key in value:
        if key not in ("currency_code", "amount"):
            raise Wrong("UNKNOWN_FIELD", key)
    if value.get("amount") is None:
        raise Wrong("REQUIRED", "amount")
    match = _DECIMAL.fullmatch(decimal_digits(value["amount"], "amount"))
    assert match is not None  # decimal_digits has just said so
    fraction = (match[3] or "").rstrip("0")
    units = int(match[2])
    if units >= _INT64 or len(fraction) > 9:
        raise Wrong("INVALID_DECIMAL", "amount")
    sign = -1 if match[1] else 1
    message.units, message.nanos = sign * units, sign * int(fraction.ljust(9, "0"))
    currency = value.get("currency_code")
    if currency:
        if not _CURRENCY.fullmatch(_string(currency, "currency_code")):
            raise Wrong("INVALID_CURRENCY", "currency_code")
        message.currency_code = currency


# Masks and nothing.


def write_mask(message: Any) -> str:
    """`name,annual_revenue`."""
    return ",".join(message.paths)


def read_mask(value: Any, message: Any) -> None:
    """Comma-separated field names."""
    message.paths.extend(path.strip() for path in _string(value).split(",") if path.strip())


def write_empty(_message: Any) -> dict[str, Any]:
    """`{}`."""
    return {}


def read_empty(value: Any, _message: Any) -> None:
    """`{}` only."""
    if value != {}:
        raise expected("空对象", "an empty object")


# Values of custom fields. What a text means (a date, a choice, a number) the service knows from the field.


def write_value(message: Any) -> Any:
    """Plain JSON; None when nothing is set."""
    kind = message.WhichOneof("kind")
    if kind is None:
        return None
    inner = getattr(message, kind)
    if kind in ("text", "decimal", "flag"):
        return inner
    if kind == "texts":
        return list(inner.values)
    return {"date": write_date, "time": write_time, "money": write_money}[kind](inner)


def read_value(value: Any, message: Any) -> None:
    """Text → text, number → decimal (exact digits), true/false → flag, list of texts → texts, object → money."""
    if type(value) is str:
        message.text = value
    elif type(value) is bool:
        message.flag = value
    elif type(value) in (int, Number):
        message.decimal = decimal_digits(value)
    elif isinstance(value, list):
        message.texts.SetInParent()
        message.texts.values.extend(_string(one, f"[{index}]") for index, one in enumerate(value))
    elif isinstance(value, dict):
        read_money(value, message.money)
    else:
        raise expected("文本、数字、是/否、文本列表或金额", "text, a number, true or false, a list of texts, or money")


Writer = Callable[[Any], Any]
Reader = Callable[[Any, Message], None]

WRITE: dict[str, Writer] = {
    "google.type.Date": write_date,
    "google.type.Money": write_money,
    "google.type.Decimal": write_decimal,
    "google.protobuf.Timestamp": write_time,
    "google.protobuf.Duration": write_duration,
    "google.protobuf.FieldMask": write_mask,
    "google.protobuf.Empty": write_empty,
    "guanxi.type.v1.Value": write_value,
}
READ: dict[str, Reader] = {
    "google.type.Date": read_date,
    "google.type.Money": read_money,
    "google.type.Decimal": read_decimal,
    "google.protobuf.Timestamp": read_time,
    "google.protobuf.Duration": read_duration,
    "google.protobuf.FieldMask": read_mask,
    "google.protobuf.Empty": read_empty,
    "guanxi.type.v1.Value": read_value,
}
