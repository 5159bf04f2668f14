"""The back end in PostgreSQL: conditions that use the indexes there are.

A condition is TRUE where the filter holds and FALSE or NULL where it does not, which WHERE does not tell
apart and NOT is told by `IS NOT TRUE`. Conditions therefore stay bare, as indexes want them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Numeric,
    Text,
    Uuid,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from chassis.database.bulk import as_json
from chassis.filter.bind import AllOf, AnyOf, Bound, Compare, Contains, Entry, Like, Negation, Present, Words, bind
from chassis.filter.errors import FilterError
from chassis.filter.fields import Context, FieldSpec
from chassis.filter.tree import Node
from chassis.text import escape_like, fold, search_patterns, sort_key

_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "choice": Text(),
    "integer": BigInteger(),
    "decimal": Numeric(),
    "boolean": Boolean(),
    "date": Date(),
    "timestamp": DateTime(timezone=True),
    "uuid": Uuid(),
    "reference": Uuid(),
}
Condition = ColumnElement[bool]


def compile_sql(node: Node, fields: Mapping[str, FieldSpec], context: Context | None = None) -> Condition:
    """The condition for WHERE. Only `fields` can be asked about; literals become bound parameters.

    To negate it write `IS NOT TRUE`, not NOT. Raises FilterError for unknown names, values of the wrong kind,
    operators a kind does not have, and words where nothing is searched.
    """
    context = context or Context()
    return _compile(bind(node, fields, context), context)


def search_condition(columns: ColumnElement[Any] | Sequence[ColumnElement[Any]], words: str) -> Condition:
    """Every word is found in the search column, or in one of several; the usual `Context.search`."""
    searched = [columns] if isinstance(columns, ColumnElement) else list(columns)
    patterns = search_patterns(words)
    if not searched:
        return false()
    return and_(true(), *(or_(*(column.like(pattern) for column in searched)) for pattern in patterns))


def _compile(bound: Bound, context: Context) -> Condition:
    match bound:
        case AllOf(parts):
            return and_(true(), *(_compile(part, context) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(_compile(part, context) for part in parts))
        case Negation(part):
            return _compile(part, context).is_not(true())
        case Words(text):
            if context.search is None:
                raise FilterError("FILTER_NOT_SEARCHABLE")
            return context.search(text)
        case Present(spec, key):
            return _present(spec, key)
        case Like(spec, parts, key):
            return _like(spec, parts, key)
        case Entry(spec, key, value):
            if value and spec.entry is not None:
                return spec.entry(key, value)
            return _document(spec).contains(_json({key: value})) if value else false()
        case Contains(spec, element):
            return _contains(spec, element)
        case Compare(spec, sign, value):
            return _compare(spec, sign, value)


def _column(spec: FieldSpec) -> ColumnElement[Any]:
    if spec.column is None:
        raise LookupError(f"the field {spec.name} has no column")
    return spec.column


def _document(spec: FieldSpec) -> ColumnElement[Any]:
    return cast(_column(spec), JSONB) if not isinstance(_column(spec).type, JSONB) else _column(spec)


def _json(value: object) -> ColumnElement[Any]:
    return cast(literal(as_json(value), Text()), JSONB)


def _text_of(spec: FieldSpec, key: str | None = None) -> Any:
    key = key if key is not None else spec.key
    return _column(spec) if key is None else _document(spec).op("->>")(key)


def _filled(spec: FieldSpec, key: str | None) -> Condition:
    filled: Condition = _text_of(spec, key) != ""
    return filled


def _present(spec: FieldSpec, key: str | None) -> Condition:
    if key is not None or spec.kind in {"text", "choice"}:
        return _filled(spec, key)
    if spec.kind == "map":
        return _document(spec) != _json({})
    if spec.kind == "list":
        if spec.key is not None:
            return _document(spec).op("->")(spec.key) != _json([])
        return func.cardinality(_column(spec)) > 0
    if spec.key is None:
        return _column(spec).is_not(None)
    return _filled(spec, None)


def _like(spec: FieldSpec, parts: tuple[str, ...], key: str | None) -> Condition:
    folded = [escape_like(fold(part)) for part in parts]
    text = _text_of(spec, key)
    condition = and_(text != "", func.casefold(text).like("%".join(folded)))
    start = parts[0].split(maxsplit=1)[:1] if key is None and spec.sort_column is not None else []
    if spec.sort_column is not None and start and start[0].isascii():
        # a sort key begins with the folded text itself, as far as that is ASCII without blanks
        return and_(spec.sort_column.like(f"{escape_like(fold(start[0][:50]))}%"), condition)
    return condition


def _contains(spec: FieldSpec, element: Any) -> Condition:
    if spec.key is not None:
        return _document(spec).contains(_json({spec.key: [spec.stored(element)]}))
    column = _column(spec)
    if isinstance(column.type, JSONB):
        return column.contains(_json([element]))
    kind = column.type.item_type if isinstance(column.type, ARRAY) else _TYPES[spec.element]
    return column.op("@>", is_comparison=True)(literal([element], ARRAY(kind)))


_SIGNS: dict[str, Callable[[Any, Any], Condition]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _compare(spec: FieldSpec, sign: str, value: Any) -> Condition:
    if spec.key is not None:
        return _compare_custom(spec, spec.key, sign, value)
    column = _column(spec)
    if spec.kind != "text":
        return _SIGNS[sign](column, literal(value, _TYPES[spec.kind]))
    if sign == "=":
        exact = func.casefold(column) == fold(value)
        return exact if spec.sort_column is None else and_(spec.sort_column == sort_key(value), exact)
    if spec.sort_column is not None:
        return and_(column != "", _SIGNS[sign](spec.sort_column, literal(sort_key(value), Text())))
    return and_(column != "", _SIGNS[sign](func.casefold(column), literal(fold(value), Text())))


def _compare_custom(spec: FieldSpec, key: str, sign: str, value: Any) -> Condition:
    if sign != "=":
        assert spec.range is not None  # bind refuses it before
        return spec.range(sign, sort_key(value) if spec.kind == "text" else value)
    return _document(spec).contains(_json({key: spec.stored(value)}))
