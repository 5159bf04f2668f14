"""Values to CSV cells: read back by an import as what they were, and never run as a formula by a spreadsheet."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_DANGEROUS = re.compile(r"^[\s\x00-\x20]*[=+\-@\t\r\x00＝＋－＠]")
_NUMBER = re.compile(r"^[+-]?\d[\d .,-]*$")


def safe(text: str) -> str:
    """`text` with an apostrophe in front where a spreadsheet would take it for a formula (OWASP, CSV injection).

    Blanks and control characters in front do not hide it. Phone and other plain numbers stay as they are.
    """
    if _DANGEROUS.match(text) and not _NUMBER.match(text):
        return f"'{text}"
    return text


def unsafe(text: str) -> str:
    """What `safe` was given; an import reads an export back."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text[1:]) else text


def cell(value: Any) -> str:
    """A value as text: numbers with a point, times in UTC (RFC 3339), lists with semicolons."""
    if value is None:
        return ""
    convert = _CONVERT.get(type(value))
    return convert(value) if convert else safe(str(value))


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace(".000000", "").replace("+00:00", "Z")


_CONVERT: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: str,
    Decimal: _number,
    datetime: _time,
    list: lambda value: safe("; ".join(str(item) for item in value)),
}
