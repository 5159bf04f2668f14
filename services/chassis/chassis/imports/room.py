"""What an import's servicer and its job share: the service's resources, files and organizations."""

import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chassis.call import Call
from chassis.contract import all_resources
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError
from chassis.files.own import own_file
from chassis.imports.plan import Plan, compile_plan
from chassis.imports.sniff import Format
from chassis.parts import ServiceParts
from chassis.peers import ensuring
from chassis.resources.records import Records
from chassis.resources.resource import Resource


class Room:
    """The importable modules of one service."""

    def __init__(self, service: ServiceParts) -> None:
        self.name = service.name
        self.database = service.database
        self.control_plane = service.control_plane
        self.records = service.records
        self.local = service.local
        self.peers = service.peers
        self._files = service.files

    def creatable(self, call: Call) -> frozenset[str]:
        """Types of which an import may create missing records for this caller, knowing no more than their names: its
        service's own, and those that others make by name.
        """
        here = frozenset(
            kind
            for kind, resource in self.local.of(call).items()
            if _needs_only_a_name(resource)
            and (call.access.allows(f"{resource.module}.create") or call.access.allows(f"{resource.module}.import"))
        )
        elsewhere = (
            kind
            for kind, contract in all_resources().items()
            if kind not in self.local and ensuring(contract) and call.access.allows(f"{contract.module}.create")
        )
        return here.union(elsewhere)

    def module(self, call: Call, module: str) -> Records:
        """An importable module. Raises InvalidArgumentError, or PermissionDeniedError without `<module>.import`."""
        records = self.records.find(call, module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=module[:80])
        if not records.resource.contract.options.importable:
            raise InvalidArgumentError.of("module", "NOT_IMPORTABLE", value=module[:80])
        if not call.access.allows(f"{module}.import"):
            raise PermissionDeniedError
        return records

    def plan(self, call: Call, records: Records, data: Mapping[str, Any]) -> Plan:
        """The compiled mapping of a job. Raises InvalidArgumentError."""
        return compile_plan(call, records.resource, data, self.creatable(call))

    def file(self, call: Call, file_id: uuid.UUID) -> Any:
        """The row of the caller's own, complete file. Raises NotFoundError, PreconditionError."""
        row = own_file(self.database, call, file_id)
        if not row.complete:
            raise PreconditionError("FILE_INCOMPLETE")
        return row

    @contextmanager
    def copy(self, org_id: uuid.UUID, file_id: uuid.UUID, size: int) -> Iterator[Path]:
        """The file on this machine's disk, while the block lasts."""
        with tempfile.NamedTemporaryFile(prefix="guanxi-import-") as copy:
            for piece in self._files.pieces(org_id, file_id, size):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)


def _needs_only_a_name(resource: Resource) -> bool:
    title = resource.contract.options.title
    return not any(field.required and name != title for name, field in resource.contract.fields.items())


def format_of(data: Mapping[str, Any]) -> Format:
    """The file's format as the job's data keeps it."""
    found = dict(data["format"])
    return Format(**{**found, "sheets": tuple(found["sheets"])})
