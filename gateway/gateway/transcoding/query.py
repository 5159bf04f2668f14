"""Query parameters to request fields: `page_size=50`, `ids=a&ids=b`, dotted paths into messages."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.fieldcontract import is_map
from gateway.errors import RequestError, Violation
from gateway.transcoding.decode import converter, unknown
from gateway.transcoding.jsontext import Number, has_bad_character
from gateway.transcoding.known import READ, Wrong, expected

MAX_PARAMETERS = 1_000  # a batch of 500 ids and room
_MAX_DEPTH = 3
_NUMBERS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)

Set = Callable[[Any, str], None]


def pairs(query: bytes) -> list[tuple[str, str]]:
    """The parameters in order; raises RequestError when they are not UTF-8, too many, or hold bad characters."""
    if not query:
        return []
    try:
        found = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except (UnicodeDecodeError, ValueError):
        raise RequestError(Violation("?", "INVALID_VALUE")) from None
    bad = [
        Violation(name.replace("\0", "?"), "INVALID_CHARACTER")
        for name, value in found
        if has_bad_character(name + value)
    ]
    if bad:
        raise RequestError(*bad)
    return found


class QueryReader:
    """Reads the parameters of one route into its request; fields that path or body fill are not parameters."""

    def __init__(self, descriptor: Descriptor, taken: frozenset[str]) -> None:
        self.fields: dict[str, FieldDescriptor] = {}
        self._setters: dict[str, Set] = {}
        self._collect(descriptor, (), taken, 1)

    def _collect(self, descriptor: Descriptor, path: tuple[str, ...], taken: frozenset[str], depth: int) -> None:
        for field in descriptor.fields:
            steps = (*path, field.name)
            name = ".".join(steps)
            if name in taken:
                continue
            if field.message_type is None or field.message_type.full_name in READ:
                self.fields[name] = field
                self._setters[name] = _setter(path, field)
            elif not field.is_repeated and not is_map(field) and depth < _MAX_DEPTH:
                self._collect(field.message_type, steps, taken, depth + 1)

    def __call__(self, found: list[tuple[str, str]], message: Any, problems: list[Violation]) -> None:
        """Set each parameter's field; what does not fit is added to `problems`."""
        seen: set[str] = set()
        for name, value in found:
            setter = self._setters.get(name)
            if setter is None:
                problems.append(unknown(name, name, self._setters))
                continue
            if name in seen and not self.fields[name].is_repeated:
                problems.append(Violation(name, "REPEATED_PARAMETER"))
                continue
            seen.add(name)
            try:
                setter(message, value)
            except Wrong as wrong:
                problems.append(Violation(name, wrong.reason, wrong.values))


def _setter(path: tuple[str, ...], field: FieldDescriptor) -> Set:
    name = field.name

    def holder(message: Any) -> Any:
        for step in path:
            message = getattr(message, step)
        return message

    if field.message_type is not None:
        read = READ[field.message_type.full_name]
        if field.is_repeated:
            return lambda message, value: read(value, getattr(holder(message), name).add())
        return lambda message, value: read(value, getattr(holder(message), name))
    convert = text_converter(field)
    if field.is_repeated:
        return lambda message, value: getattr(holder(message), name).append(convert(value))
    return lambda message, value: setattr(holder(message), name, convert(value))


def text_converter(field: FieldDescriptor) -> Callable[[str], Any]:
    """From a parameter's or path segment's text to what the field holds; raises Wrong."""
    convert = converter(field)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _flag
    if field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_BYTES):
        return convert
    if field.type in _NUMBERS:
        return lambda value: convert(_parsed(Number, value))
    return lambda value: convert(_parsed(int, value))


def _flag(value: str) -> bool:
    if value not in ("true", "false"):
        raise expected(" true 或 false", "true or false")
    return value == "true"


def _parsed(kind: Callable[[str], Any], value: str) -> Any:
    if not _NUMBER.fullmatch(value):
        raise expected("数字", "a number")
    try:
        return kind(value)
    except ValueError:  # a point in a whole number
        raise expected("整数", "a whole number") from None
