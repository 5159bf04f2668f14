"""Questions to several services at once: the search, and the list of all imports."""

import asyncio
import base64
import binascii
from collections.abc import Iterable
from typing import Any

import grpc
import orjson

from gateway.errors import RequestError, Violation
from gateway.exchange import Answer, Call
from gateway.targets import Targets
from gateway.transcoder import Transcoder
from gateway.transcoding import query
from gateway.transcoding.bindings import Binding, Incoming
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

SEARCH_SECONDS = 0.3
# Answers that are about the caller, not about the service: the same everywhere, so they are the answer.
_CALLERS_OWN = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT})


class Search:
    """`GET /api/v1/search`: every service has 300 ms; who does not answer is named."""

    def __init__(self, catalog: Catalog, upstream: Upstream, targets: Targets) -> None:
        self._upstream = upstream
        self._targets = targets
        self.rpc = catalog.rpc("guanxi.search.v1.SearchService.Search")
        self._read = query.QueryReader(self.rpc.request, frozenset())
        self._write = catalog.encoders.of(self.rpc.answer)

    async def __call__(self, call: Call, _values: tuple[str, ...]) -> Answer:
        """`{"hits": […], "missing": ["sales"]}`."""
        request: Any = self.rpc.request_type()
        problems: list[Violation] = []
        self._read(query.pairs(call.query), request, problems)
        if not request.query.strip():
            problems.append(Violation("query", "REQUIRED"))
        if problems:
            raise RequestError(*problems)
        services = self._targets.of_modules(request.modules)
        found = await asyncio.gather(*(self._ask(call, service, request) for service in services))
        hits = [hit for answer in found if answer is not None for hit in self._write(answer)["hits"]]
        missing = [service for service, answer in zip(services, found, strict=True) if answer is None]
        return Answer(orjson.dumps({"hits": hits, "missing": missing}))

    async def _ask(self, call: Call, service: str, request: Any) -> Any:
        try:
            return await self._upstream.for_caller(
                call, service, self.rpc, request, repeatable=False, seconds=SEARCH_SECONDS
            )
        except grpc.aio.AioRpcError as error:
            if error.code() in _CALLERS_OWN:
                raise
            return None


class AllImports:
    """`GET /api/v1/imports` without a module: every service's, newest first.

    Each page asks every service for a page of its own, so it holds up to `page_size` of each; the page token is the
    services' tokens together.
    """

    def __init__(self, upstream: Upstream, targets: Targets, transcoder: Transcoder) -> None:
        self._upstream = upstream
        self._targets = targets
        self._transcoder = transcoder

    async def __call__(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """One page."""
        request: Any = binding.request(incoming)
        if request.module:
            return await self._transcoder.answer(call, binding, incoming)
        tokens = _unpack(request.page_token) if request.page_token else dict.fromkeys(self._targets.importing, "")
        if not set(tokens) <= set(self._targets.importing):
            raise RequestError(Violation("page_token", "INVALID_VALUE"))
        pages = await asyncio.gather(*(self._page(call, binding, request, *one) for one in tokens.items()))
        merged: Any = binding.rpc.answer_type()
        merged.imports.extend(sorted((one for page in pages for one in page.imports), key=_age, reverse=True))
        more = {service: page.next_page_token for service, page in zip(tokens, pages, strict=True)}
        merged.next_page_token = _pack((service, token) for service, token in more.items() if token)
        return self._transcoder.written(binding, merged)

    async def _page(self, call: Call, binding: Binding, request: Any, service: str, token: str) -> Any:
        own: Any = binding.rpc.request_type()
        own.CopyFrom(request)
        own.page_token = token
        try:
            return await self._upstream.for_caller(call, service, binding.rpc, own, repeatable=True)
        except grpc.aio.AioRpcError as error:
            if error.code() != grpc.StatusCode.PERMISSION_DENIED:
                raise
            return binding.rpc.answer_type()  # the caller may import elsewhere


def _age(one: Any) -> tuple[int, int]:
    return one.create_time.seconds, one.create_time.nanos


def _pack(tokens: Iterable[tuple[str, str]]) -> str:
    held = dict(tokens)
    return base64.urlsafe_b64encode(orjson.dumps(held)).decode() if held else ""


def _unpack(token: str) -> dict[str, str]:
    try:
        held = orjson.loads(base64.urlsafe_b64decode(token))
        if held and isinstance(held, dict) and all(isinstance(one, str) for one in held.values()):
            return held
    except (ValueError, binascii.Error):
        pass
    raise RequestError(Violation("page_token", "INVALID_VALUE"))
