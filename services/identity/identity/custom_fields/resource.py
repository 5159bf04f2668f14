"""Custom fields: the standard methods; module, key, type and target stay as they were made."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format
from typing_extensions import override

from chassis.authz.organization import Organization
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.fieldcontract import CustomField
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.custom import default_of
from chassis.resources.kinds import InvalidValue
from guanxi.identity.v1 import custom_fields_pb2
from identity.custom_fields.table import custom_fields
from identity.keys import key_of
from identity.organizations.resource import bump_policy

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 40
_FORMAT = re.compile(r"[^{}]{0,30}\{0{1,12}\}[^{}]{0,20}")
_FIXED = ("module", "key", "kind", "reference")
# Given up later, never taken up: values that are there already would be missing in the index.
_ON_CREATION = ("ranged", "unique")
_CHOSEN = frozenset({"choice", "choices"})
_RANGED = frozenset({"text", "number", "money", "percent", "date", "time", "email", "phone", "url", "auto_number"})
_BOUNDED = frozenset({"number", "money", "percent"})
_LINKING = frozenset({"reference", "references"})
_WITHOUT_DEFAULT = _LINKING | {"file", "auto_number"}


def wrong(draft: Draft, organization: Organization) -> list[Violation]:
    """What does not fit in a definition."""
    values = draft.values
    found = [*_names(values, organization), *_uses(values)]
    if not draft.is_new:
        found += [Violation(name, "IMMUTABLE") for name in _FIXED if draft.changed(name)]
        found += [Violation(name, "ON_CREATION") for name in _ON_CREATION if draft.changed(name) and values[name]]
    return found or _default(values)


def _names(values: Mapping[str, Any], organization: Organization) -> Iterator[Violation]:
    module = organization.contracts.get(values["module"])
    if module is None or not module.options.custom_fields:
        yield Violation("module", "UNKNOWN_MODULE", {"value": str(values["module"])[:60]})
    if not _KEY.fullmatch(values["key"] or ""):
        yield Violation("key", "INVALID_KEY")
    if values["kind"] in _CHOSEN and not values["choices"]:
        yield Violation("choices", "REQUIRED")
    names = [choice.get("value", "") for choice in values["choices"]]
    if len(set(names)) != len(names) or "" in names:
        yield Violation("choices", "CHOICES_REPEATED")
    target = organization.contract(values["reference"] or "")
    if values["kind"] in _LINKING and target is None:
        yield Violation(
            "reference", "UNKNOWN_MODULE" if values["reference"] else "REQUIRED", {"value": values["reference"]}
        )


def _uses(values: Mapping[str, Any]) -> Iterator[Violation]:
    kind, low, high = values["kind"], values["minimum"], values["maximum"]
    for name, kinds in (
        ("ranged", _RANGED),
        ("unique", _RANGED),
        ("minimum", _BOUNDED),
        ("maximum", _BOUNDED),
        ("reference", _LINKING),
        ("number_format", {"auto_number"}),
    ):
        if values[name] not in (None, False, "") and kind not in kinds:
            yield Violation(name, "NOT_OF_KIND")
    if low is not None and high is not None and low > high:
        yield Violation("maximum", "OUT_OF_RANGE", {"minimum": f"{low:f}", "maximum": "1e15"})
    if values["number_format"] and not _FORMAT.fullmatch(values["number_format"]):
        yield Violation("number_format", "INVALID_NUMBER_FORMAT")
    if values["default_value"] and kind in _WITHOUT_DEFAULT:
        yield Violation("default_value", "NOT_OF_KIND")
    if values["required"] and kind == "auto_number":
        yield Violation("required", "NOT_OF_KIND")


def _default(values: Mapping[str, Any]) -> list[Violation]:
    """A default is a value of the field."""
    try:
        default_of(CustomField(_definition(values)))
    except InvalidValue as error:
        return [Violation("default_value", error.violation.reason, error.violation.values)]
    return []


def _definition(values: Mapping[str, Any]) -> custom_fields_pb2.CustomField:
    """As far as it matters for values."""
    found = custom_fields_pb2.CustomField(
        key=values["key"], kind=values["kind"], default_value=values["default_value"] or ""
    )
    for choice in values["choices"]:
        json_format.ParseDict(choice, found.choices.add())
    for name in ("minimum", "maximum"):
        if values[name] is not None:
            getattr(found, name).value = format(values[name], "f")
    return found


class CustomFieldHooks(Hooks):
    """Rules of definitions."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        organization = transaction.call.organization
        _name(transaction, [draft for draft in drafts if draft.is_new and not draft.values["key"]])
        problems = [violation for draft in drafts for violation in wrong(draft, organization)]
        if problems:
            raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)


def _name(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """Give keys to who has none."""
    if not drafts:
        return
    table = custom_fields
    mine = sa.select(table.c.module, table.c.key).where(
        table.c.org_id == transaction.call.org_id, table.c.delete_time.is_(None)
    )
    taken: dict[str, set[str]] = {}
    for row in transaction.execute(mine):
        taken.setdefault(row.module, set()).add(row.key)
    for draft in drafts:
        values, others = draft.values, taken.setdefault(draft.values["module"], set())
        values["key"] = key_of(values["label_en"], values["label_zh"], "field", _LONGEST, others.__contains__)
        others.add(values["key"])


CUSTOM_FIELDS = Resource(custom_fields_pb2.CustomField, custom_fields, CustomFieldHooks(), default_order="position")
