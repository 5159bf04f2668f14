"""Custom values: checked against the organization's definitions, stored as JSON, carried as `guanxi.type.v1.Value`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.authz.organization import Definitions
from chassis.resources.kinds import InvalidValue, checked_decimal, checked_text, to_date
from chassis.text import parse_date, sort_key
from guanxi.identity.v1 import custom_fields_pb2
from guanxi.type.v1 import value_pb2

MAX_TEXT = 4000


def plain(value: value_pb2.Value) -> Any:
    """A value as Python has it: str, Decimal, bool, list of str, ISO date; None when it is empty."""
    match value.WhichOneof("kind"):
        case "text":
            return value.text
        case "decimal":
            return value.decimal
        case "flag":
            return value.flag
        case "date":
            return f"{value.date.year:04d}-{value.date.month:02d}-{value.date.day:02d}"
        case "texts":
            return list(value.texts.values)
        case _:
            return None


def checked(definition: custom_fields_pb2.CustomField, value: Any) -> Any:
    """The value as it is stored (JSON), None when empty. Raises InvalidValue naming `custom.<key>`."""
    name = f"custom.{definition.key}"
    if value is None or value in ("", []):
        return None
    match definition.kind:
        case "text":
            return checked_text(name, _text(name, value), MAX_TEXT) or None
        case "number":
            number = checked_decimal(name, str(value)).normalize()
            return int(number) if number == number.to_integral_value() else number
        case "date":
            reading = parse_date(_text(name, value))
            if reading is None:
                raise InvalidValue(name, "INVALID_DATE")
            return reading.value.isoformat()
        case "choice":
            return _known(definition, _text(name, value))
        case "choices":
            values = value if isinstance(value, list) else [value]
            return [_known(definition, _text(name, item)) for item in dict.fromkeys(values)]
    raise InvalidValue(name, "INVALID_VALUE")


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise InvalidValue(name, "INVALID_VALUE")


def _known(definition: custom_fields_pb2.CustomField, value: str) -> str:
    if all(choice.value != value for choice in definition.choices):
        raise InvalidValue(f"custom.{definition.key}", "UNKNOWN_CHOICE", value=value[:80])
    return value


def message_of(stored: Any, definition: custom_fields_pb2.CustomField | None) -> value_pb2.Value:
    """A stored value as the contract carries it; by its JSON type where the definition is gone."""
    if isinstance(stored, bool):
        return value_pb2.Value(flag=stored)
    if isinstance(stored, int | float | Decimal):
        return value_pb2.Value(decimal=format(Decimal(str(stored)), "f"))
    if isinstance(stored, list):
        return value_pb2.Value(texts=value_pb2.Texts(values=[str(item) for item in stored]))
    if definition is not None and definition.kind == "date":
        return value_pb2.Value(date=to_date(date.fromisoformat(stored)))
    return value_pb2.Value(text=str(stored))


def ranged_values(definitions: Definitions, custom: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of `custom_values` for fields that can be ordered by or compared."""
    found = []
    for key, stored in custom.items():
        definition = definitions.get(key)
        if definition is None or not definition.ranged or stored is None or isinstance(stored, list):
            continue
        if definition.kind == "number":
            found.append({"key": key, "number": Decimal(str(stored)), "text": None})
        else:
            text = stored if definition.kind == "date" else sort_key(str(stored))
            found.append({"key": key, "number": None, "text": text})
    return found
