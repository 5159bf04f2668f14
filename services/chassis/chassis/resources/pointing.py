"""Fields that refer to records of a type: which rows point to some of them, and pointing to others instead."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.authz.organization import Organization
from chassis.contract import all_resources
from chassis.resources.resource import Draft, Resource


def pointing(resource: Resource, organization: Organization, kind: str) -> Iterator[str]:
    """Fields of a resource that hold ids of such records: its own, those of lines, and the organization's."""
    yield from (name for name, target in resource.references.items() if target == kind)
    yield from (name for name, target in resource.line_references.items() if target == kind)
    if {"module", "record_id"} <= resource.bindings.keys():  # it refers to a record of any module
        yield "record_id"
    for field in resource.definitions(organization).values():
        if field.reference == kind:
            yield field.name


def points_to(resource: Resource, name: str, kind: str, wanted: Collection[uuid.UUID]) -> sa.ColumnElement[bool]:
    """The rows whose field holds one of these ids of a type."""
    group, _, key = name.partition(".")
    column: Any = resource.table.c[group]
    if name == "record_id":
        module = resource.table.c.module == all_resources()[kind].module
        return sa.and_(module, column.in_([str(each) for each in wanted]))
    if not key:
        if resource.bindings[name].contract.descriptor.is_repeated:
            return sa.type_coerce(column.overlap(sa.cast(list(wanted), column.type)), sa.Boolean)
        return sa.type_coerce(column.in_(wanted), sa.Boolean)
    if group == "custom":
        return sa.or_(*(column.contains({key: held}) for each in wanted for held in (str(each), [str(each)])))
    line = sa.func.jsonb_array_elements(column).table_valued(sa.column("value", JSONB), name="line")
    held = line.c.value[key].astext.in_([str(each) for each in wanted])
    return sa.exists(sa.select(sa.literal(1)).select_from(line).where(held))


def point(draft: Draft, name: str, heirs: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Have a draft's field hold heirs in place of those whom they follow; a record never comes to refer to itself."""
    group, _, key = name.partition(".")
    held = draft.values[group]
    if not key:
        draft.values[group] = _followed(held, heirs, draft.id)
    elif isinstance(held, list):
        draft.values[group] = [{**line, key: _followed(line.get(key), heirs, draft.id)} for line in held]
    elif key in held:
        value = _followed(held[key], heirs, draft.id)
        draft.values[group] = {**held, key: value}
        if not value:
            del draft.values[group][key]


def _followed(value: Any, heirs: Mapping[uuid.UUID, uuid.UUID], own: uuid.UUID) -> Any:
    if isinstance(value, list):
        followed = [_heir(item, heirs) for item in value]
        return [item for item in dict.fromkeys(followed) if item in value or str(item) != str(own)]
    heir = _heir(value, heirs)
    return None if heir != value and str(heir) == str(own) else heir


def _heir(value: Any, heirs: Mapping[uuid.UUID, uuid.UUID]) -> Any:
    """In the form that the value has: an id, or its text in JSON."""
    if isinstance(value, str):
        heir = heirs.get(uuid.UUID(value)) if value else None
        return str(heir) if heir else value
    return heirs.get(value, value)
