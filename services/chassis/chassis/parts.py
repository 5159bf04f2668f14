"""What the rooms that every service has need of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from chassis.authz.snapshots import ControlPlane
from chassis.call import Call
from chassis.database.connection import Database
from chassis.files import FileStore
from chassis.modules import Modules, Types
from chassis.peers import Peers


class ExportSource(Protocol):
    """Something that can be exported and is no resource."""

    # The columns' names.
    header: Sequence[str]

    def statement(self, call: Call, data: Mapping[str, Any]) -> sa.Select[Any]:
        """What to read, as the job's data asks for it."""

    def lines(self, call: Call, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
        """Rows as the caller may see them, as cells that no spreadsheet runs."""


class ServiceParts(Protocol):
    """The parts of a `chassis.service.Service`."""

    name: str
    database: Database
    files: FileStore
    control_plane: ControlPlane
    peers: Peers
    records: Modules
    # What can be exported beside records, by module.
    exports: dict[str, ExportSource]
    local: Types
