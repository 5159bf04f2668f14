"""What a field of a resource is: one of its message, or one that an organization added. Both have the same kinds, rules
and uses; nothing here knows of databases.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor
from typing_extensions import override

from guanxi.identity.v1 import custom_fields_pb2
from guanxi.options.v1 import options_pb2

_FORMATS = {
    options_pb2.FORMAT_EMAIL: "email",
    options_pb2.FORMAT_PHONE: "phone",
    options_pb2.FORMAT_URL: "url",
    options_pb2.FORMAT_LONG_TEXT: "long_text",
    options_pb2.FORMAT_PERCENT: "percent",
    options_pb2.FORMAT_TIME_ZONE: "time_zone",
    options_pb2.FORMAT_CURRENCY: "currency",
    options_pb2.FORMAT_LANGUAGE: "language",
    options_pb2.FORMAT_COLOR: "color",
}
_MESSAGES = {
    "google.type.Money": "money",
    "google.type.Date": "date",
    "google.type.Decimal": "decimal",
    "google.protobuf.Timestamp": "time",
}
# `CustomField.kind` where it is called otherwise than the kind of a message's field.
_CUSTOM = {"number": "decimal", "auto_number": "text", "file": "files"}
# Kinds that hold ids of records.
LINKING = frozenset({"reference", "references"})
# Kinds of which the largest and smallest value may be bounded.
BOUNDED = frozenset({"integer", "percent", "decimal", "money"})
LONG_TEXT = 10_000


def field_options(field: Any) -> options_pb2.Field:
    """`guanxi.options.v1.field` of a field's descriptor."""
    extension: Any = options_pb2.field
    found: options_pb2.Field = field.GetOptions().Extensions[extension]
    return found


def behaviors(field: FieldDescriptor) -> frozenset[int]:
    """`google.api.field_behavior` of a field."""
    return frozenset(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map, which is a repeated message on the wire."""
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


class FieldContract(ABC):
    """One field of a resource."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name: `email`, or `custom.tier`."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind as `ModuleField.kind` of guanxi.identity.v1 lists them."""

    @property
    @abstractmethod
    def options(self) -> options_pb2.Field:
        """How it may be used, and what it is called."""

    @property
    @abstractmethod
    def required(self) -> bool:
        """Must hold a value."""

    @property
    @abstractmethod
    def output_only(self) -> bool:
        """Set by the server alone."""

    @property
    def input_only(self) -> bool:
        """Accepted, never returned."""
        return False

    @property
    def reference(self) -> str:
        """Type of the record it holds the id of; empty for other fields."""
        return self.options.reference

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """Allowed values; any when empty."""
        return tuple(choice.value for choice in self.options.choices)


@dataclass(frozen=True)
class MessageField(FieldContract):
    """A field of a resource's message."""

    descriptor: FieldDescriptor

    @property
    @override
    def name(self) -> str:
        return self.descriptor.name

    @cached_property
    @override
    def options(self) -> options_pb2.Field:
        return field_options(self.descriptor)

    @cached_property
    def _behaviors(self) -> frozenset[int]:
        return behaviors(self.descriptor)

    @property
    @override
    def required(self) -> bool:
        return field_behavior_pb2.REQUIRED in self._behaviors

    @property
    @override
    def output_only(self) -> bool:
        return field_behavior_pb2.OUTPUT_ONLY in self._behaviors

    @property
    @override
    def input_only(self) -> bool:
        return field_behavior_pb2.INPUT_ONLY in self._behaviors

    @property
    def immutable(self) -> bool:
        """Set on creation only."""
        return field_behavior_pb2.IMMUTABLE in self._behaviors

    @cached_property
    def lines(self) -> "dict[str, MessageField]":
        """Of a list of small messages: their fields, where these say how they are used."""
        kind = self.descriptor.message_type
        if not self.descriptor.is_repeated or kind is None or is_map(self.descriptor):
            return {}
        inner = [MessageField(field) for field in kind.fields]
        return {field.name: field for field in inner if field.options.HasField("label")}

    @cached_property
    @override
    def kind(self) -> str:
        field, options = self.descriptor, self.options
        if field.is_repeated:
            if is_map(field):
                return "map"
            if field.type == FieldDescriptor.TYPE_STRING:
                if options.format == options_pb2.FORMAT_FILE:
                    return "files"
                return "references" if options.reference else "choices"
            return "lines" if self.lines else "object"
        if field.type == FieldDescriptor.TYPE_STRING:
            if options.reference:
                return "reference"
            return "choice" if options.choices else _FORMATS.get(options.format, "text")
        if field.type == FieldDescriptor.TYPE_BOOL:
            return "boolean"
        if field.type in (FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64):
            return "percent" if options.format == options_pb2.FORMAT_PERCENT else "integer"
        return _MESSAGES.get(field.message_type.full_name if field.message_type else "", "object")


@dataclass(frozen=True)
class CalledField(MessageField):
    """A field that an organization calls otherwise."""

    label: options_pb2.Label = field(compare=False)

    @cached_property
    @override
    def options(self) -> options_pb2.Field:
        found = options_pb2.Field()
        found.CopyFrom(super().options)
        found.label.CopyFrom(self.label)
        return found


@dataclass(frozen=True, eq=False)
class CustomField(FieldContract):
    """A field that an organization added to a module; its values are kept together, by key."""

    definition: custom_fields_pb2.CustomField

    @property
    def key(self) -> str:
        """Its name without `custom.`."""
        return self.definition.key

    @cached_property
    @override
    def name(self) -> str:
        return f"custom.{self.definition.key}"

    @cached_property
    @override
    def kind(self) -> str:
        return _CUSTOM.get(self.definition.kind, self.definition.kind)

    @cached_property
    @override
    def options(self) -> options_pb2.Field:
        given = self.definition
        numbers = [float(limit.value) if limit.value else None for limit in (given.minimum, given.maximum)]
        bounded = self.kind in BOUNDED and any(number is not None for number in numbers)
        return options_pb2.Field(
            label=label_of(given.label_zh, given.label_en, given.key),
            help=label_of(given.help_zh, given.help_en, "") if given.help_zh or given.help_en else None,
            filterable=self.kind != "files",
            sortable=given.ranged,
            reference=given.reference if self.kind in LINKING else "",
            format=options_pb2.FORMAT_FILE if self.kind == "files" else options_pb2.FORMAT_UNSPECIFIED,
            choices=[
                options_pb2.Choice(
                    value=choice.value,
                    label=label_of(choice.label_zh, choice.label_en, choice.value),
                    color=choice.color,
                )
                for choice in given.choices
            ],
            max_length=LONG_TEXT if self.kind == "long_text" else 0,
            unique=given.unique,
            bounded=bounded,
            minimum=numbers[0] if numbers[0] is not None else -1e15,
            maximum=numbers[1] if numbers[1] is not None else 1e15,
        )

    @property
    @override
    def required(self) -> bool:
        return self.definition.required

    @property
    def counted(self) -> bool:
        """Whether the server numbers the records."""
        return self.definition.kind == "auto_number"

    @property
    @override
    def output_only(self) -> bool:
        return self.counted

    @property
    def ranged(self) -> bool:
        """Whether its values are also kept in a typed index, for order and ranges."""
        return self.definition.ranged

    @property
    def unique(self) -> bool:
        """Whether two records may not hold the same value."""
        return self.definition.unique


def label_of(zh: str, en: str, otherwise: str) -> options_pb2.Label:
    """What an organization calls something, in both languages."""
    return options_pb2.Label(zh=zh or en or otherwise, en=en or zh or otherwise)
