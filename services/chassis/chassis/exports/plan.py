"""The columns of an export: which fields, whether the caller may see them, and how rows become cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.organization import IN_SNAPSHOT
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.contract import resource_of
from chassis.database.schema import refs
from chassis.errors import InvalidArgumentError, Violation
from chassis.exports.cells import cell
from chassis.fieldcontract import CustomField, FieldContract
from chassis.resources.resource import Resource
from chassis.resources.spelling import split

STANDARD = ("id", "create_time", "update_time")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, and its cell of a row."""

    header: str
    cell: Callable[[Row], str]
    joined: sa.ColumnElement[Any] | None = None
    """Title of a reference, read beside the row."""


def columns_of(call: Call, resource: Resource, fields: Sequence[str], local: Mapping[str, Resource]) -> list[Column]:
    """The columns for these fields, or for all the caller sees. Raises InvalidArgumentError for unknown ones."""
    hidden = call.access.hidden(resource.module)
    definitions = resource.definitions(call.organization)
    known = [
        name for name, found in resource.bindings.items() if found.columns and found.kind not in ("object", "lines")
    ]
    visible = [*STANDARD, *known, *(f"custom.{key}" for key in definitions)]
    visible = [name for name in visible if name not in hidden and name.partition(".")[0] not in hidden]
    problems = [
        Violation(name[:80], "UNKNOWN_FIELD")
        for name in fields
        if name not in visible and not (name.startswith("external_ids.") and "external_ids" not in hidden)
    ]
    if problems:
        raise InvalidArgumentError(violations=problems)
    return [_column(call, resource, name, local) for name in fields or visible]


def _column(call: Call, resource: Resource, name: str, local: Mapping[str, Resource]) -> Column:
    group, _, key = name.partition(".")
    if group == "custom":
        return _own(call, resource, resource.definitions(call.organization)[key], local)
    if group == "external_ids" and key:
        return Column(name, lambda row: cell((row[group] or {}).get(key)))
    binding = resource.bindings.get(name)
    if binding is None:
        return Column(name, lambda row: cell(row[name]))
    if binding.kind == "money":
        currency = binding.columns[1]
        return Column(name, lambda row: _money(row[name], row[currency]))
    if binding.kind == "references":
        held = sa.any_(resource.table.c[name])
        return _several(call, resource, binding.contract, local, held, lambda row: row[name])
    if not binding.contract.reference:
        return Column(name, lambda row: cell(row[name]))
    return _named(call, resource, binding.contract, local, resource.table.c[name], lambda row: row[name])


def _own(call: Call, resource: Resource, field: CustomField, local: Mapping[str, Resource]) -> Column:
    """A field that the organization added."""
    if field.kind == "references":
        listed = sa.func.jsonb_array_elements_text(resource.table.c.custom[field.key])
        targets = sa.select(sa.cast(listed, sa.Uuid)).correlate(resource.table).scalar_subquery()
        return _several(call, resource, field, local, targets, lambda row: row["custom"].get(field.key))
    if field.reference:
        held = sa.cast(resource.table.c.custom[field.key].astext, sa.Uuid)
        return _named(call, resource, field, local, held, lambda row: row["custom"].get(field.key))
    if field.kind == "money":
        return Column(field.name, lambda row: _amount(row["custom"].get(field.key)))
    return Column(field.name, lambda row: cell(row["custom"].get(field.key)))


def _named(
    call: Call,
    resource: Resource,
    field: FieldContract,
    local: Mapping[str, Resource],
    held: sa.ColumnElement[Any],
    target: Callable[[Row], Any],
) -> Column:
    """A reference: the title where the caller sees one, else the id."""
    kind = field.reference
    if kind in IN_SNAPSHOT and kind not in local:
        titles = _named_in_snapshot(call, field)
        return Column(field.name, lambda row: cell(titles.get(str(target(row)), target(row))))
    label = f"title_{field.name}"
    joined = _title(call, resource.table, held, kind, local).label(label)
    return Column(field.name, lambda row: cell(row[label] or target(row)), joined)


