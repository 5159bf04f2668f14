"""Custom fields: the standard methods; module, key and type stay as they were made."""

import re
from collections.abc import Sequence

from typing_extensions import override

from chassis.contract import all_resources
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import custom_fields_pb2
from identity.custom_fields.table import custom_fields
from identity.organizations.resource import bump_policy

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FIXED = ("module", "key", "kind")


def wrong(draft: Draft) -> list[Violation]:
    """What does not fit in a definition."""
    values = draft.values
    found = []
    modules = {contract.module for contract in all_resources().values() if contract.options.custom_fields}
    if values["module"] not in modules:
        found.append(Violation("module", "UNKNOWN_MODULE", {"value": str(values["module"])[:60]}))
    if not _KEY.fullmatch(values["key"] or ""):
        found.append(Violation("key", "INVALID_KEY"))
    if values["kind"] in ("choice", "choices") and not values["choices"]:
        found.append(Violation("choices", "REQUIRED"))
    names = [choice.get("value", "") for choice in values["choices"]]
    if len(set(names)) != len(names) or "" in names:
        found.append(Violation("choices", "CHOICES_REPEATED"))
    if values["ranged"] and values["kind"] in ("choice", "choices"):
        found.append(Violation("ranged", "INVALID_VALUE"))
    if not draft.is_new:
        found += [Violation(name, "IMMUTABLE") for name in _FIXED if draft.changed(name)]
    return found


class CustomFieldHooks(Hooks):
    """Rules of definitions."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = [violation for draft in drafts for violation in wrong(draft)]
        if problems:
            raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        bump_policy(transaction)


CUSTOM_FIELDS = Resource(custom_fields_pb2.CustomField, custom_fields, CustomFieldHooks(), default_order="position")
