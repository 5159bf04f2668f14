"""Values of events as the rest of the API has them: an amount of money, a day and a custom value are what REST shows."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.contract import ResourceContract


def changed_values(message: Message | None, fields: Iterable[str]) -> dict[str, Any]:
    """The changed fields' values on one side of a change, as protobuf's JSON; `custom.<key>` is in `custom`."""
    if message is None:
        return {}
    values: dict[str, Any] = json_format.MessageToDict(message, preserving_proto_field_name=True)
    return {name: values[name] for name in {field.partition(".")[0] for field in fields} if name in values}


def plain_values(contract: ResourceContract | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values, field by field; as they are where no contract knows the field."""
    fields = contract.fields if contract else {}
    return {name: _plain(fields[name].kind if name in fields else "", value) for name, value in values.items()}


def seen_json(values: Mapping[str, Any], hidden: frozenset[str]) -> str:
    """JSON of the fields that are not hidden; of maps, of the keys that are not."""
    seen = {
        name: {key: item for key, item in value.items() if f"{name}.{key}" not in hidden}
        if isinstance(value, Mapping)
        else value
        for name, value in values.items()
        if name not in hidden
    }
    return json.dumps(seen, ensure_ascii=False, default=str)


def _plain(kind: str, value: Any) -> Any:
    convert = _KINDS.get(kind)
    if convert and isinstance(value, Mapping):
        return convert(value)
    if kind == "object" and isinstance(value, Mapping) and value and all(_is_value(item) for item in value.values()):
        return {key: _custom(item) for key, item in value.items()}
    if kind == "map" and isinstance(value, Mapping):
        return {key: _custom(item) if _is_value(item) else item for key, item in value.items()}
    return value


def _is_value(item: Any) -> bool:
    """Whether it is a `guanxi.type.v1.Value`."""
    return isinstance(item, Mapping) and len(item) == 1 and next(iter(item)) in _CUSTOM


def _custom(item: Mapping[str, Any]) -> Any:
    [(kind, value)] = item.items()
    return _CUSTOM[kind](value)


def _money(value: Mapping[str, Any]) -> dict[str, str]:
    units, nanos = int(value.get("units", 0)), int(value.get("nanos", 0))
    fraction = f"{abs(nanos):09d}".rstrip("0").ljust(2, "0")
    sign = "-" if units < 0 or nanos < 0 else ""
    return {"currency_code": str(value.get("currency_code", "")), "amount": f"{sign}{abs(units)}.{fraction}"}


def _date(value: Mapping[str, Any]) -> str:
    return f"{value.get('year', 0):04d}-{value.get('month', 0):02d}-{value.get('day', 0):02d}"


def _same(value: Any) -> Any:
    return value


_KINDS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "money": _money,
    "date": _date,
    "decimal": lambda value: value.get("value", ""),
}
_CUSTOM: dict[str, Callable[[Any], Any]] = {
    "text": _same,
    "decimal": _same,
    "flag": _same,
    "date": _date,
    "time": _same,
    "money": _money,
    "texts": lambda value: value.get("values", []),
}
