"""Rows as messages, without what the caller may not see."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from google.protobuf.message import Message

from chassis.authz.access import Access
from chassis.authz.organization import Definitions
from chassis.contract import resource_options
from chassis.fieldcontract import is_map
from chassis.resources import lines
from chassis.resources.custom import message_of
from chassis.resources.kinds import KINDS, object_parser, to_money, to_timestamp
from chassis.resources.resource import Resource

_PARSERS = {"object": object_parser, "lines": lines.parser}


class Projection:
    """Compiled once for a resource: a list of (field, column, conversion)."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    @cached_property
    def _plan(self) -> list[tuple[str, str, Callable[[Any], Any] | None]]:
        plan: list[tuple[str, str, Callable[[Any], Any] | None]] = [
            ("id", "id", str),
            ("etag", "version", str),
            ("create_time", "create_time", to_timestamp),
            ("update_time", "update_time", to_timestamp),
            ("delete_time", "delete_time", to_timestamp),
            ("created_by", "created_by", str),
            ("external_ids", "external_ids", None),
        ]
        fields = self._resource.contract.fields
        plan = [step for step in plan if step[0] in fields]
        for name, binding in self._resource.bindings.items():
            if not binding.columns or binding.kind == "money" or name not in self._resource.table.columns:
                continue
            convert = _PARSERS[binding.kind](binding.contract) if binding.kind in _PARSERS else KINDS[binding.kind].show
            plan.append((name, name, convert))
        return plan

    @cached_property
    def _money(self) -> list[tuple[str, str]]:
        return [(name, found.columns[1]) for name, found in self._resource.bindings.items() if found.kind == "money"]

    def message(
        self, row: Mapping[str, Any], hidden: frozenset[str] = frozenset(), definitions: Definitions | None = None
    ) -> Message:
        """The record as a message. Hidden fields are absent, as if they held nothing."""
        values: dict[str, Any] = {}
        for name, column, convert in self._plan:
            value = row[column]
            if value is not None and name not in hidden:
                values[name] = convert(value) if convert else value
        for name, currency in self._money:
            if row[name] is not None and name not in hidden:
                values[name] = to_money(row[name], row[currency])
        message = self._resource.kind(**values)
        if self._resource.has_custom and row["custom"] and "custom" not in hidden:
            stored = message.custom  # type: ignore[attr-defined]
            for key, value in row["custom"].items():
                if f"custom.{key}" not in hidden and value is not None:
                    stored[key].CopyFrom(message_of(value, definitions.get(key) if definitions else None))
        return message


def conceal(message: Message, access: Access) -> None:
    """Remove hidden fields from an answer and from every record within it; it may have been kept under an older policy."""
    if not access.hidden_fields:
        return
    options = resource_options(message.DESCRIPTOR)
    # Records of modules that organizations make say of which they are.
    module = message.module if options.own_modules else options.module  # type: ignore[attr-defined]
    if module:
        _clear(message, access.hidden(module))
    for field, value in message.ListFields():
        if field.message_type is not None and not is_map(field):
            for item in value if field.is_repeated else [value]:
                conceal(item, access)


def _clear(message: Message, hidden: frozenset[str]) -> None:
    for name in hidden:
        if name.startswith("custom."):
            message.custom.pop(name.removeprefix("custom."), None)  # type: ignore[attr-defined]
        elif name in message.DESCRIPTOR.fields_by_name:
            message.ClearField(name)
