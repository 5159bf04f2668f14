"""JSON to messages, compiled once for each message type, and strict.

Every problem is collected with its JSON path, so that a person can repair a request in one go. `null` means "not
set"; inside a map it means "no such entry". Paths: `accounts[3].annual_revenue.amount`.
"""

import base64
import binascii
import difflib
import math
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.contract import message_of
from chassis.fieldcontract import is_map
from gateway.errors import Violation
from gateway.transcoding.jsontext import Number, Repeated
from gateway.transcoding.known import READ, Wrong, expected

MAX_VIOLATIONS = 50
_INTEGER = re.compile(r"-?\d{1,20}", re.ASCII)
_RANGES = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}

Convert = Callable[[Any], Any]
Read = Callable[[Any, Any, str, list[Violation]], None]  # value, message to fill, path, problems
Setter = Callable[[Any, Any, str, list[Violation]], None]  # message that has the field, value, path, problems


class Decoder:
    """Fills one message type."""

    __slots__ = ("_oneofs", "_setters")

    def __init__(self, descriptor: Descriptor, decoders: "Decoders") -> None:
        self._setters: dict[str, Setter] = {field.name: _setter(field, decoders) for field in descriptor.fields}
        self._oneofs = [
            [field.name for field in oneof.fields]
            for oneof in descriptor.oneofs
            if not oneof.name.startswith("_")  # proto3 `optional` makes one of its own
        ]

    def __call__(self, value: Any, message: Any, path: str, problems: list[Violation]) -> None:
        """Fill `message` from `value`; what does not fit is added to `problems`."""
        if not isinstance(value, dict):
            problems.append(_violation(path, expected("对象", "an object")))
            return
        if type(value) is Repeated:
            problems.append(Violation(join(path, value.key), "DUPLICATE_KEY", {"name": value.key}))
        problems.extend(
            Violation(path, "ONE_OF", {"names": ", ".join(oneof)})
            for oneof in self._oneofs
            if sum(value.get(name) is not None for name in oneof) > 1
        )
        for name, inner in value.items():
            setter = self._setters.get(name)
            if setter is None:
                problems.append(unknown(join(path, name), name, self._setters))
            elif inner is not None:
                setter(message, inner, f"{path}.{name}" if path else name, problems)
            if len(problems) >= MAX_VIOLATIONS:
                return


class Decoders:
    """Decoders by message type; made when first asked for, so that messages may hold themselves."""

    def __init__(self) -> None:
        self._made: dict[str, Read] = {}

    def of(self, descriptor: Descriptor) -> Read:
        """The reader of a message type."""
        name = descriptor.full_name
        if name in self._made:
            return self._made[name]
        if name == "google.protobuf.Any":
            self._made[name] = self._read_any
        elif name in READ:
            self._made[name] = _known(READ[name])
        elif name.startswith("google.protobuf."):
            raise NotImplementedError(f"{name} has no JSON form here")
        else:
            decoder = Decoder.__new__(Decoder)
            self._made[name] = decoder
            decoder.__init__(descriptor, self)  # type: ignore[misc]
        return self._made[name]

    def _read_any(self, value: Any, message: Any, path: str, problems: list[Violation]) -> None:
        """`{"@type": …}` with the fields of a known message."""
        url = value.get("@type") if isinstance(value, dict) else None
        if not isinstance(url, str):
            problems.append(_violation(join(path, "@type"), expected("类型名", "the name of a type")))
            return
        try:
            descriptor = message.DESCRIPTOR.file.pool.FindMessageTypeByName(url.rpartition("/")[2])
        except KeyError:
            problems.append(Violation(join(path, "@type"), "INVALID_VALUE"))
            return
        inner = GetMessageClass(descriptor)()
        fields = {key: one for key, one in value.items() if key != "@type"}
        known = descriptor.full_name in READ
        self.of(descriptor)(fields.get("value") if known else fields, inner, path, problems)
        message.type_url, message.value = url, inner.SerializeToString()


def join(path: str, name: str) -> str:
    """A path one step deeper."""
    return f"{path}.{name}" if path else name


def unknown(path: str, name: str, names: Any) -> Violation:
    """A field that is not there, and the one that was perhaps meant."""
    near = difflib.get_close_matches(name[:100], list(names), 1)
    return Violation(path, "UNKNOWN_FIELD", {"near": near[0]} if near else {})


def _violation(path: str, wrong: Wrong) -> Violation:
    if wrong.path.startswith("["):
        path += wrong.path
    elif wrong.path:
        path = join(path, wrong.path)
    return Violation(path, wrong.reason, wrong.values)


def _known(read: Callable[[Any, Message], None]) -> Read:
    def fill(value: Any, message: Any, path: str, problems: list[Violation]) -> None:
        if type(value) is Repeated:
            problems.append(Violation(join(path, value.key), "DUPLICATE_KEY", {"name": value.key}))
            return
        try:
            read(value, message)
        except Wrong as wrong:
            problems.append(_violation(path, wrong))

    return fill


