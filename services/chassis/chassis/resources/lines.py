"""Lines: a field that is a list of small messages with fields of their own, such as a contact's further phones.

They are checked as the record's own fields are, and stored as one JSON document beside them.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from google.protobuf import message_factory
from google.protobuf.message import Message

from chassis.fieldcontract import FieldContract, MessageField
from chassis.resources.kinds import KINDS, InvalidValue, to_date, to_decimal, to_money, to_timestamp

MOST_LINES = 200
_TIMES = "%Y-%m-%dT%H:%M:%S.%fZ"
Line = Mapping[str, Any]


def as_stored(value: Any) -> Any:
    """A typed value in JSON: moments in UTC, to the microsecond, so that their texts are ordered as they are."""
    match value:
        case Decimal():
            plain = value.normalize()
            return int(plain) if plain == plain.to_integral_value() else plain
        case (Decimal() as amount, currency):
            return {"amount": as_stored(amount), "currency": currency}
        case datetime():
            return value.astimezone(UTC).strftime(_TIMES)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case list():
            return [as_stored(item) for item in value]
    return value


def read(field: MessageField, values: Any) -> list[dict[str, Any]]:
    """What a message carries, as Python has it, without what the server alone writes: who sends lines back as they were
    read has it among them.
    """
    lines = []
    for index, item in enumerate(values):
        line = {}
        for name, inner in _given(field).items():
            given = not inner.descriptor.has_presence or item.HasField(name)
            with _at(field, index):
                line[name] = KINDS[inner.kind].read(inner, getattr(item, name)) if given else None
        lines.append(line)
    return lines


def carried_over(field: MessageField, lines: Sequence[Line], before: Sequence[Line]) -> list[dict[str, Any]]:
    """Lines of a caller, with what the server wrote in those that are as they were before."""
    written = field.lines.keys() - _given(field).keys()
    former = [({name: value for name, value in line.items() if name not in written}, line) for line in before]
    found = []
    for line in lines:
        same = next((index for index, (given, _) in enumerate(former) if given == line), None)
        found.append(dict(line if same is None else former.pop(same)[1]))
    return found


def _given(field: MessageField) -> dict[str, MessageField]:
    """Fields of its lines that callers set."""
    return {name: inner for name, inner in field.lines.items() if not inner.output_only}


def check(field: MessageField, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines as they are stored; those without any value are left out. Raises InvalidValue, `phones[1].number`."""
    if len(lines) > MOST_LINES:
        raise InvalidValue(field.name, "TOO_MANY", maximum=MOST_LINES)
    found = []
    for index, line in enumerate(lines):
        with _at(field, index):
            stored = {name: _stored(inner, line.get(name)) for name, inner in field.lines.items()}
            stored = {name: value for name, value in stored.items() if value not in (None, "", [])}
            if any(field.lines[name].kind != "choice" for name in stored):
                _complete(field, stored)
                found.append(stored)
    return found


def _stored(field: MessageField, value: Any) -> Any:
    return None if value in (None, "", []) else as_stored(KINDS[field.kind].check(field, value))


def _complete(field: MessageField, line: Line) -> None:
    for name, inner in field.lines.items():
        if inner.required and name not in line:
            raise InvalidValue(name, "REQUIRED")


class _at:  # noqa: N801 - reads as a word in `with _at(field, 1)`
    """Puts the line in front of the field that an InvalidValue names."""

    def __init__(self, field: MessageField, index: int) -> None:
        self._where = f"{field.name}[{index}]"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, InvalidValue):
            violation = error.violation
            raise InvalidValue(f"{self._where}.{violation.field}", violation.reason, **violation.values) from None


def parser(field: MessageField) -> Callable[[Any], list[Message]]:
    """Stored lines as messages."""
    descriptor: Any = field.descriptor.message_type
    kind = message_factory.GetMessageClass(descriptor)
    inner = field.lines

    def parse(stored: Any) -> list[Message]:
        lines = json.loads(stored) if isinstance(stored, str) else stored
        return [
            kind(**{name: _shown(inner[name], value) for name, value in line.items() if name in inner})
            for line in lines
        ]

    return parse


def _shown(field: FieldContract, value: Any) -> Any:
    match field.kind:
        case "decimal":
            return to_decimal(Decimal(str(value)))
        case "money":
            return to_money(Decimal(str(value["amount"])), value["currency"])
        case "date":
            return to_date(date.fromisoformat(value))
        case "time":
            return to_timestamp(datetime.fromisoformat(value))
    return value


def texts(field: MessageField, lines: list[Line]) -> Iterator[str]:
    """What of the lines is searched."""
    for line in lines:
        for name, inner in field.lines.items():
            if inner.options.searchable and line.get(name):
                yield str(line[name])
