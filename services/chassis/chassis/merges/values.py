"""What the survivor of a merge holds: chosen values, its own, or the first there is; lists united."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chassis.call import Call
from chassis.errors import InvalidArgumentError, Violation
from chassis.fieldcontract import MessageField
from chassis.resources.drafting import EMPTY, refuse_denied
from chassis.resources.fields import Binding
from chassis.resources.kinds import InvalidValue
from chassis.resources.resource import Draft, Resource

Row = Mapping[str, Any]
_UNITED = frozenset({"choices", "references", "files", "lines"})
# What says what a line is for, not what it is.
_ASIDE = "type"


def join(call: Call, resource: Resource, survivor: Draft, others: Sequence[Row], chosen: Mapping[str, str]) -> None:
    """Put into the survivor what it is to hold. Raises InvalidArgumentError for choices that cannot be."""
    rows = {str(row["id"]): row for row in (survivor.before or {}, *others)}
    _refuse(call, resource, chosen, rows)
    before = dict(survivor.values)
    for name, binding in resource.bindings.items():
        if not binding.columns or binding.contract.output_only or binding.kind == "map":
            continue
        if binding.kind in _UNITED and name not in chosen:
            survivor.values[name] = _united(binding, [survivor.values[name], *(row[name] for row in others)])
        else:
            row = rows[chosen[name]] if name in chosen else _first(binding, [survivor.values, *others])
            survivor.values.update({column: row[column] for column in binding.columns})
    _keep_reach(resource, survivor.values, [before, *others])
    _join_maps(resource, survivor, others, {path: rows[wanted] for path, wanted in chosen.items()})


def _refuse(call: Call, resource: Resource, chosen: Mapping[str, str], rows: Mapping[str, Row]) -> None:
    problems = []
    for path, wanted in chosen.items():
        name, _, key = path.partition(".")
        binding = resource.bindings.get(path)
        known = resource.has_custom and key in resource.definitions(call.organization) if name == "custom" else binding
        hidden = call.access.hidden(resource.module)
        if not known or path in hidden or name in hidden:
            problems.append(Violation(f"fields.{path[:60]}", "UNKNOWN_FIELD"))
        elif binding is not None and (binding.contract.output_only or not binding.columns):
            problems.append(Violation(f"fields.{path}", "OUTPUT_ONLY"))
        elif wanted not in rows:
            problems.append(Violation(f"fields.{path}", "UNKNOWN_REFERENCE"))
    if problems:
        raise InvalidArgumentError(violations=problems)
    refuse_denied(call, resource, [path for path in chosen if path != "owner_id"])


def _first(binding: Binding, rows: Sequence[Row]) -> Row:
    """The first row that holds something; a mark that anybody has set is set."""
    return next((row for row in rows if row[binding.name] not in (*EMPTY, False)), rows[0])


def _united(binding: Binding, values: Iterable[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in (item for held in values for item in held or ()):
        found.setdefault(_key(item), item)
    most = list(found.values())
    try:
        binding.check(most)
    except InvalidValue as error:
        raise InvalidArgumentError(violations=[error.violation]) from error
    return most


def _key(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    return tuple(sorted((name, str(value)) for name, value in item.items() if name != _ASIDE and value not in EMPTY))


def _keep_reach(resource: Resource, values: dict[str, Any], rows: Sequence[Row]) -> None:
    """A number or address that was the first of another record stands among the further ones."""
    for first, name, inner in _reach(resource):
        held = values[name] or []
        known = {values[first], *(line.get(inner) for line in held)}
        more = dict.fromkeys(row[first] for row in rows if row[first] and row[first] not in known)
        if more:
            values[name] = [*held, *({inner: value} for value in more)]
        values[name] = [line for line in values[name] or [] if line.get(inner) != values[first]]


def _reach(resource: Resource) -> Iterator[tuple[str, str, str]]:
    """Fields with one number or address, each with the list of further ones and where a line has it."""
    lines: dict[str, tuple[str, str]] = {}
    for name, binding in resource.bindings.items():
        for inner in _inner(binding):
            if inner.kind in ("phone", "email"):
                lines[inner.kind] = (name, inner.name)
    for name, binding in resource.bindings.items():
        if binding.kind in lines and not binding.contract.output_only:
            yield (name, *lines[binding.kind])


def _inner(binding: Binding) -> Iterable[MessageField]:
    return binding.contract.lines.values() if binding.kind == "lines" else ()


def _join_maps(resource: Resource, survivor: Draft, others: Sequence[Row], chosen: Mapping[str, Row]) -> None:
    """Custom values and external ids, key by key."""
    for name in ("custom", "external_ids") if resource.has_custom else ("external_ids",):
        joined: dict[str, Any] = {}
        for row in reversed(others):
            joined |= row[name] or {}
        joined |= survivor.values[name]
        for path, row in chosen.items():
            of, _, key = path.partition(".")
            if of == name and key in (row[name] or {}):
                joined[key] = row[name][key]
            elif of == name:
                joined.pop(key, None)
        survivor.values[name] = joined
