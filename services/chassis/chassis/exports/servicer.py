"""`ExportService`: asks for a file of what a list shows."""

from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.database.schema import jobs
from chassis.errors import ExhaustedError, InvalidArgumentError, NotFoundError, PermissionDeniedError, PreconditionError
from chassis.exports.plan import columns_of
from chassis.files.servicer import parse_file_id
from chassis.idempotency import once
from chassis.ids import uuid7
from chassis.imports.room import Room, ServiceParts
from chassis.resources.fields import to_timestamp
from chassis.resources.paging import order_keys
from chassis.texts import text
from guanxi.exports.v1 import exports_pb2

_MOST_UNDER_WAY = 20


class ExportServicer:
    """Exports of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._room = Room(service)
        self._name = service.name

    def create_export(self, call: Call, request: exports_pb2.CreateExportRequest) -> exports_pb2.Export:
        """Begin one. What the caller may not see, or what cannot be understood, is refused here and now."""
        records = self._room.records.get(request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:80])
        if not call.access.allows(f"{request.module}.export"):
            raise PermissionDeniedError
        columns_of(call, records.resource, request.fields, self._room.local)
        records.query.filter(call, request.filter)
        order_keys(records.resource, request.order_by, call.access.hidden(request.module))
        data = {
            "filter": request.filter,
            "order_by": request.order_by,
            "fields": list(request.fields),
            "byte_order_mark": request.byte_order_mark,
        }
        with self._room.database.write(call) as transaction:
            return once(
                transaction, request, exports_pb2.Export, lambda: self._insert(transaction, request.module, data)
            )

    def _insert(self, transaction: Transaction, module: str, data: dict[str, Any]) -> exports_pb2.Export:
        call = transaction.call
        own = [jobs.c.org_id == call.org_id, jobs.c.kind == "export", jobs.c.user_id == call.principal.user_id]
        waiting = transaction.execute(sa.select(sa.func.count()).where(*own, jobs.c.step != "")).scalar_one()
        if waiting >= _MOST_UNDER_WAY:
            raise ExhaustedError
        row = transaction.execute(
            sa.insert(jobs)
            .values(
                org_id=call.org_id,
                id=uuid7(),
                kind="export",
                module=module,
                user_id=call.principal.user_id,
                state="queued",
                step="run",
                data=data,
            )
            .returning(jobs)
        ).one()
        return self._message(row, call.language)

    def get_export(self, call: Call, request: exports_pb2.GetExportRequest) -> exports_pb2.Export:
        """One export of the caller's."""
        rows = self._room.database.read(call, self._own(call, request.id))
        if not rows:
            raise NotFoundError
        return self._message(rows[0], call.language)

    def cancel_export(self, call: Call, request: exports_pb2.GetExportRequest) -> exports_pb2.Export:
        """Stop it; no file comes of it."""
        with self._room.database.write(call) as transaction:
            row = transaction.execute(self._own(call, request.id).with_for_update()).first()
            if row is None:
                raise NotFoundError
            if not row.step:
                raise PreconditionError("IMPORT_STATE", state=row.state)
            changed = transaction.execute(
                sa.update(jobs)
                .where(jobs.c.org_id == row.org_id, jobs.c.id == row.id)
                .values(cancel=True)
                .returning(jobs)
            ).one()
            return self._message(changed, call.language)

    def _own(self, call: Call, export_id: str) -> sa.Select[Any]:
        """An export holds what its maker may see: nobody else gets it."""
        return sa.select(jobs).where(
            jobs.c.org_id == call.org_id,
            jobs.c.id == parse_file_id(self._name, export_id),
            jobs.c.kind == "export",
            jobs.c.user_id == call.principal.user_id,
        )

    def _message(self, row: Any, language: str) -> exports_pb2.Export:
        data = row.data
        state = "running" if row.state == "queued" and row.lease_holder else row.state
        return exports_pb2.Export(
            id=f"{self._name}-{row.id}",
            module=row.module,
            state=state,
            rows=data.get("rows", 0),
            file_id=f"{self._name}-{data['file_id']}" if data.get("file_id") else "",
            error=text(data["error"], language) if data.get("error") else "",
            create_time=to_timestamp(row.create_time),
        )
