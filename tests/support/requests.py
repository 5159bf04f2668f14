"""Requests made from their descriptors alone: valid ones, ones that name a certain id, and nonsense.

What a contract gains is in them without another line.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from chassis.contract import ResourceContract, all_resources, own_modules, permission_of, resource_options
from chassis.fieldcontract import field_options

_DEPTH = 4
_NOT_IDS = {"request_id"}
_TEXTS = {
    "email": "a{0}@example.com", "phone": "+8613800138000", "url": "https://example.com/{0}", "currency": "USD",
    "time_zone": "Asia/Shanghai", "language": "en", "color": "#112233",
}  # fmt: skip
# What names something that there is: a module, and a field of accounts that holds a day.
_NAMED = {"module": "accounts", "field": "next_contact_date"}
# A module that each organization of these tests has made.
OWN_MODULE = "c_project"
_NASTY = (
    "", "\0", "\x7f", "%", "'; --", "a" * 70_000, "张" * 300, "../..", "{{7*7}}", "1e999", "-1", "*", "custom.x",
    "name desc,", 'a = "', "((((", str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1)), "\u202e", "NaN",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 2**31 - 1, -(2**31), 7)

Path = tuple[str, ...]


def new(descriptor: Descriptor) -> Any:
    """An empty message."""
    return message_factory.GetMessageClass(descriptor)()


def is_map(field: FieldDescriptor) -> bool:
    """Whether it is a map."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _is_ours(field: FieldDescriptor) -> bool:
    return bool(field.message_type and not is_map(field) and field.message_type.full_name.startswith("guanxi."))


def id_paths(descriptor: Any, depth: int = 0) -> Iterator[Path]:
    """Every field that holds ids: `id`, `ids`, `…_id`, `…_ids`, and references; in nested messages too.

    A field that people fill in says itself whether it refers to a record: somebody's chat id does not.
    """
    for field in descriptor.fields:
        name = field.name
        if field.type == FieldDescriptor.TYPE_STRING:
            options = field_options(field)
            named = name in ("id", "ids") or (name.endswith(("_id", "_ids")) and not options.HasField("label"))
            if (named and name not in _NOT_IDS) or options.reference:
                yield (name,)
        elif _is_ours(field) and depth < _DEPTH:
            yield from ((name, *rest) for rest in id_paths(field.message_type, depth + 1))


def put(message: Any, path: Path, value: str) -> None:
    """Set a field, with whatever it is inside of."""
    field = message.DESCRIPTOR.fields_by_name[path[0]]
    if len(path) == 1:
        if field.is_repeated:
            getattr(message, path[0])[:] = [value]
        else:
            setattr(message, path[0], value)
        return
    inner = getattr(message, path[0])
    if field.is_repeated:
        inner = inner[0] if inner else inner.add()
    else:
        inner.SetInParent()
    put(inner, path[1:], value)


# What a resource of the first kind of its choices must have, and of others must not.
_BY_KIND = {"engagement.Channel": ("sender", "host", "port")}
# What a resource must say so that others may follow from it: an order that is kept elsewhere is shipped as it is, and
# movements are of products whose stock is counted.
_SAID: dict[str, dict[str, Any]] = {"sales.Order": {"status": "confirmed"}, "sales.Product": {"tracks_stock": True}}


