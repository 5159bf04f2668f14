"""`/api/openapi.json`, `/api/docs`, and where programs get tokens (RFC 8414). All are public and the same for everybody; made once, at start."""

import gzip
import hashlib

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.texts import language_of
from gateway.exchange import Header
from gateway.openapi import document, reference
from gateway.sessions import oauth
from gateway.transcoding.catalog import Catalog

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"


def pages(catalog: Catalog, public_url: str, headers: list[Header]) -> list[Route]:
    """The routes."""
    described = document.build(catalog, public_url)
    written = _Page(orjson.dumps(described), "application/json", headers)
    html = {
        language: _Page(reference.render(described, language).encode(), "text/html; charset=utf-8", headers)
        for language in ("zh", "en")
    }
    authorization = _Page(orjson.dumps(oauth.metadata(catalog, public_url)), "application/json", headers)
    style = _Page(reference.STYLE.encode(), "text/css; charset=utf-8", headers)

    async def docs(request: Request) -> Response:
        asked = request.query_params.get("lang") or language_of(request.headers.get("accept-language", ""))
        return html["zh" if asked == "zh" else "en"].answer(request)

    async def openapi(request: Request) -> Response:
        return written.answer(request)

    async def authorization_server(request: Request) -> Response:
        return authorization.answer(request)

    async def stylesheet(request: Request) -> Response:
        return style.answer(request)

    return [
        Route("/api/openapi.json", openapi),
        Route("/api/docs", docs),
        Route(oauth.METADATA_PATH, authorization_server),
        Route("/api/docs.css", stylesheet),
    ]


class _Page:
    """A body that never changes while the process lives, ready in both encodings."""

    def __init__(self, body: bytes, media_type: str, headers: list[Header]) -> None:
        self._body = body
        self._packed = gzip.compress(body, 9, mtime=0)
        self._etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        self._media_type = media_type
        self._headers = headers

    def answer(self, request: Request) -> Response:
        """The page, or 304 when the client has it."""
        headers = {
            "cache-control": "no-cache",
            "etag": self._etag,
            "vary": "Accept-Encoding, Accept-Language",
            "content-security-policy": _POLICY,
        }
        if request.headers.get("if-none-match") == self._etag:
            response = Response(status_code=304, headers=headers)
        elif "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            response = Response(self._packed, headers=headers, media_type=self._media_type)
        else:
            response = Response(self._body, headers=headers, media_type=self._media_type)
        response.raw_headers.extend(self._headers)
        return response
