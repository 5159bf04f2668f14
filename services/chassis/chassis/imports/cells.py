"""Cells to column values: what a spreadsheet's text means for a field."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis.exports.cells import unsafe
from chassis.imports.plan import Plan, Source
from chassis.resources.custom import checked
from chassis.resources.fields import Binding
from chassis.resources.kinds import DEFAULT_LENGTH, InvalidValue, checked_text
from chassis.text import (
    Candidates,
    DateOrder,
    fold,
    normalize_email,
    parse_date,
    parse_flag,
    parse_number,
    parse_time,
    sort_key,
)
from guanxi.identity.v1 import custom_fields_pb2

MOST_VALUE = 500
"""Characters of a value as it is kept for grouping and repair."""
ZERO = "\u2400"
"""How a NUL, which the database cannot hold, is shown."""
_MOST_KNOWN = 5000
"""Texts of one column whose meaning is remembered."""
_SEPARATORS = re.compile(r"[;；,，、|\n]+")
Problem = tuple[str, str, str, dict[str, Any]]
"""(field, code, value, values of the text)."""


_Parser = Callable[[str], dict[str, Any]]


@dataclass(slots=True)
class Reading:
    """What a row says: column values of the fields that are not references, and what is wrong."""

    values: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class CellReader:
    """Reads rows of one plan. Keeps what a text meant: columns repeat themselves."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        # Bound once: these loops run for every cell of the file.
        self._steps: list[tuple[Source, str, _Parser, dict[str, dict[str, Any] | Problem], int]] = [
            (source, source.path, parse, {}, _part(source))
            for source in plan.sources
            if (parse := self._parser(source)) is not None
        ]
        self._required = [
            source.path for source in plan.sources if source.binding is not None and source.binding.contract.required
        ]
        self._columns = [(source.path, source.column, source.constant) for source in plan.sources]
        self._keys = [(key, self._keyed(key)) for key in plan.keys]
        self._title = plan.resource.contract.options.title

    def cells(self, row: list[str]) -> dict[str, str]:
        """Field → text of a row of the file: constants put in, blanks around left out, NUL shown."""
        found = {}
        width = len(row)
        for path, column, constant in self._columns:
            text = row[column].strip() if 0 <= column < width else ""
            if text:
                found[path] = (unsafe(text) if text[0] == "'" else text).replace("\0", ZERO)
            elif constant:
                found[path] = constant
        return found

    def read(self, raw: Mapping[str, str]) -> Reading:
        """The values of a row. References stay texts; see `chassis.imports.analyse`."""
        reading = Reading()
        parts = (reading.values, reading.custom, reading.external)
        for source, path, parse, known, part in self._steps:
            text = raw.get(path)
            if not text:
                continue
            outcome = known.get(text)
            if outcome is None:
                outcome = _attempt(source, parse, text)
                if len(known) < _MOST_KNOWN:
                    known[text] = outcome
            if isinstance(outcome, dict):
                parts[part].update(outcome)
            else:
                reading.problems.append(outcome)
        for path in self._required:
            if path not in raw:
                reading.problems.append((path, "REQUIRED", "", {}))
        return reading

    def keys(self, raw: Mapping[str, str]) -> list[str] | None:
        """What identifies the record, in the form in which it is compared; None when a part is missing."""
        found = []
        for key, shape in self._keys:
            text = raw.get(key, "")
            if not text:
                return None
            found.append(shape(text))
        return found or None

    def title_key(self, raw: Mapping[str, str]) -> str:
        """The ordering key of the record's title."""
        return sort_key(raw.get(self._title))

    def _keyed(self, key: str) -> Callable[[str], str]:
        if key == "id":
            return str.lower
        binding = self._plan.resource.bindings.get(key)
        if binding is None:
            return str
        if binding.kind == "email":
            return lambda text: normalize_email(text) or fold(text)
        return sort_key if binding.sort_column else fold

    def _parser(self, source: Source) -> Callable[[str], dict[str, Any]] | None:
        """A function from text to column values that raises InvalidValue; None for references."""
        if source.path.startswith("external_ids."):
            system = source.path.removeprefix("external_ids.")
            return lambda text: {system: checked_text(source.path, text, 200)}
        if source.path.startswith("custom."):
            return self._custom(source)
        if source.path == "id":
            return None
        binding = source.binding
        assert binding is not None
        if source.reference:
            return None
        convert = _CONVERT.get(binding.kind)
        if convert is None:
            return _plain_text(binding) if binding.kind in ("text", "long_text") else binding.check
        return lambda text: binding.check(convert(self._plan, source, binding, text))

    def _custom(self, source: Source) -> Callable[[str], dict[str, Any]]:
        key = source.path.removeprefix("custom.")
        definition = self._plan.definitions[key]
        names = {fold(name): choice.value for choice in definition.choices for name in _called(choice)}

        def parse(text: str) -> dict[str, Any]:
            value: Any = text
            if definition.kind == "number":
                value = str(_number(self._plan, source, source.path, text))
            elif definition.kind == "choices":
                value = [names.get(fold(part), part) for part in split(text)]
            elif definition.kind == "choice":
                value = names.get(fold(text), text)
            elif definition.kind == "date":
                value = _date(self._plan, source.path, text).isoformat()
            return {key: checked(definition, value)}

        return parse


