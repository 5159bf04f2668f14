"""`FileService`: upload and download in pieces, each checked against who made the file."""

import hashlib
import uuid
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database
from chassis.database.schema import files
from chassis.errors import InvalidArgumentError, NotFoundError, PreconditionError
from chassis.files.attached import attached_file
from chassis.files.own import own_file
from chassis.files.store import PIECE_BYTES, FileStore
from chassis.ids import uuid7
from chassis.modules import Modules
from chassis.resources.kinds import InvalidValue, checked_text, to_timestamp
from guanxi.files.v1 import files_pb2

MOST_BYTES = 512 * 1024 * 1024


class FileServicer:
    """Files of one service. A file is its maker's, and theirs who see a record that it is attached to; imports and
    exports hand theirs on under their own rules.
    """

    def __init__(self, service: str, database: Database, store: FileStore, records: Modules) -> None:
        self._service = service
        self._database = database
        self._store = store
        self._records = records

    def create_file(self, call: Call, request: files_pb2.CreateFileRequest) -> files_pb2.File:
        """Begin a file."""
        try:
            name = checked_text("name", request.name, 255).replace("/", "_").replace("\\", "_")
            media_type = checked_text("media_type", request.media_type, 127)
        except InvalidValue as error:
            raise InvalidArgumentError(violations=[error.violation]) from error
        if not name:
            raise InvalidArgumentError.of("name", "REQUIRED")
        row = {
            "org_id": call.org_id,
            "id": uuid7(),
            "name": "".join(letter for letter in name if letter.isprintable()),
            "media_type": media_type or "application/octet-stream",
            "created_by": call.principal.user_id,
        }
        with self._database.write(call) as transaction:
            created = transaction.execute(sa.insert(files).values(row).returning(files)).one()
        return self._message(created)

    def append_file(self, call: Call, request: files_pb2.AppendFileRequest) -> files_pb2.File:
        """Add a piece. Every piece but the last is exactly 2 MiB."""
        if not 0 < len(request.data) <= PIECE_BYTES:
            raise InvalidArgumentError.of("data", "OUT_OF_RANGE", minimum=1, maximum=PIECE_BYTES)
        if request.offset + len(request.data) > MOST_BYTES:
            raise InvalidArgumentError.of("data", "FILE_TOO_LARGE", limit=MOST_BYTES // 2**20)
        with self._database.write(call) as transaction:
            row = transaction.execute(self._own(call, request.id).with_for_update()).first()
            if row is None:
                raise NotFoundError
            if row.complete:
                raise PreconditionError
            end = request.offset + len(request.data)
            repeated = end <= row.size
            if request.offset % PIECE_BYTES or (request.offset != row.size and not repeated):
                raise InvalidArgumentError.of("offset", "OFFSET_MISMATCH")
            # The bytes go first: a row never promises what is not there.
            self._store.put(call.org_id, row.id, request.offset // PIECE_BYTES, request.data)
            row = transaction.execute(
                sa.update(files)
                .where(files.c.org_id == call.org_id, files.c.id == row.id)
                .values(size=max(row.size, end))
                .returning(files)
            ).one()
        return self._message(row)

    def complete_file(self, call: Call, request: files_pb2.CompleteFileRequest) -> files_pb2.File:
        """Fix size and digest."""
        row = self._find(call, request.id)
        digest = hashlib.sha256()
        for piece in self._store.pieces(call.org_id, row.id, row.size):
            digest.update(piece)
        with self._database.write(call) as transaction:
            row = transaction.execute(
                sa.update(files)
                .where(files.c.org_id == call.org_id, files.c.id == row.id)
                .values(complete=True, digest=digest.hexdigest())
                .returning(files)
            ).one()
        return self._message(row)

    def get_file(self, call: Call, request: files_pb2.GetFileRequest) -> files_pb2.File:
        """What is known of a file."""
        return self._message(self._open(call, request.id))

    def read_file(self, call: Call, request: files_pb2.ReadFileRequest) -> files_pb2.ReadFileResponse:
        """Bytes of a complete file, from an offset."""
        row = self._open(call, request.id)
        if not row.complete:
            raise PreconditionError("FILE_INCOMPLETE")
        if request.offset < 0 or request.offset >= row.size:
            return files_pb2.ReadFileResponse()
        number, start = divmod(request.offset, PIECE_BYTES)
        limit = min(request.limit or PIECE_BYTES, PIECE_BYTES)
        piece = self._store.get(call.org_id, row.id, number)
        return files_pb2.ReadFileResponse(data=piece[start : start + limit])

    def _find(self, call: Call, file_id: str) -> Any:
        return own_file(self._database, call, parse_file_id(self._service, file_id))

    def _open(self, call: Call, file_id: str) -> Any:
        """A file to read: one's own, or an attachment."""
        try:
            return self._find(call, file_id)
        except NotFoundError:
            return attached_file(
                self._database, call, self._records.of(call), parse_file_id(self._service, file_id), file_id
            )

    def _own(self, call: Call, file_id: str) -> sa.Select[Any]:
        return sa.select(files).where(
            files.c.org_id == call.org_id,
            files.c.id == parse_file_id(self._service, file_id),
            files.c.created_by == call.principal.user_id,
        )

    def _message(self, row: Any) -> files_pb2.File:
        return files_pb2.File(
            id=f"{self._service}-{row.id}",
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            digest=row.digest,
            complete=row.complete,
            create_time=to_timestamp(row.create_time),
        )


def parse_file_id(service: str, value: str) -> uuid.UUID:
    """The UUID in `<service>-<uuid>`; of files, imports and exports alike. Raises NotFoundError."""
    prefix, _, rest = value.partition("-")
    found = ids.parse(rest)
    if prefix != service or found is None:
        raise NotFoundError
    return found