def _setter(field: FieldDescriptor, decoders: Decoders) -> Setter:
    if is_map(field):
        return _map_setter(field, decoders)
    if field.message_type is not None:
        return _messages_setter(field, decoders) if field.is_repeated else _message_setter(field, decoders)
    convert = converter(field)
    return _list_setter(field.name, convert) if field.is_repeated else _scalar_setter(field.name, convert)


def _scalar_setter(name: str, convert: Convert) -> Setter:
    def fill(message: Any, value: Any, path: str, problems: list[Violation]) -> None:
        try:
            setattr(message, name, convert(value))
        except Wrong as wrong:
            problems.append(_violation(path, wrong))

    return fill


def _list_setter(name: str, convert: Convert) -> Setter:
    def fill(message: Any, value: Any, path: str, problems: list[Violation]) -> None:
        if not isinstance(value, list):
            problems.append(_violation(path, expected("列表", "a list")))
            return
        items = getattr(message, name)
        for index, one in enumerate(value):
            try:
                items.append(convert(one))
            except Wrong as wrong:
                problems.append(_violation(f"{path}[{index}]", wrong))
                if len(problems) >= MAX_VIOLATIONS:
                    return

    return fill


def _message_setter(field: FieldDescriptor, decoders: Decoders) -> Setter:
    name, read = field.name, decoders.of(message_of(field))

    def fill(message: Any, value: Any, path: str, problems: list[Violation]) -> None:
        inner = getattr(message, name)
        inner.SetInParent()
        read(value, inner, path, problems)

    return fill


def _messages_setter(field: FieldDescriptor, decoders: Decoders) -> Setter:
    name, read = field.name, decoders.of(message_of(field))

    def fill(message: Any, value: Any, path: str, problems: list[Violation]) -> None:
        if not isinstance(value, list):
            problems.append(_violation(path, expected("列表", "a list")))
            return
        items = getattr(message, name)
        for index, one in enumerate(value):
            read(one, items.add(), f"{path}[{index}]", problems)
            if len(problems) >= MAX_VIOLATIONS:
                return

    return fill


def _map_setter(field: FieldDescriptor, decoders: Decoders) -> Setter:
    name = field.name
    key_field = message_of(field).fields_by_name["key"]
    value_field = message_of(field).fields_by_name["value"]
    if key_field.type != FieldDescriptor.TYPE_STRING:
        raise NotImplementedError(f"{field.full_name}: only maps by text have a JSON form here")
    read = decoders.of(value_field.message_type) if value_field.message_type is not None else None
    convert = converter(value_field) if read is None else None

    def fill(message: Any, value: Any, path: str, problems: list[Violation]) -> None:
        if not isinstance(value, dict):
            problems.append(_violation(path, expected("对象", "an object")))
            return
        if type(value) is Repeated:
            problems.append(Violation(join(path, value.key), "DUPLICATE_KEY", {"name": value.key}))
        entries = getattr(message, name)
        for key, one in value.items():
            place = f"{path}.{key}"
            if one is None:
                continue
            if read is not None:
                read(one, entries[key], place, problems)
                continue
            assert convert is not None
            try:
                entries[key] = convert(one)
            except Wrong as wrong:
                problems.append(_violation(place, wrong))

    return fill


def converter(field: FieldDescriptor) -> Convert:
    """From a JSON scalar to what the field holds; raises Wrong."""
    if field.type == FieldDescriptor.TYPE_STRING:
        return _text
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _flag
    if field.type in _RANGES:
        return _integer_converter(*_RANGES[field.type])
    if field.type == FieldDescriptor.TYPE_ENUM:
        assert field.enum_type is not None
        return _enum_converter(field.enum_type)
    return _bytes if field.type == FieldDescriptor.TYPE_BYTES else _float


def _text(value: Any) -> str:
    if type(value) is not str:
        raise expected("文本", "text")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise expected(" true 或 false", "true or false")
    return value


def _integer_converter(low: int, high: int) -> Convert:
    wide = high > 2**32

    def convert(value: Any) -> int:
        if (type(value) is Number and value.is_integer()) or (
            wide and type(value) is str and _INTEGER.fullmatch(value)
        ):  # JSON does not tell 1.0 from 1
            value = int(value)
        if type(value) is not int:
            raise expected("整数", "a whole number")
        if not low <= value <= high:
            raise Wrong("OUT_OF_RANGE", minimum=low, maximum=high)
        return value

    return convert


def _enum_converter(enum: EnumDescriptor) -> Convert:
    numbers = {value.name: value.number for value in enum.values}

    def convert(value: Any) -> int:
        number = numbers.get(value) if type(value) is str else None
        if number is None:
            raise Wrong("INVALID_CHOICE", choices=", ".join(numbers))
        return number

    return convert


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("INVALID_BASE64") from None


def _float(value: Any) -> float:
    if type(value) not in (int, Number):
        raise expected("数字", "a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Wrong("OUT_OF_RANGE", minimum="-1.8e308", maximum="1.8e308")
    return number
