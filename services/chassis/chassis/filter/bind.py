"""A tree and a resource's fields, joined: names looked up, literals typed, shorthands written out.

Both back ends read the result, so that what a filter means is decided here once:

- A comparison with an absent value is false, and NOT of it is true; `a != b` is `NOT a = b`.
- A text is absent when it is null or empty. `name = ""` asks for absence, `name:*` for presence.
- Texts are equal, ordered and matched without letter case (`chassis.text.fold`); custom texts, map values and
  list elements are identifiers or exact wordings and are equal to the letter. `:` on any text is "contains".
- A date where a moment is asked for means the whole day in the caller's time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.filter.errors import FilterError
from chassis.filter.fields import Context, FieldSpec
from chassis.filter.tree import And, Call, Comparison, Condition, Literal, Node, Not, Or, Search, Value
from chassis.filter.values import FUNCTIONS, Span, coerce
from chassis.text import nearest_several

_RANGES = frozenset({"<", "<=", ">", ">="})
_ORDERED = frozenset({"text", "integer", "decimal", "date", "timestamp"})


@dataclass(frozen=True, slots=True)
class Present:
    """The field has a value; of a map, the key has."""

    spec: FieldSpec
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """`=` or a range against a typed value."""

    spec: FieldSpec
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Like:
    """The text (of a map, the key's) is the parts with anything between them, letter case aside."""

    spec: FieldSpec
    parts: tuple[str, ...]
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Contains:
    """A list has the element."""

    spec: FieldSpec
    element: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A map's key has the value."""

    spec: FieldSpec
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Words:
    """The record is found by these words."""

    text: str


@dataclass(frozen=True, slots=True)
class Negation:
    """The part does not hold."""

    part: "Bound"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts, always."""

    parts: "tuple[Bound, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some part holds."""

    parts: "tuple[Bound, ...]"


Bound = Present | Compare | Like | Contains | Entry | Words | Negation | AllOf | AnyOf


def bind(node: Node, fields: Mapping[str, FieldSpec], context: Context) -> Bound:
    """Join them, or raise FilterError naming what does not fit."""
    match node:
        case And(parts):
            return AllOf(tuple(bind(part, fields, context) for part in parts))
        case Or(parts):
            return AnyOf(tuple(bind(part, fields, context) for part in parts))
        case Not(part):
            return Negation(bind(part, fields, context))
        case Search(literal):
            return Words(literal.text.replace("*", " "))
        case Condition(call):
            return _condition(call)
        case Comparison():
            return _comparison(node, fields, context)


def _condition(call: Call) -> Bound:
    match call:
        case Call("search", (Literal() as words,), ()):
            return Words(words.text)
        case Call(name) if name in FUNCTIONS:
            raise FilterError("FILTER_ARGUMENTS", call.position, name)
    near = tuple(nearest_several(call.name, FUNCTIONS))
    raise FilterError("FILTER_UNKNOWN_FUNCTION", call.position, call.name, nearest=near)


def _comparison(node: Comparison, fields: Mapping[str, FieldSpec], context: Context) -> Bound:
    if node.operator == "!=":
        return Negation(_positive(node, "=", fields, context))
    return _positive(node, node.operator, fields, context)


def _positive(node: Comparison, operator: str, fields: Mapping[str, FieldSpec], context: Context) -> Bound:
    spec, key = _look_up(node, fields)
    star = isinstance(node.value, Literal) and node.value.is_star and not node.value.quoted
    if star and operator in {":", "="} and (spec.kind != "map" or key is not None):
        return Present(spec, key)
    match spec.kind:
        case "map":
            return _map(node, operator, spec, key)
        case "list":
            if operator != ":":
                raise _operator(node, operator)
            return Contains(spec, coerce(node.value, spec, spec.element, context))
        case "text":
            return _text(node, operator, spec, context)
    if operator in _RANGES and (spec.kind not in _ORDERED or _lacks_range(spec)):
        raise _operator(node, operator)
    value = coerce(node.value, spec, spec.kind, context)
    operator = "=" if operator == ":" else operator
    return _day(spec, operator, value) if isinstance(value, Span) else Compare(spec, operator, value)


def _lacks_range(spec: FieldSpec) -> bool:
    return spec.key is not None and spec.range is None


def _look_up(node: Comparison, fields: Mapping[str, FieldSpec]) -> tuple[FieldSpec, str | None]:
    """The field of that name, or the map whose key the rest names."""
    spec = fields.get(node.field)
    if spec is not None:
        return spec, None
    owner = fields.get(node.path[0])
    if owner is not None and owner.kind == "map" and len(node.path) > 1:
        return owner, ".".join(node.path[1:])
    near = tuple(nearest_several(node.field, fields))
    raise FilterError("FILTER_UNKNOWN_FIELD", node.position, node.field, nearest=near)


def _operator(node: Comparison, operator: str) -> FilterError:
    return FilterError("FILTER_OPERATOR", node.position, node.field, operator=operator)


def _map(node: Comparison, operator: str, spec: FieldSpec, key: str | None) -> Bound:
    value = node.value
    if isinstance(value, Call):
        raise FilterError("FILTER_ARGUMENTS", value.position, value.name)
    if operator not in {"=", ":"} or (key is None and (operator != ":" or value.is_pattern)):
        raise _operator(node, operator)
    if key is None:
        return Present(spec, value.text)
    return Like(spec, value.parts, key) if value.is_pattern else Entry(spec, key, value.text)


def _text(node: Comparison, operator: str, spec: FieldSpec, context: Context) -> Bound:
    parts = _parts(node.value, spec, context)
    if operator in _RANGES:
        if len(parts) > 1:
            raise FilterError("FILTER_VALUE_PLAIN", node.value.position, spec.name, value="*".join(parts))
        if _lacks_range(spec):
            raise _operator(node, operator)
        return Compare(spec, operator, parts[0])
    if operator == ":":
        return Like(spec, ("", *parts, ""))
    if len(parts) > 1:
        return Like(spec, parts)
    return Compare(spec, "=", parts[0]) if parts[0] else Negation(Present(spec))


def _parts(value: Value, spec: FieldSpec, context: Context) -> tuple[str, ...]:
    match value:
        case Literal(parts):
            return parts
        case Call("prefix", (Literal() as start,), ()):
            return (start.text, "")
        case Call("me", (), ()) if context.me is not None:
            return (str(context.me),)
    return (str(coerce(value, spec, "text", context)),)


def _day(spec: FieldSpec, operator: str, span: Span) -> Bound:
    edges: dict[str, tuple[str, datetime]] = {
        "<": ("<", span.start),
        "<=": ("<", span.end),
        ">": (">=", span.end),
        ">=": (">=", span.start),
    }
    if operator == "=":
        return AllOf((Compare(spec, ">=", span.start), Compare(spec, "<", span.end)))
    return Compare(spec, *edges[operator])
