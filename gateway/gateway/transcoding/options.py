"""What the contracts say beyond shapes: permissions, resources, how fields are called and used."""

from typing import Any

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from guanxi.options.v1 import options_pb2

OUTPUT_ONLY = field_behavior_pb2.OUTPUT_ONLY
INPUT_ONLY = field_behavior_pb2.INPUT_ONLY
IMMUTABLE = field_behavior_pb2.IMMUTABLE
REQUIRED = field_behavior_pb2.REQUIRED

# The runtime's extension handles are not typed as such.
_permission: Any = options_pb2.permission
_resource: Any = options_pb2.resource
_field: Any = options_pb2.field
_behavior: Any = field_behavior_pb2.field_behavior


def permission_of(method: MethodDescriptor) -> str:
    """What the contract demands of the caller; empty when undeclared."""
    return str(method.GetOptions().Extensions[_permission])


def resource_of(message: Descriptor) -> options_pb2.Resource:
    """The resource a message is; empty for other messages."""
    return message.GetOptions().Extensions[_resource]  # type: ignore[no-any-return]


def use_of(field: FieldDescriptor) -> options_pb2.Field:
    """Label, choices and uses of a field; empty when it has none."""
    return field.GetOptions().Extensions[_field]  # type: ignore[no-any-return]


def behaviors(field: FieldDescriptor) -> list[int]:
    """`google.api.field_behavior`."""
    return list(field.GetOptions().Extensions[_behavior])


def message_of(field: FieldDescriptor) -> Descriptor:
    """The message type of a field that has one."""
    found = field.message_type
    assert found is not None
    return found


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map, which is a repeated message on the wire."""
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)
