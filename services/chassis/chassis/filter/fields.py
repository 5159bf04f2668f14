"""What a filter may ask about: the fields of a resource, and who asks when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement

Kind = Literal[
    "text", "choice", "integer", "decimal", "boolean", "timestamp", "date", "uuid", "reference", "list", "map"
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, eq=False)
class FieldSpec:
    """A field that may be filtered by.

    A custom field gives `key` and, as `column`, the JSONB document it lies in; equality then is
    `column @> {key: value}`, and a range is whatever `range` returns (a condition on a typed, indexed
    table beside; without it ranges are refused).
    """

    name: str
    kind: Kind
    column: ColumnElement[Any] | None = None
    """The value, or an expression for it; JSONB for a map, an array (JSONB for a custom field) for a list."""
    sort_column: ColumnElement[Any] | None = None
    """Of a text: the column that holds `chassis.text.sort_key` of the value; equality and order use its index."""
    choices: tuple[str, ...] = ()
    """Of a choice, or a list of choices: the values there are; any when empty."""
    element: Kind = "text"
    """Kind of a list's elements: `text`, `choice`, `uuid` or `reference`."""
    key: str | None = None
    stored: Callable[[Any], Any] = str
    """Of a custom field: a typed value as the document holds it."""
    range: Callable[[str, Any], ColumnElement[bool]] | None = None
    """Called with one of `< <= > >=` and a typed value (of a text its sort key)."""
    entry: Callable[[str, str], ColumnElement[bool]] | None = None
    """Of a map: called with a key and a value that is not empty; without it the document is asked."""

    def read(self, record: Mapping[str, Any]) -> Any:
        """The field's value in a record in memory: by full name, by `custom`'s key, or step by step."""
        if self.key is not None:
            document = record.get("custom")
            return document.get(self.key) if isinstance(document, Mapping) else None
        if self.name in record or "." not in self.name:
            return record.get(self.name)
        value: Any = record
        for step in self.name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return value


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, when and where, and how words are searched.

    `zone` is the time zone in which a day begins. `search` turns words into a condition
    (`search_condition` makes one); `search_record` does so in memory.
    """

    me: UUID | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    zone: tzinfo = UTC
    search: Callable[[str], ColumnElement[bool]] | None = None
    search_record: Callable[[str, Mapping[str, Any]], bool] | None = None