def _part(source: Source) -> int:
    """Where a source's values go: the record's columns, its custom values or its external ids."""
    if source.binding is not None:
        return 0
    return 1 if source.path.startswith("custom.") else 2


def _attempt(source: Source, parse: Callable[[str], dict[str, Any]], text: str) -> "dict[str, Any] | Problem":
    if ZERO in text:
        return source.path, "NUL", text[:MOST_VALUE], {}
    try:
        return parse(text)
    except InvalidValue as error:
        found = error.violation
        return (source.path, found.reason, text[:MOST_VALUE], {**found.values, "value": text[:80]})


def _plain_text(binding: Binding) -> _Parser:
    """Texts are taken as they are, when they are not too long; what is odd goes the long way."""
    name, maximum = binding.name, binding.contract.options.max_length or DEFAULT_LENGTH

    def parse(text: str) -> dict[str, Any]:
        return {name: text} if len(text) <= maximum else binding.check(text)

    return parse


def split(text: str) -> list[str]:
    """The parts of a cell that holds several values."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _called(choice: Any) -> tuple[str, str, str]:
    """The names of a choice of the contract, or of one that the organization defined."""
    if isinstance(choice, custom_fields_pb2.CustomChoice):
        return choice.value, choice.label_zh, choice.label_en
    return choice.value, choice.label.zh, choice.label.en


def _number(plan: Plan, source: Source, name: str, text: str) -> Decimal:
    reading = parse_number(text)
    if reading is None:
        raise InvalidValue(name, "INVALID_NUMBER")
    return reading.value * source.factor if source.factor is not None else reading.value


def _integer(plan: Plan, source: Source, binding: Binding, text: str) -> int:
    number = _number(plan, source, binding.name, text)
    if number != number.to_integral_value() or abs(number) >= 2**31:
        raise InvalidValue(binding.name, "INVALID_NUMBER")
    return int(number)


def _decimal(plan: Plan, source: Source, binding: Binding, text: str) -> Decimal:
    return _number(plan, source, binding.name, text)


def _money(plan: Plan, source: Source, binding: Binding, text: str) -> tuple[Decimal, str]:
    reading = parse_number(text)
    if reading is None:
        raise InvalidValue(binding.name, "INVALID_NUMBER")
    amount = reading.value * source.factor if source.factor is not None else reading.value
    return amount, reading.currency or plan.currency


def _date(plan: Plan, name: str, text: str) -> Any:
    reading = parse_date(text, plan.orders.get(name))
    if reading is None:
        raise InvalidValue(name, "INVALID_DATE")
    if reading.ambiguous:
        raise InvalidValue(name, "AMBIGUOUS_DATE", first=reading.value.isoformat())
    return reading.value


def _time(plan: Plan, source: Source, binding: Binding, text: str) -> Any:
    reading = parse_time(text, plan.time_zone, plan.orders.get(binding.name))
    if reading is None:
        raise InvalidValue(binding.name, "INVALID_DATE")
    return reading.value


def _flag(plan: Plan, source: Source, binding: Binding, text: str) -> bool:
    flag = parse_flag(text)
    if flag is None:
        raise InvalidValue(binding.name, "INVALID_FLAG")
    return flag


def _choice(plan: Plan, source: Source, binding: Binding, text: str) -> str:
    folded = fold(text)
    for choice in binding.contract.options.choices:
        if folded in map(fold, _called(choice)):
            return str(choice.value)
    return text


def _choices(plan: Plan, source: Source, binding: Binding, text: str) -> list[str]:
    return [_choice(plan, source, binding, part) for part in split(text)]


_CONVERT: dict[str, Callable[[Plan, Source, Binding, str], Any]] = {
    "integer": _integer,
    "percent": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": lambda plan, source, binding, text: _date(plan, binding.name, text),
    "time": _time,
    "boolean": _flag,
    "choice": _choice,
    "language": _choice,
    "choices": _choices,
    "currency": lambda plan, source, binding, text: text.upper(),
}


def choice_candidates(plan: Plan, path: str) -> Candidates | None:
    """The names of a choice's values, for suggestions; None for other fields."""
    source = next((source for source in plan.sources if source.path == path), None)
    if source is None:
        return None
    if source.binding is not None:
        choices: Any = source.binding.contract.options.choices
    elif path.startswith("custom."):
        choices = plan.definitions[path.removeprefix("custom.")].choices
    else:
        choices = ()
    names = {name: str(choice.value) for choice in choices for name in _called(choice) if name}
    return Candidates(names) if names else None


__all__ = ["CellReader", "DateOrder", "Problem", "Reading", "choice_candidates", "split"]
