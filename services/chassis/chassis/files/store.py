"""The object store: every file is a row of pieces of 2 MiB, so that an upload can be repeated from any piece.

Names are made by us, never by people: `<organization>/<file>/<number>`.
"""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url
from typing_extensions import override

from chassis import ids
from chassis.errors import UnavailableError

PIECE_BYTES = 2 * 1024 * 1024


class FileStore:
    """Bytes by organization and file id. Raises UnavailableError when the store is away or full."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(parents=True, exist_ok=True)
            self._store = LocalStore(folder)
        else:
            self._store = from_url(url)

    def put(self, org_id: uuid.UUID, file_id: uuid.UUID, number: int, data: bytes) -> None:
        """Write one piece; writing it again changes nothing."""
        try:
            obstore.put(self._store, _path(org_id, file_id, number), data)
        except (BaseError, OSError) as error:
            raise UnavailableError from error

    def get(self, org_id: uuid.UUID, file_id: uuid.UUID, number: int) -> bytes:
        """One piece, whole."""
        try:
            return obstore.get(self._store, _path(org_id, file_id, number)).bytes().to_bytes()
        except (BaseError, OSError) as error:
            raise UnavailableError from error

    def keep(self, org_id: uuid.UUID, name: str, data: bytes) -> None:
        """Write a whole file under a name of its own, such as `audit/2026-11-22.json`; what is there already stays."""
        try:
            obstore.put(self._store, f"{org_id}/{name}", data, mode="create")
        except AlreadyExistsError:
            return
        except (BaseError, OSError) as error:
            raise UnavailableError from error

    def kept(self, org_id: uuid.UUID, folder: str) -> dict[str, bytes]:
        """Name → bytes of every file that was kept in a folder, in order of names."""
        try:
            paths = sorted(meta["path"] for page in obstore.list(self._store, f"{org_id}/{folder}/") for meta in page)
            return {path.rpartition("/")[2]: obstore.get(self._store, path).bytes().to_bytes() for path in paths}
        except (BaseError, OSError) as error:
            raise UnavailableError from error

    def organizations(self, folder: str) -> Iterator[uuid.UUID]:
        """Those that keep something in a folder."""
        try:
            for prefix in obstore.list_with_delimiter(self._store)["common_prefixes"]:
                org_id = ids.parse(prefix.rstrip("/"))
                if org_id and obstore.list_with_delimiter(self._store, f"{org_id}/{folder}/")["objects"]:
                    yield org_id
        except (BaseError, OSError) as error:
            raise UnavailableError from error

    def pieces(self, org_id: uuid.UUID, file_id: uuid.UUID, size: int) -> Iterator[bytes]:
        """All pieces of a file of `size` bytes, in order."""
        for number in range((size + PIECE_BYTES - 1) // PIECE_BYTES):
            yield self.get(org_id, file_id, number)

    def open(self, org_id: uuid.UUID, file_id: uuid.UUID, size: int) -> io.BufferedReader:
        """A file to read from, one piece in memory at a time; seekable, as ZIP readers need."""
        return io.BufferedReader(_Reader(self, org_id, file_id, size), PIECE_BYTES)

    def delete(self, org_id: uuid.UUID, file_id: uuid.UUID, size: int) -> None:
        """Remove every piece."""
        names = [_path(org_id, file_id, n) for n in range((size + PIECE_BYTES - 1) // PIECE_BYTES)]
        try:
            obstore.delete(self._store, names)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise UnavailableError from error


class FileWriter(io.RawIOBase):
    """Collects written bytes into pieces; `size` is what was written."""

    def __init__(self, store: FileStore, org_id: uuid.UUID, file_id: uuid.UUID) -> None:
        super().__init__()
        self._store, self._org_id, self._file_id = store, org_id, file_id
        self._buffer = bytearray()
        self._number = 0
        self.size = 0

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) >= PIECE_BYTES:
            self._store.put(self._org_id, self._file_id, self._number, bytes(self._buffer[:PIECE_BYTES]))
            del self._buffer[:PIECE_BYTES]
            self._number += 1
        return len(data)

    @override
    def close(self) -> None:
        if not self.closed and self._buffer:
            self._store.put(self._org_id, self._file_id, self._number, bytes(self._buffer))
            self._buffer.clear()
        super().close()


class _Reader(io.RawIOBase):
    def __init__(self, store: FileStore, org_id: uuid.UUID, file_id: uuid.UUID, size: int) -> None:
        super().__init__()
        self._store, self._org_id, self._file_id = store, org_id, file_id
        self._size = size
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._position >= self._size:
            return 0
        number, start = divmod(self._position, PIECE_BYTES)
        if self._held[0] != number:
            self._held = (number, self._store.get(self._org_id, self._file_id, number))
        data = self._held[1][start : start + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def _path(org_id: uuid.UUID, file_id: uuid.UUID, number: int) -> str:
    return f"{org_id}/{file_id}/{number:06d}"
