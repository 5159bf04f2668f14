"""Messages to JSON-ready objects, compiled once for each message type.

One `attrgetter` fetches all plain fields in a single C call; only fields with presence, maps and messages cost a
Python call each. Field names are the contract's, in snake_case. Scalars without presence are always there, with
their defaults; optional ones and messages only when set; INPUT_ONLY ones never. Integers of 64 bits are JSON
numbers while JavaScript can hold them (|n| < 2^53), text beyond.
"""

import base64
import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from google.api.field_behavior_pb2 import INPUT_ONLY
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from chassis.contract import message_of
from chassis.fieldcontract import behaviors, is_map
from gateway.transcoding.known import WRITE

SAFE = 2**53
_WIDE = frozenset(
    {
        FieldDescriptor.TYPE_INT64,
        FieldDescriptor.TYPE_UINT64,
        FieldDescriptor.TYPE_SINT64,
        FieldDescriptor.TYPE_FIXED64,
        FieldDescriptor.TYPE_SFIXED64,
    }
)
_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})

Write = Callable[[Any], Any]
Part = Callable[[Any, dict[str, Any]], None]


def hidden(field: FieldDescriptor) -> bool:
    """Whether the field is accepted but never returned, such as a password."""
    return INPUT_ONLY in behaviors(field)


class Encoder:
    """Writes one message type."""

    __slots__ = ("_getter", "_names", "_parts")

    def __init__(self, fields: list[FieldDescriptor], encoders: "Encoders") -> None:
        plain = [field.name for field in fields if _is_plain(field)]
        self._names = tuple(plain)
        self._getter: Callable[[Any], Any] = _all_of(plain)
        self._parts: tuple[Part, ...] = tuple(_part(field, encoders) for field in fields if not _is_plain(field))

    def __call__(self, message: Any) -> dict[str, Any]:
        """The message as an object that orjson can write."""
        out = dict(zip(self._names, self._getter(message), strict=True))
        for part in self._parts:
            part(message, out)
        return out


class Encoders:
    """Encoders by message type; made when first asked for, so that messages may hold themselves."""

    def __init__(self) -> None:
        self._made: dict[str, Write] = {}

    def of(self, descriptor: Descriptor) -> Write:
        """The writer of a message type."""
        name = descriptor.full_name
        if name in self._made:
            return self._made[name]
        if name == "google.protobuf.Any":
            self._made[name] = self._write_any
        elif name in WRITE:
            self._made[name] = WRITE[name]
        elif name.startswith("google.protobuf."):
            raise NotImplementedError(f"{name} has no JSON form here")
        else:
            encoder = Encoder.__new__(Encoder)
            self._made[name] = encoder
            encoder.__init__([field for field in descriptor.fields if not hidden(field)], self)  # type: ignore[misc]
        return self._made[name]

    def _write_any(self, message: Any) -> dict[str, Any]:
        """`{"@type": …}` and the fields of what it holds; base64 when the type is unknown here."""
        url = message.type_url
        try:
            descriptor = message.DESCRIPTOR.file.pool.FindMessageTypeByName(url.rpartition("/")[2])
            inner = GetMessageClass(descriptor).FromString(message.value)
        except (KeyError, DecodeError):
            return {"@type": url, "value": base64.b64encode(message.value).decode()}
        written = self.of(descriptor)(inner)
        return {"@type": url, **(written if isinstance(written, dict) else {"value": written})}


def _all_of(names: list[str]) -> Callable[[Any], Any]:
    if not names:
        return lambda _message: ()
    if len(names) == 1:
        one = attrgetter(names[0])
        return lambda message: (one(message),)
    return attrgetter(*names)


def _is_plain(field: FieldDescriptor) -> bool:
    """Written as it is: a text, a flag, a small number, always there."""
    return (
        not field.is_repeated
        and not field.has_presence
        and field.type not in _WIDE
        and field.type not in _FLOATS
        and field.type not in (FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_ENUM)
    )


def _part(field: FieldDescriptor, encoders: Encoders) -> Part:
    name = field.name
    if is_map(field):
        return _map_part(name, _value_writer(message_of(field).fields_by_name["value"], encoders))
    write = _value_writer(field, encoders)
    if field.is_repeated:
        if write is None:
            return lambda message, out: out.__setitem__(name, list(getattr(message, name)))
        return lambda message, out: out.__setitem__(name, [write(one) for one in getattr(message, name)])
    if field.has_presence:
        return _optional_part(name, write)
    assert write is not None  # otherwise it is plain
    return lambda message, out: out.__setitem__(name, write(getattr(message, name)))


def _optional_part(name: str, write: Write | None) -> Part:
    def part(message: Message, out: dict[str, Any]) -> None:
        if message.HasField(name):
            value = getattr(message, name)
            out[name] = value if write is None else write(value)

    return part


def _map_part(name: str, write: Write | None) -> Part:
    def part(message: Any, out: dict[str, Any]) -> None:
        entries = getattr(message, name)
        if not entries:
            out[name] = {}
        elif write is None:
            out[name] = {str(key): entries[key] for key in sorted(entries)}
        else:
            out[name] = {str(key): write(entries[key]) for key in sorted(entries)}

    return part


def _value_writer(field: FieldDescriptor, encoders: Encoders) -> Write | None:
    """How one value of the field is written; None: as it is."""
    if field.message_type is not None:
        return encoders.of(field.message_type)
    if field.type in _WIDE:
        return _wide
    if field.type in _FLOATS:
        return _float
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes
    if field.type == FieldDescriptor.TYPE_ENUM:
        assert field.enum_type is not None
        return _enum_writer(field.enum_type)
    return None


def _wide(value: int) -> int | str:
    return value if -SAFE < value < SAFE else str(value)


def _float(value: float) -> float | str:
    return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def _bytes(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _enum_writer(enum: EnumDescriptor) -> Write:
    names = {value.number: value.name for value in enum.values}
    return lambda number: names.get(number, number)
