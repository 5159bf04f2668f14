"""Cells to column values: what a spreadsheet's text means for a field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chassis.exports.cells import unsafe
from chassis.fieldcontract import CustomField, FieldContract
from chassis.imports.plan import Plan, Source
from chassis.resources.custom import stored
from chassis.resources.fields import Binding
from chassis.resources.kinds import DEFAULT_LENGTH, InvalidValue, checked_text
from chassis.resources.spelling import Spelling, spelled
from chassis.text import Candidates, fold, normalize_email, sort_key

MOST_VALUE = 500
"""Characters of a value as it is kept for grouping and repair."""
ZERO = "\u2400"
"""How a NUL, which the database cannot hold, is shown."""
_MOST_KNOWN = 5000
"""Texts of one column whose meaning is remembered."""
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
        self._required = [source.path for source in plan.sources if source.field is not None and source.field.required]
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
        if binding.kind == "date":
            spelling = self._spelling(key)
            return lambda text: _day(binding.contract, text, spelling)
        return sort_key if binding.sort_column else fold

    def _spelling(self, path: str, factor: Decimal | None = None) -> Spelling:
        return Spelling(self._plan.currency, self._plan.time_zone, self._plan.orders.get(path), factor)

    def _parser(self, source: Source) -> Callable[[str], dict[str, Any]] | None:
        """A function from text to column values that raises InvalidValue; None for ids and references."""
        if source.path.startswith("external_ids."):
            system = source.path.removeprefix("external_ids.")
            return lambda text: {system: checked_text(source.path, text, 200)}
        field = source.field
        if field is None or source.reference:
            return None
        plan = self._plan
        spelling = self._spelling(source.path, source.factor)
        if isinstance(field, CustomField):
            return lambda text: {field.key: stored(field, spelled(field, text, spelling))}
        binding = plan.resource.bindings[source.path]
        if binding.kind in ("text", "long_text"):
            return _plain_text(binding)
        return lambda text: binding.check(spelled(field, text, spelling))


def _part(source: Source) -> int:
    """Where a source's values go: the record's columns, its custom values or its external ids."""
    if source.path.startswith("external_ids."):
        return 2
    return 1 if source.path.startswith("custom.") else 0


def _attempt(source: Source, parse: Callable[[str], dict[str, Any]], text: str) -> "dict[str, Any] | Problem":
    if ZERO in text:
        return source.path, "NUL", text[:MOST_VALUE], {}
    try:
        return parse(text)
    except InvalidValue as error:
        found = error.violation
        return (source.path, found.reason, text[:MOST_VALUE], {**found.values, "value": text[:80]})


def _day(field: FieldContract, text: str, spelling: Spelling) -> str:
    """A day as keys are compared; a text that is none is no record's."""
    try:
        return str(spelled(field, text, spelling))
    except InvalidValue:
        return fold(text)


def _plain_text(binding: Binding) -> _Parser:
    """Texts are taken as they are, when they are not too long; what is odd goes the long way."""
    name, maximum = binding.name, binding.contract.options.max_length or DEFAULT_LENGTH

    def parse(text: str) -> dict[str, Any]:
        return {name: text} if len(text) <= maximum else binding.check(text)

    return parse


def choice_candidates(plan: Plan, path: str) -> Candidates | None:
    """The names of a choice's values, for suggestions; None for other fields."""
    source = next((source for source in plan.sources if source.path == path), None)
    if source is None or source.field is None or not source.field.choices:
        return None
    named = source.field.options.choices
    names = {
        name: choice.value for choice in named for name in (choice.value, choice.label.zh, choice.label.en) if name
    }
    return Candidates(names)
