"""From a message to a draft: which fields the caller set, whether they may, and whether the values fit."""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis import ids
from chassis.authz.organization import Definitions
from chassis.call import Call
from chassis.errors import InvalidArgumentError, Violation
from chassis.ids import uuid7
from chassis.resources.custom import defaults, given, stored
from chassis.resources.kinds import InvalidValue, checked_text
from chassis.resources.lines import carried_over
from chassis.resources.resource import Draft, Resource

_EXTERNAL = 200
EMPTY: tuple[Any, ...] = (None, "", [])


def new_draft(call: Call, resource: Resource, message: Message) -> Draft:
    """A row for a record to be created. Raises InvalidArgumentError with every violation."""
    definitions = resource.definitions(call.organization)
    given = populated(resource, message)
    draft = blank_draft(call, resource, _chosen_id(message), given)
    problems = _written_by_server(resource, message)
    problems += apply(call, resource, draft, message, given, definitions)
    problems += missing(resource, draft, definitions)
    if problems:
        raise InvalidArgumentError(violations=problems)
    return draft


def blank_draft(call: Call, resource: Resource, record_id: uuid.UUID, given: Iterable[str] = ()) -> Draft:
    """A row with nothing in it yet; who makes it owns it unless somebody else is put there."""
    values = resource.empty_row() | {"created_by": call.principal.user_id}
    if resource.owned:
        values["owner_id"] = call.principal.user_id
    if resource.has_custom:
        values["custom"] = defaults(resource.definitions(call.organization))
    return Draft(record_id, values, None, frozenset(given))


def made_draft(resource: Resource, values: Mapping[str, Any]) -> Draft:
    """A row that the system itself makes from values it knows to be right; fields that are left out are empty."""
    return Draft(values["id"], {**resource.empty_row(), **values})


def changed_draft(
    call: Call, resource: Resource, before: Mapping[str, Any], message: Message, paths: Iterable[str]
) -> Draft:
    """A row for a record to be updated at `paths`. Raises InvalidArgumentError with every violation."""
    definitions = resource.definitions(call.organization)
    draft = Draft.of(before)
    draft.given = frozenset(paths)
    problems = apply(call, resource, draft, message, draft.given, definitions)
    problems += missing(resource, draft, definitions)
    if problems:
        raise InvalidArgumentError(violations=problems)
    return draft


def populated(resource: Resource, message: Message) -> list[str]:
    """Fields the message carries a value for; `custom.<key>` and `external_ids.<system>` one by one."""
    found = [name for name, binding in resource.bindings.items() if binding.is_set(message)]
    found += [f"external_ids.{system}" for system in getattr(message, "external_ids", ())]
    if resource.has_custom:
        found += [f"custom.{key}" for key in message.custom]  # type: ignore[attr-defined]
    return [name for name in found if not _output_only(resource, name)]


def apply(
    call: Call, resource: Resource, draft: Draft, message: Message, paths: Iterable[str], definitions: Definitions
) -> list[Violation]:
    """Put the fields at `paths` of a message into a draft; returns what does not fit."""
    problems: list[Violation] = []
    denied = call.access.read_only(resource.module)
    for path in paths:
        name, _, key = path.partition(".")
        try:
            if _is_denied(path, denied):
                problems.append(Violation(path, "FIELD_DENIED"))
            elif name == "custom" and resource.has_custom:
                _apply_custom(draft, message, key, definitions)
            elif name == "external_ids" and name in resource.contract.fields:
                _apply_external(draft, message, key)
            else:
                _apply_field(resource, draft, message, path)
        except InvalidValue as error:
            problems.append(error.violation)
    return problems


def _apply_field(resource: Resource, draft: Draft, message: Message, name: str) -> None:
    binding = resource.bindings.get(name)
    if binding is None:
        known = name in resource.contract.fields
        raise InvalidValue(name, "OUTPUT_ONLY" if known else "INVALID_MASK")
    if binding.contract.output_only:
        raise InvalidValue(name, "OUTPUT_ONLY")
    if binding.contract.immutable and not draft.is_new:
        raise InvalidValue(name, "IMMUTABLE")
    values = binding.read(message)
    if binding.kind == "lines":
        values = {name: carried_over(binding.contract, values[name], draft.values.get(name) or ())}
    if binding.columns:
        draft.values.update(values)
    else:
        draft.inputs.update(values)


def _apply_custom(draft: Draft, message: Any, key: str, definitions: Definitions) -> None:
    keys = [key] if key else [*definitions, *(name for name in message.custom if name not in definitions)]
    for name in keys:
        if name not in definitions:
            raise InvalidValue(f"custom.{name[:60]}", "UNKNOWN_FIELD")
        field = definitions[name]
        if field.output_only and name in message.custom:
            raise InvalidValue(field.name, "OUTPUT_ONLY")
        if field.output_only:
            continue
        value = stored(field, given(field, message.custom[name])) if name in message.custom else None
        if value is None:
            draft.values["custom"].pop(name, None)
        else:
            draft.values["custom"][name] = value


