"""Files through the gateway: in pieces from the client to the service that keeps them, and back.

POST /api/v1/files?module=accounts        the body is the file (its name in `name` or Content-Disposition), or a form
GET  /api/v1/files/{id}:download          the bytes, always as an attachment
any RPC with a `file_field`               also takes a form with `module` and `file`: uploads, then calls

These are code because `google.api.http` speaks of JSON, one call a request; here it is bytes, and a call for each 2 MiB.
"""

import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import orjson

from gateway.errors import RequestError
from gateway.exchange import Answer, Call, Stream
from gateway.multipart import FORM, Form, Upload, plain
from gateway.sessions.callers import Callers
from gateway.targets import Targets, of_id
from gateway.telemetry import UPLOADED
from gateway.transcoder import Transcoder
from gateway.transcoding import query
from gateway.transcoding.bindings import Binding, Incoming
from gateway.transcoding.catalog import Catalog
from gateway.transcoding.decode import unknown
from gateway.transcoding.routes import decoded
from gateway.upstream import Upstream

PIECE = 2 * 2**20  # bytes of one AppendFile or ReadFile
PIECE_SECONDS = 30.0
_PARAMETERS = ("module", "name")
_SERVICE = "guanxi.files.v1.FileService"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|\ud800-\udfff]')
_MEDIA_TYPE = re.compile(r"([a-z]+/[a-z0-9.+-]+)(; ?charset=[a-z0-9-]+)?", re.ASCII)
# Named as what they are; anything else is just bytes. All are attachments and never shown in our pages.
_MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/zip",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
    }
)