def _several(
    call: Call,
    resource: Resource,
    field: FieldContract,
    local: Mapping[str, Resource],
    held: Any,
    targets: Callable[[Row], Any],
) -> Column:
    """References to several: their titles, and the id where a title is not seen or would not be read back as one."""
    name, kind = field.name, field.reference
    if kind in IN_SNAPSHOT and kind not in local:
        known = _named_in_snapshot(call, field)
        return Column(name, lambda row: cell([_one(known, item) for item in targets(row) or ()]))
    titles = _titles(call, resource.table, held, kind, local).label(f"titles_{name}")
    return Column(name, lambda row: cell([_one(row[titles.name] or {}, item) for item in targets(row) or ()]), titles)


def _named_in_snapshot(call: Call, field: FieldContract) -> dict[str, str]:
    """Names of users, teams or roles. Those in a field that the organization added are for who views them."""
    contract = resource_of(field.reference)
    seen = call.access.scope(contract.module, "view") is not None
    if isinstance(field, CustomField) and (not seen or contract.options.title in call.access.hidden(contract.module)):
        return {}
    return {str(key): title for key, title in call.organization.titles(field.reference).items()}


def _one(titles: Mapping[str, str], item: Any) -> str:
    title = titles.get(str(item)) or ""
    return title if split(title) == [title] else str(item)


def _title(
    call: Call, table: sa.Table, column: sa.ColumnElement[Any], kind: str, local: Mapping[str, Resource]
) -> "sa.ScalarSelect[Any] | sa.ColumnElement[Any]":
    """The title of what a column refers to, where the caller may see it; imports find records by it."""
    found = _seen(call, table, kind, local)
    if found is None:
        return sa.null()
    key, title, conditions = found
    return sa.select(title).where(*conditions, key == column).correlate(table).scalar_subquery()


def _titles(
    call: Call, table: sa.Table, column: sa.ColumnElement[Any], kind: str, local: Mapping[str, Resource]
) -> "sa.ScalarSelect[Any] | sa.ColumnElement[Any]":
    """Id → title of what a column of several refers to, as JSON."""
    found = _seen(call, table, kind, local)
    if found is None:
        return sa.null()
    key, title, conditions = found
    pairs = sa.func.jsonb_object_agg(sa.cast(key, sa.Text), title)
    held = key.in_(column.element) if isinstance(column, sa.ScalarSelect) else key == column
    return sa.select(pairs).where(*conditions, held).correlate(table).scalar_subquery()


def _seen(
    call: Call, table: sa.Table, kind: str, local: Mapping[str, Resource]
) -> "tuple[Any, Any, list[sa.ColumnElement[bool]]] | None":
    """Where titles of a type are found: id, title, and which of them the caller may see; None where none."""
    contract = resource_of(kind)
    if call.access.scope(contract.module, "view") is None or contract.options.title in call.access.hidden(
        contract.module
    ):
        return None
    target = local.get(kind)
    other: Any = target.table.alias() if target is not None else refs.alias()
    title = other.c[contract.options.title] if target is not None else other.c.title
    conditions = [other.c.org_id == table.c.org_id, *(target.share(other) if target is not None else ())]
    if target is None:
        conditions.append(other.c.resource == kind)
    if contract.options.owned:
        shared = [other.c[name] for name in contract.options.shared_with] if target is not None else []
        conditions.append(owner_condition(call, contract.module, "view", other.c.owner_id, shared))
    return other.c.id, title, conditions


def _money(amount: Any, currency: str | None) -> str:
    return "" if amount is None else f"{currency} {cell(amount)}".strip()


def _amount(value: Mapping[str, Any] | None) -> str:
    return _money(value["amount"], value["currency"]) if value else ""
