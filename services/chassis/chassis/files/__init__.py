"""Files: pieces in an object store, a row in the service's database."""

from chassis.files.store import PIECE_BYTES, FileStore

__all__ = ["PIECE_BYTES", "FileStore"]
