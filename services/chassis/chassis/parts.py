"""What the rooms that every service has need of it."""

from typing import Protocol

from chassis.authz.snapshots import ControlPlane
from chassis.database.connection import Database
from chassis.files import FileStore
from chassis.resources.records import Records
from chassis.resources.resource import Resource


class ServiceParts(Protocol):
    """The parts of a `chassis.service.Service`."""

    name: str
    database: Database
    files: FileStore
    control_plane: ControlPlane
    # By module.
    records: dict[str, Records]
    # By type.
    local: dict[str, Resource]
