"""The back end in memory: workflow conditions, segments and feeds ask it about one record at a time."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from chassis.filter.bind import AllOf, AnyOf, Bound, Compare, Contains, Entry, Like, Negation, Present, Words, bind
from chassis.filter.errors import FilterError
from chassis.filter.fields import Context, FieldSpec
from chassis.filter.tree import Node
from chassis.text import fold, sort_key

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Record = Mapping[str, Any]


def evaluate(node: Node, record: Record, fields: Mapping[str, FieldSpec], context: Context | None = None) -> bool:
    """Whether the record satisfies the filter; exactly when `compile_sql` would find it.

    The record maps field names to str, int, Decimal, bool, date, datetime, UUID, lists or mappings, custom
    values being under `custom`. Raises FilterError as `compile_sql` does.
    """
    return matcher(node, fields, context)(record)


def matcher(node: Node, fields: Mapping[str, FieldSpec], context: Context | None = None) -> Callable[[Record], bool]:
    """The filter as a function, for many records."""
    context = context or Context()
    bound = bind(node, fields, context)
    return lambda record: _holds(bound, record, context)


def _holds(bound: Bound, record: Record, context: Context) -> bool:
    match bound:
        case AllOf(parts):
            return all(_holds(part, record, context) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, record, context) for part in parts)
        case Negation(part):
            return not _holds(part, record, context)
        case Words(text):
            if context.search_record is None:
                raise FilterError("FILTER_NOT_SEARCHABLE")
            return context.search_record(text, record)
        case Present(spec, key):
            return _value(spec, record, key) is not None
        case Like(spec, parts, key):
            return _like(_value(spec, record, key), parts)
        case Entry(spec, key, wanted):
            return bool(_value(spec, record, key) == wanted)
        case Contains(spec, element):
            elements = _value(spec, record, None) or ()
            plain = spec.element in {"text", "choice"}
            return any((item if plain else _typed(item, spec.element)) == element for item in elements)
        case Compare(spec, sign, wanted):
            return _compare(_value(spec, record, None), spec, sign, wanted)


def _compare(value: Any, spec: FieldSpec, sign: str, wanted: Any) -> bool:
    if value is None:
        return False
    if spec.kind != "text":
        return _COMPARE[sign](value, wanted)
    if sign == "=":
        return bool(value == wanted) if spec.key is not None else fold(value) == fold(wanted)
    by_key = spec.sort_column is not None or spec.key is not None
    return _COMPARE[sign](*((sort_key(value), sort_key(wanted)) if by_key else (fold(value), fold(wanted))))


def _like(value: Any, parts: tuple[str, ...]) -> bool:
    """The parts in order, the first at the start, the last at the end; greedy from the left is enough."""
    if value is None:
        return False
    text = fold(value)
    first, *middle, last = map(fold, parts)
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _value(spec: FieldSpec, record: Record, key: str | None) -> Any:
    """The typed value, or None when it is absent: null, an empty text, list or map, or of another type."""
    value = spec.read(record)
    if spec.kind == "map":
        value = value.get(key) if isinstance(value, Mapping) and key is not None else None
        return value if isinstance(value, str) and value else None
    if spec.kind == "list":
        return value if isinstance(value, list | tuple | set | frozenset) and value else None
    return _typed(value, spec.kind)


def _typed(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    try:
        return _convert(value, kind)
    except (ValueError, TypeError, InvalidOperation):
        return None


def _convert(value: Any, kind: str) -> Any:
    match kind:
        case "text" | "choice":
            return value if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer":
            return int(value)
        case "decimal":
            amount = value.get("amount") if isinstance(value, Mapping) else value
            return amount if isinstance(amount, Decimal) else Decimal(str(amount))
        case "date":
            return value if isinstance(value, date) else date.fromisoformat(value)
        case "timestamp":
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        case _:
            return value if isinstance(value, UUID) else UUID(value)
