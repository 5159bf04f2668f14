"""Remembers which code a database was migrated with, so that a start with the same code need not ask Alembic.

`migrate` also makes the coming days' partitions, so it is due once a day in any case.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from local.plan import folder_of
from local.settings import ROOT, write_private


class Stamps:
    """Service → digest of all that its migrations can read: its own code and the chassis."""

    def __init__(self, path: Path, *, forget: bool) -> None:
        """`path` lies beside the database; with `forget` the database is new and nothing is known."""
        self._path = path
        self._known: dict[str, str] = {} if forget or not path.exists() else json.loads(path.read_text())
        self._chassis = _digest([ROOT / "services" / "chassis"])

    def current(self, service: str) -> bool:
        """Whether the database was migrated with the code as it is."""
        return self._known.get(service) == self._now(service)

    def write(self, service: str) -> None:
        """The database has just been migrated."""
        self._known[service] = self._now(service)
        write_private(self._path, json.dumps(self._known))

    def _now(self, service: str) -> str:
        return f"{datetime.now(UTC).date()} {self._chassis} {_digest([folder_of(service)])}"


def _files(folders: list[Path]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".sql", ".ini", ".mako"} and "build" not in path.parts:
                yield path


def _digest(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in _files(folders):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