class Maker:
    """Makes valid requests. `known` gives the id of a record of a type, for required references."""

    def __init__(self, known: Callable[[str], str]) -> None:
        self._known = known

    def record(self, contract: ResourceContract) -> Any:
        """A record with all it must have."""
        message = contract.message()
        for name, field in contract.fields.items():
            needed = field.required or name in _BY_KIND.get(contract.type, ())
            if needed and not field.output_only:
                self._fill(message, name, field)
        for name, value in _SAID.get(contract.type, {}).items():
            setattr(message, name, value)
        return message

    def request(self, method: MethodDescriptor) -> Any:
        """A request with all it must have, resources inside it too."""
        message = new(method.input_type)
        module = OWN_MODULE if is_of_own_modules(method) else _NAMED["module"]
        for field in message.DESCRIPTOR.fields:
            contract = contract_inside(field)
            if contract is not None:
                record = self.record(contract)
                if field.is_repeated:
                    getattr(message, field.name).append(record)
                else:
                    getattr(message, field.name).CopyFrom(record)
                if "update_mask" in message.DESCRIPTOR.fields_by_name:
                    getattr(message, field.name).etag = "1"
                    message.update_mask.paths.append(contract.options.title)
            elif field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated and required(field):
                setattr(message, field.name, module if field.name == "module" else uuid.uuid4().hex)
        return message

    def _fill(self, message: Any, name: str, field: Any) -> None:
        kind, word = field.kind, f"w{uuid.uuid4().hex}"
        if kind == "reference":
            setattr(message, name, self._known(field.reference))
        elif kind == "choice":
            setattr(message, name, field.choices[0])
        elif kind in ("integer", "percent"):
            setattr(message, name, max(int(field.options.minimum), 1))
        elif kind == "money":
            getattr(message, name).currency_code = "USD"
            getattr(message, name).units = 1
        elif kind == "decimal":
            getattr(message, name).value = "1"
        elif kind == "time":
            getattr(message, name).FromJsonString("2100-01-01T00:00:00Z")
        elif kind == "date":
            date = getattr(message, name)
            date.year, date.month, date.day = 2026, 1, 1
        elif field.descriptor.type == FieldDescriptor.TYPE_STRING and not field.descriptor.is_repeated:
            setattr(message, name, _NAMED.get(name) or _TEXTS.get(kind, "{0}").format(word[:30]))


def is_of_own_modules(method: MethodDescriptor) -> bool:
    """Whether it is for all modules that organizations make: its request says which is meant."""
    return permission_of(method).startswith("{module}.")


def contract_inside(field: FieldDescriptor) -> ResourceContract | None:
    """The resource that a request's field carries."""
    if field.message_type is None or is_map(field):
        return None
    kind = resource_options(field.message_type).type
    return own_modules() if kind == own_modules().type else all_resources().get(kind)


def required(field: FieldDescriptor) -> bool:
    """Whether a request must have it."""
    extension: Any = field_behavior_pb2.field_behavior
    return field_behavior_pb2.REQUIRED in field.GetOptions().Extensions[extension]


def nonsense(descriptor: Descriptor, chance: random.Random, ids: Sequence[str], depth: int = 0) -> Message:
    """A message whose fields hold what nobody would send: too long, negative, NUL, half a filter, real ids elsewhere."""
    message = new(descriptor)
    for field in descriptor.fields:
        if chance.random() < 0.4:
            continue
        values = [_value(field, chance, ids, depth) for _ in range(chance.choice((1, 1, 3)))]
        values = [value for value in values if value is not None]
        if is_map(field) or not values:
            continue
        if not field.is_repeated:
            values = values[:1]
        if field.message_type:
            for value in values:
                target = getattr(message, field.name)
                (target.append if field.is_repeated else target.CopyFrom)(value)
        elif field.is_repeated:
            getattr(message, field.name).extend(values)
        else:
            setattr(message, field.name, values[0])
    return message


def _value(field: FieldDescriptor, chance: random.Random, ids: Sequence[str], depth: int) -> Any:
    if field.message_type:
        return nonsense(field.message_type, chance, ids, depth + 1) if depth < _DEPTH else None
    if field.type == FieldDescriptor.TYPE_STRING:
        return chance.choice((chance.choice(_NASTY), chance.choice(ids), "name"))
    if field.type == FieldDescriptor.TYPE_BYTES:
        return chance.randbytes(chance.choice((0, 10, 5000)))
    if field.type == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return chance.choice((0.0, -1.5, float("nan"), float("inf")))
    if field.type == FieldDescriptor.TYPE_ENUM:
        return chance.choice(field.enum_type.values).number
    number = chance.choice(_NUMBERS)
    unsigned = field.type in (FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64)
    return abs(number) if unsigned else number
