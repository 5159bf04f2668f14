"""A form with one file, read as it arrives (RFC 7578): the file goes on in pieces and is never whole in memory."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.errors import RefusedError, RequestError
from gateway.exchange import Call

FORM = "multipart/form-data"
_MAX_FIELD = 4_096  # bytes of a part that is not the file
_MAX_PARTS = 20
_AROUND = 2**17  # bytes of a form that are not its file
_CHUNK = 2**20


@dataclass(slots=True)
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    data: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class Upload:
    """What a form, or a plain body, brings: fields first, then the file's bytes. Leave it to forget a waiting file."""

    fields: dict[str, str]
    name: str
    media_type: str
    pieces: AsyncIterator[bytes]
    spool: IO[bytes] | None = None

    def __enter__(self) -> "Upload":
        return self

    def __exit__(self, *_: object) -> None:
        if self.spool is not None:
            self.spool.close()


class _Events:
    """Turns the parser's callbacks into finished fields and pieces of the file."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.file: _Part | None = None
        self.pieces: list[bytes] = []
        self.finished = False
        self._part = _Part()
        self._parts = 0
        self._header = bytearray()
        self._value = bytearray()

    def on_part_begin(self) -> None:
        self._part = _Part()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._part.headers[self._header.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._header.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._part.headers.get("content-disposition", ""))
        self._part.name = _text(options.get(b"name", b""))
        if b"filename" in options:
            self._part.file_name = _text(options[b"filename"])
            if self.file is None:
                self.file = self._part

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part is self.file:
            self.pieces.append(bytes(data[start:end]))
        elif len(self._part.data) + end - start > _MAX_FIELD:
            raise RequestError(reason="MULTIPART_INVALID")
        else:
            self._part.data += data[start:end]

    def on_part_end(self) -> None:
        self._parts += 1
        if self._parts > _MAX_PARTS:
            raise RequestError(reason="MULTIPART_INVALID")
        if self._part is not self.file:
            self.fields[self._part.name] = self._part.data.decode("utf-8", "replace")

    def on_end(self) -> None:
        self.finished = True


class Form:
    """Reads a form. `needed`: the field without which the file cannot be sent on; when it comes after the file, the
    file waits on disk.
    """

    def __init__(self, call: Call, limit: int, needed: str) -> None:
        _, options = parse_options_header(call.headers.get("content-type", ""))
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise RequestError(reason="MULTIPART_INVALID")
        self._events = _Events()
        names = [name for name in dir(_Events) if name.startswith("on_")]
        self._parser = MultipartParser(boundary, {name: getattr(self._events, name) for name in names})  # type: ignore[arg-type]
        self._source = call.pieces()
        self._limit = limit
        self._needed = needed
        self._size = 0
        self._received = 0

    async def read(self) -> Upload:
        """Up to the file's first byte, or further if `needed` has not come yet."""
        events = self._events
        while not (events.file and self._needed in events.fields) and not events.finished:
            if events.file is not None:
                return await self._waiting_on_disk(events.file)
            await self._advance()
        if events.file is None:
            raise RequestError(reason="FILE_MISSING")
        return self._upload(events.file, self._streamed())

    def _upload(self, file: _Part, pieces: AsyncIterator[bytes], spool: IO[bytes] | None = None) -> Upload:
        media_type = file.headers.get("content-type", "")
        return Upload(self._events.fields, file.file_name or "", media_type, pieces, spool)

    async def _streamed(self) -> AsyncIterator[bytes]:
        while True:
            for piece in self._taken():
                yield piece
            if self._events.finished:
                return
            await self._advance()

    async def _waiting_on_disk(self, file: _Part) -> Upload:
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the upload
        try:
            async for piece in self._streamed():
                spool.write(piece)
        except BaseException:
            spool.close()
            raise
        return self._upload(file, _read_back(spool), spool)

    def _taken(self) -> list[bytes]:
        pieces, self._events.pieces = self._events.pieces, []
        self._size += sum(map(len, pieces))
        if self._size > self._limit:
            raise RefusedError(413, "FILE_TOO_LARGE", limit=self._limit // 2**20)
        return pieces

    async def _advance(self) -> None:
        try:
            chunk = await anext(self._source)
            self._received += len(chunk)
            if self._received > self._limit + _AROUND:
                raise RefusedError(413, "FILE_TOO_LARGE", limit=self._limit // 2**20)
            self._parser.write(chunk)
        except (StopAsyncIteration, FormParserError):
            raise RequestError(reason="MULTIPART_INVALID") from None


async def plain(call: Call, limit: int, name: str) -> Upload:
    """A body that is the file itself."""

    async def counted() -> AsyncIterator[bytes]:
        size = 0
        async for piece in call.pieces():
            size += len(piece)
            if size > limit:
                raise RefusedError(413, "FILE_TOO_LARGE", limit=limit // 2**20)
            yield piece

    return Upload({}, name, call.media_type(), counted())


async def _read_back(spool: IO[bytes]) -> AsyncIterator[bytes]:
    spool.seek(0)
    while piece := spool.read(_CHUNK):
        yield piece


def _text(raw: bytes) -> str:
    """Browsers send UTF-8 (WHATWG), which the header parser took for latin-1."""
    return raw.decode("utf-8", "replace")