class Files:
    """Handlers of file routes."""

    def __init__(self, catalog: Catalog, upstream: Upstream, targets: Targets, callers: Callers, limit: int) -> None:
        self._upstream = upstream
        self._targets = targets
        self._callers = callers
        self._limit = limit
        self._rpcs = {
            name: catalog.rpc(f"{_SERVICE}.{name}")
            for name in ("CreateFile", "AppendFile", "CompleteFile", "GetFile", "ReadFile")
        }
        self._write = catalog.encoders.of(self._rpcs["GetFile"].answer)

    async def upload(self, call: Call, _values: tuple[str, ...]) -> Answer:
        """`POST /files`."""
        parameters = dict(query.pairs(call.query))
        problems = [unknown(name, name, _PARAMETERS) for name in parameters if name not in _PARAMETERS]
        if problems:
            raise RequestError(*problems)
        if call.media_type() == FORM:
            incoming = await Form(call, self._limit, "module" if "module" not in parameters else "").read()
        else:
            incoming = await plain(call, self._limit, parameters.get("name") or _name_of(call))
        with incoming:
            module = parameters.get("module") or incoming.fields.get("module", "")
            return Answer(orjson.dumps(self._write(await self._send(call, module, incoming))))

    async def download(self, call: Call, values: tuple[str, ...]) -> Stream:
        """`GET /files/{id}:download`. The first piece is fetched before the answer begins, so that errors are answers."""
        identifier = decoded(values[0]) or ""
        file = await self._file(call, identifier)
        first = await self._piece(call, identifier, 0) if file.size else b""
        known = _MEDIA_TYPE.fullmatch(file.media_type)
        media_type = file.media_type if known and known[1] in _MEDIA_TYPES else "application/octet-stream"
        headers = {
            "Content-Disposition": disposition(file.name),
            "Content-Length": str(file.size),
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return Stream(self._pieces(call, identifier, file.size, first), 200, media_type, headers)

    async def _pieces(self, call: Call, identifier: str, size: int, first: bytes) -> AsyncGenerator[bytes, None]:
        piece, offset = first, 0
        while offset < size:
            yield piece
            offset += len(piece)
            if offset < size:
                await self._callers.keep(call)
                piece = await self._piece(call, identifier, offset)
            if not piece:
                raise ConnectionError(
                    "the file ended before its size"
                )  # closes the connection: nothing else can be said

    async def _send(self, call: Call, module: str, upload: Upload) -> Any:
        """Pass an upload on; the finished file."""
        service = self._targets.of_module(module)
        identifier, offset = "", 0
        buffer = bytearray()
        async for piece in upload.pieces:
            buffer += piece
            while len(buffer) >= PIECE:
                identifier = identifier or await self._create(call, service, upload)
                await self._append(call, service, identifier, offset, bytes(buffer[:PIECE]))
                offset += PIECE
                del buffer[:PIECE]
        if not buffer and not offset:
            raise RequestError(reason="FILE_EMPTY")
        identifier = identifier or await self._create(call, service, upload)
        if buffer:
            await self._append(call, service, identifier, offset, bytes(buffer))
        return await self._ask(call, service, "CompleteFile", repeatable=True, id=identifier)

    async def _create(self, call: Call, service: str, upload: Upload) -> str:
        name, media_type = safe_name(upload.name), upload.media_type[:127]
        file = await self._ask(call, service, "CreateFile", repeatable=False, name=name, media_type=media_type)
        return str(file.id)

    async def _append(self, call: Call, service: str, identifier: str, offset: int, data: bytes) -> None:
        await self._callers.keep(call)
        await self._ask(call, service, "AppendFile", repeatable=True, id=identifier, offset=offset, data=data)
        UPLOADED.inc(len(data))

    async def _file(self, call: Call, identifier: str) -> Any:
        return await self._ask(call, of_id(identifier), "GetFile", repeatable=True, id=identifier)

    async def _piece(self, call: Call, identifier: str, offset: int) -> bytes:
        answer = await self._ask(
            call, of_id(identifier), "ReadFile", repeatable=True, id=identifier, offset=offset, limit=PIECE
        )
        return bytes(answer.data)

    async def _ask(self, call: Call, service: str, name: str, /, *, repeatable: bool, **fields: Any) -> Any:
        """Each piece has its own time; the request as a whole may take as long as the file does."""
        rpc = self._rpcs[name]
        request = rpc.request_type(**fields)
        return await self._upstream.call(service, rpc, request, call.metadata(), PIECE_SECONDS, repeatable=repeatable)

    async def form_to_file(self, call: Call) -> tuple[str, Any]:
        """The module and the finished file of a form."""
        with await Form(call, self._limit, "module").read() as form:
            module = form.fields.get("module", "")
            return module, await self._send(call, module, form)


class WithFile:
    """An RPC with a `file_field`: JSON with the file's id, or a form with the file itself."""

    def __init__(self, files: Files, transcoder: Transcoder, binding: Binding) -> None:
        self._files = files
        self._transcoder = transcoder
        self._binding = binding

    async def __call__(self, call: Call, values: tuple[str, ...]) -> Answer:
        """The RPC's answer. An Idempotency-Key counts for the JSON form only: each upload is a new file."""
        if call.media_type() != FORM:
            incoming = await self._transcoder.incoming(call, self._binding, values)
            return await self._transcoder.answer(call, self._binding, incoming)
        module, file = await self._files.form_to_file(call)
        options = self._binding.options
        body = orjson.dumps({options.module_field: module, options.file_field: file.id})
        call.extend()
        return await self._transcoder.answer(call, self._binding, Incoming(values, call.query, body))


def safe_name(name: str) -> str:
    """A file name without folders, control characters or what a file system refuses; never empty."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", base).strip(" .")[:200] or "file"


def disposition(name: str) -> str:
    """Content-Disposition of a download (RFC 6266): an ASCII name for old clients, the true one for the others."""
    name = safe_name(name)
    plain_name = "".join(one if one.isascii() else "_" for one in name)
    return f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _name_of(call: Call) -> str:
    """`filename` of a Content-Disposition header."""
    match = re.search(r'filename="?([^";]*)"?', call.headers.get("content-disposition", ""))
    return match[1].encode("latin-1").decode("utf-8", "replace") if match else ""
