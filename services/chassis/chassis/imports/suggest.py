"""Which field a header means: by names, labels in both languages and synonyms, then by likeness."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.contract import find_resource
from chassis.fieldcontract import CustomField, FieldContract
from chassis.ids import parse
from chassis.resources.resource import Resource
from chassis.text import Candidates, fold

EXTERNAL_SYSTEM = "import"
"""The system of external ids that a file brings without naming one."""
_BLANKS = re.compile(r"[\s_\-./:()*]+")
_UNITS = re.compile(r"[(（\[].*[)）\]]")
_ID_WORDS = frozenset({"id", "external id", "编号", "外部编号", "序号"})


@dataclass(frozen=True, slots=True)
class Suggested:
    """A column and the field it fills."""

    column: int
    field: str


def normal(header: str) -> str:
    """A header as it is compared: `Office_Location (HQ)` → `office location`."""
    return _BLANKS.sub(" ", _UNITS.sub("", fold(header))).strip()


def suggest(
    resource: Resource,
    headers: Sequence[str],
    columns: Sequence[Sequence[str]],
    definitions: Sequence[CustomField],
    denied: frozenset[str],
) -> list[Suggested]:
    """At most one column for each field; `columns` holds sample values. Fields in `denied` are left out.

    A column may fill two fields that both claim its header (a manager's name names the team, too).
    """
    names = _names(resource, definitions)
    names = {field: words for field, words in names.items() if field not in denied}
    titles = [normal(header) for header in headers]
    taken: dict[str, int] = {}
    for strength in range(3):
        for field, words in names.items():
            for column, title in enumerate(titles):
                if title and field not in taken and len(words) > strength and title in words[strength]:
                    if strength == 2 and column in taken.values():
                        continue
                    taken[field] = column
    _by_likeness(names, titles, taken)
    _external(resource, headers, titles, columns, taken, denied)
    return [Suggested(column, field) for field, column in sorted(taken.items(), key=lambda item: (item[1], item[0]))]


def _names(resource: Resource, definitions: Sequence[CustomField]) -> dict[str, list[set[str]]]:
    """Field → words by strength: its name and labels, its synonyms, what the records it refers to are called."""
    found: dict[str, list[set[str]]] = {}
    fields: list[FieldContract] = [binding.contract for binding in resource.bindings.values()]
    for field in [*fields, *definitions]:
        if field.output_only or field.input_only or field.kind in ("object", "lines", "files"):
            continue
        found[field.name] = [_own(field), set(map(normal, field.options.synonyms)), set()]
        target = find_resource(field.reference)
        if target is not None and target.options.title:
            title = target.fields[target.options.title]
            found[field.name][2] = set(map(normal, title.options.synonyms)) | {
                normal(target.options.label.zh),
                normal(target.options.label.en),
            }
    return found


def _own(contract: FieldContract) -> set[str]:
    label = contract.options.label
    words = {normal(contract.name.removeprefix("custom.")), normal(label.zh), normal(label.en)}
    if contract.reference:
        words.add(normal(contract.name.removesuffix("_id").removesuffix("_ids")))
    return words - {""}


def _by_likeness(names: dict[str, list[set[str]]], titles: Sequence[str], taken: dict[str, int]) -> None:
    words = {word: field for field, groups in names.items() if field not in taken for word in groups[0] | groups[1]}
    if not words:
        return
    candidates = Candidates(words)
    for column, title in enumerate(titles):
        if not title or column in taken.values():
            continue
        near = candidates.nearest(title)
        if near is not None and words[near] not in taken:
            taken[words[near]] = column


def _external(
    resource: Resource,
    headers: Sequence[str],
    titles: Sequence[str],
    columns: Sequence[Sequence[str]],
    taken: dict[str, int],
    denied: frozenset[str],
) -> None:
    """A column of different codes that is called an id, when nothing else claims it."""
    field = f"external_ids.{EXTERNAL_SYSTEM}"
    if "external_ids" in denied or "external_ids" not in resource.contract.fields:
        return
    for column, title in enumerate(titles):
        if title == "id" and columns[column] and all(map(parse, columns[column])):
            taken["id"] = column
        elif title.startswith("external ids "):
            taken[f"external_ids.{headers[column].partition('.')[2].strip()}"] = column
    own = normal(resource.contract.options.label.en)
    for column, title in enumerate(titles):
        if column in taken.values() or not (title in _ID_WORDS or title in {f"{own} id", f"{own} no", f"{own} number"}):
            continue
        samples = [value for value in columns[column] if value]
        if samples and len(set(samples)) == len(samples):
            taken[field] = column
            return
