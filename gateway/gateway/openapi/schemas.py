"""Messages as JSON Schema (2020-12): what encode.py writes and decode.py accepts."""

from typing import Any

from google.api.field_behavior_pb2 import IMMUTABLE, INPUT_ONLY, OUTPUT_ONLY, REQUIRED
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.contract import message_of, resource_options, service_of, shared_packages
from chassis.fieldcontract import behaviors, field_options, is_map
from gateway.openapi.comments import Comments
from gateway.transcoding.catalog import Catalog

Schema = dict[str, Any]

_INTEGERS_32 = frozenset(
    {
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_UINT32,
        FieldDescriptor.TYPE_SINT32,
        FieldDescriptor.TYPE_FIXED32,
        FieldDescriptor.TYPE_SFIXED32,
    }
)
_PLAIN: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
_WIDE: Schema = {
    "type": ["integer", "string"],
    "format": "int64",
    "description": "A number while JavaScript can hold it, text beyond 2^53.",
}
KNOWN: dict[str, Schema] = {
    "google.type.Date": {"type": "string", "format": "date", "examples": ["2016-10-20"]},
    "google.type.Decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["12.50"]},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time", "examples": ["2026-11-22T08:30:00Z"]},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d+)?s$", "examples": ["2.5s"]},
    "google.protobuf.FieldMask": {"type": "string", "description": "Field names, separated by commas."},
    "google.protobuf.Empty": {"type": "object", "additionalProperties": False},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "required": ["@type"],
        "additionalProperties": True,
        "description": "A record with its type.",
    },
    "google.type.Money": {
        "type": "object",
        "properties": {
            "currency_code": {"type": "string", "description": "ISO 4217.", "examples": ["CNY"]},
            "amount": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?$", "examples": ["1054.00"]},
        },
        "required": ["amount"],
        "additionalProperties": False,
    },
    "guanxi.type.v1.Value": {
        "description": "Value of a custom field: text, a decimal as text, true or false, a list of texts, a date, money.",
        "anyOf": [
            {"type": "string"},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "array", "items": {"type": "string"}},
            {"$ref": "#/components/schemas/Money"},
            {"type": "null"},
        ],
    },
}


def required(descriptor: Descriptor) -> list[str]:
    """Fields a caller must fill."""
    return [field.name for field in descriptor.fields if REQUIRED in behaviors(field)]


class Schemas:
    """Gathers `components/schemas` while references to them are handed out."""

    def __init__(self, catalog: Catalog, comments: Comments) -> None:
        self._comments = comments
        self._names = _names(catalog)
        self.components: dict[str, Schema] = {"Money": KNOWN["google.type.Money"]}

    def name(self, descriptor: Descriptor) -> str:
        """Of the component: the message's own, with its package's where two share it."""
        return self._names.get(descriptor.full_name, descriptor.name)

    def of(self, descriptor: Descriptor) -> Schema:
        """A reference to the message's schema, or the schema itself when it is a known type."""
        if descriptor.full_name == "google.type.Money":
            return {"$ref": "#/components/schemas/Money"}
        if descriptor.full_name in KNOWN:
            return KNOWN[descriptor.full_name]
        name = self.name(descriptor)
        if name not in self.components:
            self.components[name] = {}  # the message may hold itself
            self.components[name] = self._message(descriptor)
        return {"$ref": f"#/components/schemas/{name}"}

    def _message(self, descriptor: Descriptor) -> Schema:
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.field(field) for field in descriptor.fields},
        }
        if comment := self._comments.get(descriptor.full_name):
            schema["description"] = comment
        label = resource_options(descriptor).label
        if label.en:
            schema["title"], schema["x-label"] = label.en, {"zh": label.zh, "en": label.en}
        return schema

    def field(self, field: FieldDescriptor) -> Schema:
        """One field: its type, what it is called, and who may set it."""
        return {**self._type(field), **self._notes(field)}

    def _type(self, field: FieldDescriptor) -> Schema:
        if is_map(field):
            return {"type": "object", "additionalProperties": self._one(message_of(field).fields_by_name["value"])}
        one = self._one(field)
        return {"type": "array", "items": one} if field.is_repeated else one

    def _one(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.of(field.message_type)
        if field.enum_type is not None:
            return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
        if field.type in _INTEGERS_32:
            return {"type": "integer", "format": "int32"}
        return _PLAIN.get(field.type, _WIDE)

    def _notes(self, field: FieldDescriptor) -> Schema:
        notes: Schema = {}
        option = field_options(field)
        marks = behaviors(field)
        if option.label.en:
            notes["title"], notes["x-label"] = option.label.en, {"zh": option.label.zh, "en": option.label.en}
        comment = self._comments.get(field.full_name, "")
        if IMMUTABLE in marks:
            comment = f"{comment} Set on creation only.".strip()
        if comment:
            notes["description"] = comment
        if OUTPUT_ONLY in marks:
            notes["readOnly"] = True
        if INPUT_ONLY in marks:
            notes["writeOnly"] = True
        if option.max_length:
            notes["maxLength"] = option.max_length
        if option.bounded:
            notes["minimum"], notes["maximum"] = option.minimum, option.maximum
        if option.reference:
            notes["x-reference"] = option.reference
        if option.choices:
            notes["x-choices"] = [
                {"value": choice.value, "label": {"zh": choice.label.zh, "en": choice.label.en}}
                for choice in option.choices
            ]
        uses = [use for use in ("filterable", "sortable", "searchable") if getattr(option, use)]
        if uses:
            notes["x-use"] = uses
        return notes


def _names(catalog: Catalog) -> dict[str, str]:
    """Component name by full name. Two messages of one name: both get their package's in front."""
    by_name: dict[str, list[Descriptor]] = {}
    for file in catalog.files:
        for message in file.message_types_by_name.values():
            by_name.setdefault(message.name, []).append(message)
    names = {}
    for name, messages in by_name.items():
        for message in messages:
            package = service_of(message.file.package)
            short = package.rstrip("s") if package in shared_packages() else package
            prefix = "".join(part.title() for part in short.split("_")) if len(messages) > 1 else ""
            names[message.full_name] = prefix + name
    return names
