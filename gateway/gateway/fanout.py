"""One question to several services, where the contract asks for it (`guanxi.options.v1.FanOut`)."""

import asyncio
import base64
import binascii
from collections.abc import Iterable
from typing import Any

import grpc
import orjson
from google.api.field_behavior_pb2 import REQUIRED
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.fieldcontract import behaviors, is_map
from gateway.errors import RequestError, Violation
from gateway.exchange import Answer, Call
from gateway.targets import Targets
from gateway.transcoder import Transcoder
from gateway.transcoding.bindings import Binding, Incoming
from gateway.transcoding.routes import TemplateError
from gateway.upstream import Upstream

# Answers that are about the caller, not about the service: the same everywhere, so they are the answer.
_CALLERS_OWN = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT})


class FanOut:
    """The handler of one RPC. Compiled at start; raises TemplateError for contracts whose answers cannot be merged."""

    def __init__(self, binding: Binding, upstream: Upstream, targets: Targets, transcoder: Transcoder) -> None:
        self._binding = binding
        self._upstream = upstream
        self._targets = targets
        self._transcoder = transcoder
        self._field = binding.method.input_type.fields_by_name[binding.options.module_field]
        self._required = [
            field.name
            for field in binding.method.input_type.fields
            if REQUIRED in behaviors(field) and field.type == FieldDescriptor.TYPE_STRING
        ]
        answer = binding.method.output_type
        self._items = _items(answer)
        self._dated = "create_time" in self._items.message_type.fields_by_name  # type: ignore[union-attr]
        self._paged = "next_page_token" in answer.fields_by_name
        self._seconds = binding.options.fan_out.milliseconds / 1000
        if self._seconds and "missing" not in answer.fields_by_name:
            raise TemplateError(f"{answer.full_name} cannot say who is missing")

    async def __call__(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """The merged answer; that of the one service when the request names one module."""
        request: Any = self._binding.request(incoming)
        named = getattr(request, self._field.name)
        if named and not self._field.is_repeated:
            return await self._transcoder.answer(call, self._binding, incoming)
        if blank := [name for name in self._required if not getattr(request, name).strip()]:
            raise RequestError(*(Violation(name, "REQUIRED") for name in blank))  # nobody could answer
        asked = self._targets.of_modules(named, self._field.name) if named else self._targets.concerned(self._binding)
        tokens = _unpack(request.page_token, asked) if self._paged else dict.fromkeys(asked, "")
        pages = await asyncio.gather(*(self._page(call, request, service, tokens[service]) for service in tokens))
        return self._transcoder.written(self._binding, self._merged(dict(zip(tokens, pages, strict=True))))

    def _merged(self, pages: dict[str, Any]) -> Any:
        merged: Any = self._binding.rpc.answer_type()
        items = [one for page in pages.values() if page is not None for one in getattr(page, self._items.name)]
        if self._dated:
            items.sort(key=_age, reverse=True)
        getattr(merged, self._items.name).extend(items)
        if self._seconds:
            merged.missing.extend(service for service, page in pages.items() if page is None)
        if self._paged:
            merged.next_page_token = _pack((service, page.next_page_token) for service, page in pages.items())
        return merged

    async def _page(self, call: Call, request: Any, service: str, token: str) -> Any:
        """A service's answer; None when it may be missing, and is."""
        own: Any = request
        if token:
            own = self._binding.rpc.request_type()
            own.CopyFrom(request)
            own.page_token = token
        seconds = self._seconds or 1e9
        try:
            return await self._upstream.for_caller(
                call, service, self._binding.rpc, own, repeatable=not self._seconds, seconds=seconds
            )
        except grpc.aio.AioRpcError as error:
            if self._seconds and error.code() not in _CALLERS_OWN:
                return None
            if error.code() != grpc.StatusCode.PERMISSION_DENIED:
                raise
            return self._binding.rpc.answer_type()  # the caller has something elsewhere


def _items(answer: Descriptor) -> FieldDescriptor:
    """The one list of records that an answer is about."""
    lists = [field for field in answer.fields if field.is_repeated and field.message_type and not is_map(field)]
    if len(lists) != 1:
        raise TemplateError(f"{answer.full_name} has not one list that could be merged")
    return lists[0]


def _age(one: Any) -> tuple[int, int]:
    return one.create_time.seconds, one.create_time.nanos


def _pack(tokens: Iterable[tuple[str, str]]) -> str:
    held = {service: token for service, token in tokens if token}
    return base64.urlsafe_b64encode(orjson.dumps(held)).decode() if held else ""


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _unpack(token: str, asked: Iterable[str]) -> dict[str, str]:
    """Each service's own token; raises RequestError when it is none of ours."""
    if not token:
        return dict.fromkeys(asked, "")
    try:
        held = orjson.loads(base64.urlsafe_b64decode(token))
        if held and isinstance(held, dict) and set(held) <= set(asked) and all(map(_is_token, held.values())):
            return held
    except (ValueError, binascii.Error):
        pass
    raise RequestError(Violation("page_token", "INVALID_PAGE_TOKEN"))
