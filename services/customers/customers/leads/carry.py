"""What the account, the contact and the opportunity take over from a lead."""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.authz.organization import Definitions
from chassis.call import Call
from chassis.fieldcontract import is_map
from chassis.resources import Resource
from chassis.resources.custom import given, stored
from chassis.resources.kinds import InvalidValue
from guanxi.customers.v1 import leads_pb2
from guanxi.type.v1 import value_pb2

_REACH = ("source", "preferred_channel", "preferred_language", "do_not_contact", "addresses", "tag_ids")
# Field of the new record → field of the lead.
TO_ACCOUNT = {"name": "company"} | {name: name for name in ("website", "industry", "size", "region", "rating", *_REACH)}
TO_CONTACT = {
    name: name
    for name in (
        *("name", "other_name", "job_title", "department", "phone", "email", "phones", "emails", "chat_id"),
        *("description", "next_contact_date", *_REACH),
    )
}


def carried(call: Call, lead: leads_pb2.Lead, target: Resource, fields: Mapping[str, str], more: Message) -> Any:
    """A new record of `target`: what it takes over of a lead as the caller sees it and, in place of that, what `more` has.

    Fields that the caller may not write in the target stay behind.
    """
    message: Any = target.kind()
    refused = call.access.read_only(target.module)
    for name, source in fields.items():
        if name not in refused:
            _copy(message, name, getattr(lead, source))
    for key, value in _fitting(lead, target.definitions(call.organization)):
        if refused.isdisjoint(("custom", f"custom.{key}")):
            message.custom[key].CopyFrom(value)
    for field, _ in more.ListFields():
        if field.is_repeated and not is_map(field):
            message.ClearField(field.name)
    message.MergeFrom(more)
    return message


def carried_custom(call: Call, lead: leads_pb2.Lead, module: str) -> dict[str, value_pb2.Value]:
    """The lead's own fields that another service's module has under the same key."""
    refused = call.access.read_only(module)
    fitting = _fitting(lead, call.organization.definitions(module))
    return {key: value for key, value in fitting if refused.isdisjoint(("custom", f"custom.{key}"))}


def _fitting(lead: leads_pb2.Lead, definitions: Definitions) -> Iterator[tuple[str, value_pb2.Value]]:
    """Values of the lead's own fields that the target defines, too, and takes."""
    for key, value in lead.custom.items():
        field = definitions.get(key)
        if field is None or field.output_only:
            continue
        try:
            fits = stored(field, given(field, value)) is not None
        except InvalidValue:
            continue
        if fits:
            yield key, value


def _copy(message: Any, name: str, value: Any) -> None:
    if isinstance(value, str):
        setattr(message, name, value)
    elif isinstance(value, Message):
        if value.ListFields():
            getattr(message, name).CopyFrom(value)
    else:
        getattr(message, name).extend(value)
