"""Handlers of plain RPCs: HTTP request → message → service → message → JSON."""

import re
import time

import orjson

from gateway import raw
from gateway.errors import RefusedError, RequestError, Violation
from gateway.exchange import JSON, Answer, Call
from gateway.targets import Targets
from gateway.transcoding.bindings import Binding, Incoming
from gateway.upstream import Upstream

_SECONDS = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


class Transcoder:
    """Answers the requests of one binding each."""

    def __init__(self, upstream: Upstream, targets: Targets, max_body: int) -> None:
        self._upstream = upstream
        self._targets = targets
        self._max_body = max_body

    async def incoming(self, call: Call, binding: Binding, values: tuple[str, ...]) -> Incoming:
        """Read what the binding needs of the request; raises RefusedError for bodies that are not JSON."""
        body = b""
        if binding.rule.body:
            body = await call.body(self._max_body)
            if body and call.media_type() != JSON:
                raise RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", expected=JSON)
        self._shorten(call)
        return Incoming(
            values,
            call.query,
            body,
            call.headers.get("if-match", ""),
            call.headers.get("idempotency-key", ""),
        )

    async def answer(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """Call the service and write its answer."""
        request = binding.request(incoming)
        service = self._targets.of(binding, request)
        repeatable = binding.reads or bool(binding.has_request_id and request.request_id)  # type: ignore[attr-defined]
        message = await self._upstream.for_caller(call, service, binding.rpc, request, repeatable=repeatable)
        return self.written(binding, message)

    def written(self, binding: Binding, message: object) -> Answer:
        """A service's answer as JSON, with its etag in the header too."""
        if binding.empty:
            return Answer(status=204)
        if binding.raw:
            return raw.answer_of(message)
        answer = Answer(orjson.dumps(binding.write(message)), binding.status)
        if binding.returns_etag and (etag := getattr(message, "etag", "")):
            answer.headers["ETag"] = f'"{etag}"'
        return answer

    @staticmethod
    def _shorten(call: Call) -> None:
        """`X-Timeout: 2.5` asks for an answer within so many seconds; never for a longer wait than the default."""
        wanted = call.headers.get("x-timeout")
        if wanted is None:
            return
        if not _SECONDS.fullmatch(wanted) or not float(wanted):
            raise RequestError(Violation("X-Timeout", "INVALID_TIMEOUT"))
        call.deadline = min(call.deadline, time.monotonic() + float(wanted))
