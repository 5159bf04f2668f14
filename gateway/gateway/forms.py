"""Web forms: `/f/{token}`, a page that works without scripts and cookies, also in a frame of the sites it is allowed on.

What a form is and what becomes of an answer is customers' to know; here it is drawn and read.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import grpc
import orjson
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis.rates import place_of
from gateway import problems
from gateway.errors import GatewayError
from gateway.exchange import Call, Header
from gateway.formpage import Page, drawn, missing, nonce
from gateway.limits import Concurrency, Rate
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

_SERVICE = "customers"
_PUBLIC = "guanxi.customers.v1.PublicFormService"
_LARGEST = 256 * 1024
_MOST_VALUES = 500
_SENT = "sent"
FIELD = "f."  # before the names of a form's own fields


class Forms:
    """Answers requests for `/f/{token}`."""

    def __init__(
        self, catalog: Catalog, upstream: Upstream, concurrency: Concurrency, rate: Rate, headers: list[Header]
    ) -> None:
        self._upstream = upstream
        self._shown = catalog.rpc(f"{_PUBLIC}.GetPublicForm")
        self._sent = catalog.rpc(f"{_PUBLIC}.SubmitPublicForm")
        self._concurrency = concurrency
        self._rate = rate
        self._headers = headers

    async def answer(self, call: Call, token: str) -> Response:
        """The page, or where to go after it was sent."""
        try:
            self._rate.take(place_of(call.address))
            with self._concurrency:
                answer = await (self._submit(call, token) if call.method == "POST" else self._show(call, token))
        except GatewayError as error:
            answer = self._refusal(call, problems.of_gateway(error, call.language, call.trace_id))
        except grpc.aio.AioRpcError as error:
            answer = self._refusal(call, problems.of_rpc(error, call.language, call.trace_id))
        answer.headers.update({"cache-control": "no-store", "vary": "Accept-Language", "x-robots-tag": "noindex"})
        answer.raw_headers.extend(self._headers)
        return answer

    async def _show(self, call: Call, token: str) -> Response:
        form = await self._form(call, token)
        if parse_qs(call.query.decode("latin-1")).get(_SENT):
            return self._page(call, form, Page(form, sent=True))
        return self._page(call, form, Page(form, form.stamp))

    async def _submit(self, call: Call, token: str) -> Response:
        body = await call.body(_LARGEST)
        try:
            given = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_VALUES, errors="strict")
        except (UnicodeDecodeError, ValueError):
            given = {}
        request: Any = self._sent.request_type(
            token=token,
            stamp=given.get("stamp", [""])[0],
            consent=bool(given.get("consent")),
            nickname=given.get("nickname", [""])[0],
        )
        values = {name.removeprefix(FIELD): texts for name, texts in given.items() if name.startswith(FIELD)}
        for name, texts in values.items():
            request.values[name].values.extend(text.replace("\0", "") for text in texts)
        try:
            done = await self._upstream.for_caller(call, _SERVICE, self._sent, request, repeatable=False)
        except grpc.aio.AioRpcError as error:
            if error.code() not in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS):
                raise
            return await self._again(call, token, request, values, error)
        return RedirectResponse(done.redirect_url or f"?{_SENT}=1", 303)

    async def _again(
        self, call: Call, token: str, request: Any, values: dict[str, list[str]], error: grpc.aio.AioRpcError
    ) -> Response:
        """The page as it was filled in, with what is wrong beside it."""
        problem = orjson.loads(problems.of_rpc(error, call.language, call.trace_id).body)
        form = await self._form(call, token)
        wrong = {one["field"]: one for one in problem.get("violations", [])}
        # The stamp that came goes on counting, unless it is of no use any more.
        stale = wrong.get("stamp", {}).get("reason") == "FORM_STALE"
        page = Page(form, form.stamp if stale or not request.stamp else request.stamp, values, wrong, request.consent)
        return self._page(call, form, page, 400)

    async def _form(self, call: Call, token: str) -> Any:
        request = self._shown.request_type(token=token)
        return await self._upstream.for_caller(call, _SERVICE, self._shown, request, repeatable=True)

    def _page(self, call: Call, form: Any, page: Page, status: int = 200) -> Response:
        mark = nonce()
        response = HTMLResponse(drawn(page, call.language, mark), status)
        response.headers["content-security-policy"] = _policy(mark, form)
        return response

    def _refusal(self, call: Call, answer: Any) -> Response:
        """A page that says what is wrong. Nobody may frame it: whose form it would be is not known."""
        mark, problem = nonce(), orjson.loads(answer.body)
        response = HTMLResponse(missing(problem.get("detail", ""), answer.status, call.language, mark), answer.status)
        response.headers["content-security-policy"] = _policy(mark, None)
        if wait := answer.headers.get("Retry-After"):
            response.headers["retry-after"] = wait
        return response


def _policy(mark: str, form: Any) -> str:
    """Content-Security-Policy: our style and nothing else; framed by the form's own sites alone."""
    framed = " ".join(form.allowed_origins) if form is not None else ""
    target = urlsplit(form.redirect_url) if form is not None else urlsplit("")
    onward = f" {target.scheme}://{target.netloc}" if target.netloc and not _odd(target.netloc) else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'nonce-{mark}'",
            f"form-action 'self'{onward}",
            "base-uri 'none'",
            f"frame-ancestors {framed or chr(39) + 'none' + chr(39)}",
        )
    )


def _odd(netloc: str) -> bool:
    """Whether a host has characters that mean something else in a policy."""
    return not netloc.isascii() or any(char in netloc for char in " ;,'\"")
