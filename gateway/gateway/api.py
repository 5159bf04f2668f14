"""The one ASGI endpoint of `/api/v1`: finds the route, the caller and the limits, runs the handler, writes the answer."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import grpc
from opentelemetry.trace import Span, format_span_id, format_trace_id
from starlette.types import Receive, Scope, Send

from chassis.rates import place_of
from gateway import problems, telemetry
from gateway.addresses import Addresses
from gateway.errors import GatewayError, RefusedError
from gateway.exchange import Answer, Call, Header, Stream
from gateway.limits import Concurrency, Rate
from gateway.sessions.callers import Callers
from gateway.sessions.clients import ClientRates
from gateway.sessions.csrf import SAFE
from gateway.transcoding.bindings import Binding
from gateway.transcoding.routes import Routes, Template

_log = logging.getLogger(__name__)

Handle = Callable[[Call, tuple[str, ...]], Awaitable[Answer | Stream]]
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a route leads to."""

    template: str
    handle: Handle
    public: bool = False
    binding: Binding | None = None
    long: bool = False  # lasts as long as somebody listens: takes no slot from the others


@dataclass(frozen=True, slots=True)
class Limits:
    """What is counted before a handler runs."""

    concurrency: Concurrency
    user: Rate
    address: Rate
    login: Rate
    clients: ClientRates


class Api:
    """Answers every request below `/api/v1`."""

    def __init__(self, callers: Callers, limits: Limits, addresses: Addresses, headers: list[Header]) -> None:
        self._routes = Routes()
        self._callers = callers
        self._limits = limits
        telemetry.HTTP_IN_FLIGHT.set_function(lambda: limits.concurrency.busy)
        self._addresses = addresses
        self._headers = headers
        self.endpoints: list[tuple[str, Endpoint]] = []

    def add(self, method: str, endpoint: Endpoint) -> None:
        """Raises TemplateError when the route is taken."""
        self._routes.add(method, Template.parse(endpoint.template), endpoint)
        self.endpoints.append((method, endpoint))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = time.perf_counter()
        call = Call.of(scope, receive, self._addresses.of(scope))
        match = self._routes.match(call.method, call.path)
        endpoint: Endpoint | None = match.target
        method = call.method if call.method in _METHODS else "OTHER"
        route = endpoint.template if endpoint else "unmatched"
        with telemetry.RequestSpan(method, route, call.headers.get("traceparent", "")) as span:
            _trace(call, span)
            status = 500
            try:
                answer = await self._answer(call, endpoint, match.values, match.methods)
                status = answer.status
                await self._send(call, answer, send)
            finally:
                telemetry.observe(method, route, status, time.perf_counter() - started)
                telemetry.finish_span(span, status)

    async def _answer(
        self, call: Call, endpoint: Endpoint | None, values: tuple[str, ...], methods: tuple[str, ...]
    ) -> Answer | Stream:
        try:
            self._limits.address.take(place_of(call.address))
            return await self._limited(call, endpoint or _nowhere(methods), values)
        except GatewayError as error:
            return problems.of_gateway(error, call.language, call.trace_id)
        except grpc.aio.AioRpcError as error:
            binding = endpoint.binding if endpoint else None
            return problems.of_rpc(
                error,
                call.language,
                call.trace_id,
                conditional="if-match" in call.headers,
                public_path=partial(binding.public_path, headers=call.headers) if binding else str,
            )
        except asyncio.CancelledError:
            raise
        except Exception:
            _log.exception("%s %s failed", call.method, endpoint.template if endpoint else "")
            return problems.of_fault(call.language, call.trace_id)

    async def _limited(self, call: Call, endpoint: Endpoint, values: tuple[str, ...]) -> Answer | Stream:
        if endpoint.long:
            return await self._handled(call, endpoint, values)
        with self._limits.concurrency:
            return await self._handled(call, endpoint, values)

    async def _handled(self, call: Call, endpoint: Endpoint, values: tuple[str, ...]) -> Answer | Stream:
        if endpoint.public and endpoint.binding and call.method not in SAFE:
            self._limits.login.take(place_of(call.address))
        await self._callers.identify(call, public=endpoint.public)
        if call.token:
            self._limits.user.take(call.session or call.token[-43:])
            await self._limits.clients.take(call.token)
        return await endpoint.handle(call, values)

    async def _send(self, call: Call, answer: Answer | Stream, send: Send) -> None:
        kept = "Cache-Control" in answer.headers
        headers = [one for one in self._headers if not (kept and one[0] == b"cache-control")]
        headers.append((b"x-trace-id", call.trace_id.encode()))
        if answer.status != 204:
            headers.append((b"content-type", answer.media_type.encode()))
        if isinstance(answer, Answer) and answer.status != 204:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        headers.extend((name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items())
        headers.extend((b"set-cookie", cookie.encode()) for cookie in call.cookies)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if isinstance(answer, Answer):
            await send({"type": "http.response.body", "body": answer.body})
            return
        async with aclosing(answer.chunks) as chunks:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _trace(call: Call, span: Span) -> None:
    context = span.get_span_context()
    if not context.is_valid:  # telemetry is not set up: answers carry an id all the same
        call.trace_id = os.urandom(16).hex()
        return
    call.trace_id = format_trace_id(context.trace_id)
    call.traceparent = f"00-{call.trace_id}-{format_span_id(context.span_id)}-{context.trace_flags:02x}"


def _nowhere(methods: tuple[str, ...]) -> Endpoint:
    """Where requests without a route end: 405 when the path takes other methods, otherwise 404."""

    async def refuse(call: Call, _values: tuple[str, ...]) -> Answer:
        if not methods:
            raise RefusedError(404, "ROUTE_NOT_FOUND", path=call.path.decode("latin-1")[:200])
        error = RefusedError(405, "METHOD_NOT_ALLOWED", methods=", ".join(methods))
        error.headers["Allow"] = ", ".join(methods)
        raise error

    return Endpoint("unmatched", refuse, public=True)