def _apply_external(draft: Draft, message: Any, system: str) -> None:
    wanted = {system: message.external_ids.get(system, "")} if system else dict(message.external_ids)
    if not system:
        draft.values["external_ids"] = {}
    for name, value in wanted.items():
        field = f"external_ids.{name[:60]}"
        if not checked_text(field, name, 60):
            raise InvalidValue(field, "REQUIRED")
        text = checked_text(field, value, _EXTERNAL)
        if text:
            draft.values["external_ids"][name] = text
        else:
            draft.values["external_ids"].pop(name, None)


def missing(resource: Resource, draft: Draft, definitions: Definitions) -> list[Violation]:
    """Required fields that hold nothing."""
    found = [
        Violation(name, "REQUIRED")
        for name, binding in resource.bindings.items()
        if binding.contract.required and binding.columns and binding.is_empty(draft.values)
    ]
    custom = draft.values.get("custom") or {}
    # A definition that became required later does not stand in the way of other edits.
    for key, field in definitions.items():
        touched = draft.is_new or field.name in draft.given or "custom" in draft.given
        if resource.has_custom and field.required and touched and custom.get(key) is None:
            found.append(Violation(field.name, "REQUIRED"))
    return found


def changed_fields(resource: Resource, draft: Draft) -> list[str]:
    """Names of fields whose values differ from before; for a new row those that hold something.

    An input has no column to compare: given, it counts as changed.
    """
    values, before = draft.values, draft.before
    if before is None:
        found = [name for name, columns in resource.stored if values.get(columns[0]) not in EMPTY]
    else:
        found = [
            name for name, columns in resource.stored if any(before[column] != values[column] for column in columns)
        ]
    found += [name for name, value in draft.inputs.items() if value]
    for name in ("external_ids", "custom"):
        new, old = draft.values.get(name) or {}, (draft.before or {}).get(name) or {}
        found += [f"{name}.{key}" for key in sorted({*new, *old}) if new.get(key) != old.get(key)]
    return found


def mask_paths(resource: Resource, message: Message, mask: Iterable[str]) -> list[str]:
    """Paths of an update: as masked, all for `*`, what is populated for none. Raises InvalidArgumentError."""
    paths = list(mask)
    if not paths:
        return populated(resource, message)
    if paths == ["*"]:
        own = [name for name in resource.bindings if not _output_only(resource, name)]
        return [*own, "external_ids", *(["custom"] if resource.has_custom else [])]
    unknown = [path for path in paths if not _maskable(resource, path)]
    if unknown:
        raise InvalidArgumentError(violations=[Violation(path[:80], _why(resource, path)) for path in unknown])
    return [path for path in paths if path not in ("id", "etag")]


def _maskable(resource: Resource, path: str) -> bool:
    name = path.partition(".")[0]
    if name in ("custom", "external_ids"):
        return name in resource.contract.fields
    return path in ("id", "etag") or (path in resource.bindings and not _output_only(resource, path))


def _why(resource: Resource, path: str) -> str:
    return "OUTPUT_ONLY" if path in resource.contract.fields else "INVALID_MASK"


def _output_only(resource: Resource, name: str) -> bool:
    return name in resource.bindings and resource.bindings[name].contract.output_only


def _written_by_server(resource: Resource, message: Message) -> list[Violation]:
    problems = []
    for name, field in resource.contract.fields.items():
        if not field.output_only:
            continue
        present = message.HasField(name) if field.descriptor.has_presence else bool(getattr(message, name))
        if present:
            problems.append(Violation(name, "OUTPUT_ONLY"))
    return problems


def _chosen_id(message: Any) -> uuid.UUID:
    if not message.id:
        return uuid7()
    chosen = ids.parse(message.id)
    if chosen is None:
        raise InvalidArgumentError.of("id", "INVALID_ID")
    return chosen


def as_json(row: Mapping[str, Any], path: str, hidden: frozenset[str]) -> str:
    """A field's value for a conflict's details, as JSON, without what is hidden."""
    name, _, key = path.partition(".")
    value = row.get(name)
    if key:
        value = (value or {}).get(key)
    elif isinstance(value, Mapping):
        value = {item: found for item, found in value.items() if f"{name}.{item}" not in hidden}
    return json.dumps(value, ensure_ascii=False, default=str)[:2000]


def refuse_denied(call: Call, resource: Resource, paths: Iterable[str]) -> None:
    """Raise InvalidArgumentError for paths that the caller may not change, before anything is said of the record."""
    denied = call.access.read_only(resource.module)
    wrong = [path for path in paths if _is_denied(path, denied)]
    if wrong:
        raise InvalidArgumentError(violations=[Violation(path, "FIELD_DENIED") for path in wrong])


def _is_denied(path: str, denied: frozenset[str]) -> bool:
    """A path is denied with its field, and a whole map with any of its keys."""
    name, _, key = path.partition(".")
    inside = not key and any(item.startswith(f"{name}.") for item in denied)
    return path in denied or name in denied or inside
