"""The web client's files, and one page for every address of its own.

Files below `assets/` carry a hash in their name and are cached for good; everything else is asked for again each
time (ETag). Texts are compressed once and kept: a client's build is a few megabytes.
"""

import gzip
import hashlib
import mimetypes
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.exchange import Header
from gateway.headers import NONCE, page_policy

FOREVER = "public, max-age=31536000, immutable"
ASK = "no-cache"
_TEXTS = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_SMALL = 1_000  # bytes not worth compressing
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes  # gzip; empty when it is not worth it
    media_type: str
    etag: str
    stamp: tuple[int, int]  # size and time: a rebuilt client shows without a restart


class Web:
    """Serves a folder. With an empty root there is no client, and every address answers so."""

    def __init__(self, root: str, headers: list[Header]) -> None:
        self._root = Path(root).resolve() if root else None
        self._headers = headers
        self._files: dict[Path, _File] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request for a file or page."""
        await self._response(scope)(scope, receive, send)

    def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            return self._with_headers(Response(status_code=405, headers={"allow": "GET, HEAD"}))
        request = {name: value.decode("latin-1") for name, value in scope["headers"]}
        path = unquote(scope["path"])
        found = self._find(path)
        if found is None and not self._is_page(path, request):
            return self._with_headers(Response("Not found.", 404, media_type="text/plain"))
        if found is None or found.name == "index.html":
            return self._page()
        return self._file(found, path, request)

    def _find(self, path: str) -> Path | None:
        """The file of a path; None when there is none inside the root."""
        if self._root is None or "\0" in path:
            return None
        candidate = Path(os.path.normpath(self._root / path.lstrip("/")))
        if candidate == self._root:
            candidate = self._root / "index.html"
        if not candidate.is_relative_to(self._root) or not candidate.is_file():
            return None
        return candidate if candidate.resolve().is_relative_to(self._root) else None

    @staticmethod
    def _is_page(path: str, request: dict[bytes, str]) -> bool:
        """Whether a browser navigates to one of the client's own addresses; a missing script is no page."""
        return "." not in path.rpartition("/")[2] and "text/html" in request.get(b"accept", "")

    def _page(self) -> Response:
        index = self._find("/index.html")
        if index is None:
            text = "The web client is not built here. The API is at /api/v1, its description at /api/docs."
            return self._with_headers(Response(text, 404, media_type="text/plain"))
        html = index.read_text("utf-8")
        nonce = secrets.token_urlsafe(16) if NONCE in html else ""
        response = Response(html.replace(NONCE, nonce), media_type="text/html", headers={"cache-control": ASK})
        response.headers["content-security-policy"] = page_policy(nonce)
        return self._with_headers(response)

    def _file(self, path: Path, asked: str, request: dict[bytes, str]) -> Response:
        file = self._load(path)
        headers = {
            "cache-control": FOREVER if asked.startswith("/assets/") else ASK,
            "etag": file.etag,
            "vary": "Accept-Encoding",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
            if file.media_type == "image/svg+xml"
            else page_policy(""),  # a service worker is governed by its own file's policy
        }
        if request.get(b"if-none-match") == file.etag:
            return self._with_headers(Response(status_code=304, headers=headers))
        body = file.body
        if file.packed and "gzip" in request.get(b"accept-encoding", ""):
            body, headers["content-encoding"] = file.packed, "gzip"
        return self._with_headers(Response(body, headers=headers, media_type=file.media_type))

    def _load(self, path: Path) -> _File:
        stat = path.stat()
        stamp = (stat.st_size, stat.st_mtime_ns)
        file = self._files.get(path)
        if file is not None and file.stamp == stamp:
            return file
        body = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        worth = len(body) > _SMALL and media_type.startswith(_TEXTS)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        file = _File(body, gzip.compress(body, 6, mtime=0) if worth else b"", media_type, etag, stamp)
        self._files[path] = file
        return file

    def _with_headers(self, response: Response) -> Response:
        for name, value in self._headers:
            response.raw_headers.append((name, value))
        return response
