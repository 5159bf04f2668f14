"""One binding is one HTTP route of one RPC: how its request is put together and its answer written.

path variables → fields          `/accounts/{account.id}`
body → field, or whole request   `body: "account"`, `body: "*"`
query → every other field        `?merge_fields=true`
If-Match → etag                  of the request, or of the resource in the body
Idempotency-Key → request_id
the body's keys → update_mask    unless the query gives one; `custom` and other maps one level deep
"""

import re
from collections.abc import Callable, Collection, Container, Iterable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.contract import message_of, method_options, service_of, shared_packages
from chassis.fieldcontract import is_map
from gateway.errors import RequestError, Violation
from gateway.transcoding import jsontext, query
from gateway.transcoding.decode import Decoders, Read
from gateway.transcoding.encode import Encoders
from gateway.transcoding.known import Wrong
from gateway.transcoding.routes import Template, TemplateError, decoded

_KEY = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_ETAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]{1,200})"|([\x21\x23-\x29\x2b-\x7e]{1,200})', re.ASCII)
_NOT_IN_MASK = frozenset({"id", "etag"})
_IN_HEADER = {"request_id": "Idempotency-Key"}
_EMPTY = "google.protobuf.Empty"
_BYTES = "google.api.HttpBody"


@dataclass(frozen=True, slots=True)
class Incoming:
    """The parts of an HTTP request that become a message."""

    values: tuple[str, ...]
    query: bytes
    body: bytes
    if_match: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Rpc:
    """What calling a method takes."""

    path: str
    request: Descriptor
    answer: Descriptor
    request_type: type[Message]
    answer_type: type[Message]

    @classmethod
    def of(cls, method: MethodDescriptor) -> "Rpc":
        """From its descriptor."""
        return cls(
            f"/{method.containing_service.full_name}/{method.name}",
            method.input_type,
            method.output_type,
            GetMessageClass(method.input_type),
            GetMessageClass(method.output_type),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One `google.api.http` rule of a method."""

    http_method: str
    template: Template
    body: str  # "", "*" or a field's name


class Binding:
    """Compiled once at start; used by every request to its route."""

    def __init__(
        self, method: MethodDescriptor, rule: Rule, permission: str, encoders: Encoders, decoders: Decoders
    ) -> None:
        self.method = method
        self.rule = rule
        self.permission = permission
        self.options = method_options(method)
        package = service_of(method.containing_service.file.package)
        self.service = "" if package in shared_packages() else package  # empty: the request says whom it is for
        self.empty = method.output_type.full_name == _EMPTY
        self.raw = method.output_type.full_name == _BYTES
        self.status = 204 if self.empty else self.options.http_status or 200
        self.rpc = Rpc.of(method)
        self.write = encoders.of(method.output_type)
        fields = method.input_type.fields_by_name
        self._path = [_path_setter(method.input_type, variable) for variable in rule.template.variables]
        self._body_field = _body_field(method, rule)
        self._read_body: Read | None = None
        if rule.body:
            self._read_body = decoders.of(message_of(self._body_field) if self._body_field else method.input_type)
        taken = frozenset(f.name for f in method.input_type.fields) if rule.body == "*" else frozenset({rule.body})
        self.query = query.QueryReader(method.input_type, taken | frozenset(rule.template.variables))
        self.has_request_id = "request_id" in fields
        self.has_mask = "update_mask" in fields and self._body_field is not None
        self.etag_path = _etag_path(method.input_type, self._body_field)
        self._maps = (
            frozenset(field.name for field in self.body_type.fields if is_map(field)) if self.body_type else frozenset()
        )
        self.returns_etag = "etag" in method.output_type.fields_by_name

    @property
    def body_type(self) -> Descriptor | None:
        """The message the body holds; None when there is no body."""
        if self.rule.body == "*":
            return self.method.input_type
        return self._body_field.message_type if self._body_field else None

    @property
    def reads(self) -> bool:
        """Whether the call changes nothing and may simply be repeated."""
        return self.rule.http_method == "GET"

    def public_path(self, field: str, headers: Container[str] = ()) -> str:
        """A field of the request as the caller knows it: `account.name` is `name` where the body is the account, and
        what came in one of the `headers` has the header's name.
        """
        header = "If-Match" if field == ".".join(self.etag_path) else _IN_HEADER.get(field, "")
        if header and header.lower() in headers:
            return header
        prefix = f"{self.rule.body}."
        return field[len(prefix) :] if self._body_field and field.startswith(prefix) else field

    def request(self, incoming: Incoming) -> Message:
        """The RPC's request; raises RequestError with everything that is wrong."""
        message: Any = self.rpc.request_type()
        problems: list[Violation] = []
        body: Any = None
        if self._read_body is not None:
            body = jsontext.parse(incoming.body) if incoming.body.strip() else {}
            target = message
            if self._body_field is not None:
                target = getattr(message, self._body_field.name)
                target.SetInParent()
            self._read_body(body, target, "", problems)
        self.query(query.pairs(incoming.query), message, problems)
        for setter, value in zip(self._path, incoming.values, strict=True):
            setter(message, value, problems)
        self._headers(message, incoming, problems)
        if self.has_mask and isinstance(body, dict) and not message.HasField("update_mask"):
            message.update_mask.paths.extend(mask_of(body, self._maps))
        if problems:
            raise RequestError(*problems)
        return message  # type: ignore[no-any-return]

    def _headers(self, message: Any, incoming: Incoming, problems: list[Violation]) -> None:
        if incoming.idempotency_key and self.has_request_id:
            if _KEY.fullmatch(incoming.idempotency_key):
                message.request_id = incoming.idempotency_key
            else:
                problems.append(Violation("Idempotency-Key", "INVALID_IDEMPOTENCY_KEY"))
        if incoming.if_match and self.etag_path:
            match = _ETAG.fullmatch(incoming.if_match.strip())
            if match is None:
                problems.append(Violation("If-Match", "INVALID_IF_MATCH"))
                return
            etag = match[1] or match[2]
            holder = message
            for step in self.etag_path[:-1]:
                holder = getattr(holder, step)
            if holder.etag and holder.etag != etag:
                problems.append(Violation("If-Match", "ETAG_MISMATCH"))
            holder.etag = etag


def mask_of(body: dict[str, Any], maps: Collection[str]) -> Iterable[str]:
    """The fields a partial update names. A map's entries are fields of their own: `custom.size`."""
    for name, value in body.items():
        if name in _NOT_IN_MASK:
            continue
        if name in maps and isinstance(value, dict):
            yield from (f"{name}.{key}" for key in value)
        else:
            yield name


def _body_field(method: MethodDescriptor, rule: Rule) -> FieldDescriptor | None:
    if rule.body in ("", "*"):
        return None
    field = method.input_type.fields_by_name.get(rule.body)
    if field is None or field.message_type is None or field.is_repeated:
        raise TemplateError(f'{method.full_name}: body "{rule.body}" is not a message')
    return field


def _etag_path(descriptor: Descriptor, body: FieldDescriptor | None) -> tuple[str, ...]:
    if "etag" in descriptor.fields_by_name:
        return ("etag",)
    updates = "update_mask" in descriptor.fields_by_name  # what is created has no etag yet
    if updates and body is not None and "etag" in message_of(body).fields_by_name:
        return (body.name, "etag")
    return ()


def _path_setter(descriptor: Descriptor, variable: str) -> Callable[[Any, str, list[Violation]], None]:
    steps = variable.split(".")
    for step in steps[:-1]:
        inner = descriptor.fields_by_name[step].message_type
        if inner is None:
            raise TemplateError(f"{descriptor.full_name} has no message {step}")
        descriptor = inner
    field = descriptor.fields_by_name.get(steps[-1])
    if field is None or field.is_repeated or field.message_type is not None:
        raise TemplateError(f"{descriptor.full_name} has no field {variable}")
    name, convert = field.name, query.text_converter(field)

    def fill(message: Any, segment: str, problems: list[Violation]) -> None:
        for step in steps[:-1]:
            message = getattr(message, step)
        text = decoded(segment)
        if text is None or jsontext.has_bad_character(text):
            problems.append(Violation(name, "INVALID_CHARACTER"))
            return
        try:
            value = convert(text)
        except Wrong as wrong:
            problems.append(Violation(name, wrong.reason, wrong.values))
            return
        given = getattr(message, name)
        if given and given != value:
            problems.append(Violation(name, "ID_MISMATCH"))
        setattr(message, name, value)

    return fill
