"""`ExportService`: asks for a file of what a list shows."""

from typing import Any

from chassis.call import Call
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError
from chassis.exports.plan import columns_of
from chassis.idempotency import once
from chassis.jobs import OwnJobs
from chassis.parts import ServiceParts
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import order_keys
from chassis.texts import register, text
from guanxi.exports.v1 import exports_pb2

register({"EXPORT_ENDED": ("导出已结束，无法取消", "The export has ended already; there is nothing to cancel")})


class ExportServicer:
    """Exports of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service
        self._jobs = OwnJobs(service.database, service.name, "export")

    def create_export(self, call: Call, request: exports_pb2.CreateExportRequest) -> exports_pb2.Export:
        """Begin one. What the caller may not see, or what cannot be understood, is refused here and now."""
        records = self._service.records.find(call, request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:80])
        if not call.access.allows(f"{request.module}.export"):
            raise PermissionDeniedError
        columns_of(call, records.resource, request.fields, self._service.local)
        records.query.filter(call, request.filter)
        order_keys(
            records.resource,
            records.resource.definitions(call.organization),
            request.order_by,
            call.access.hidden(request.module),
        )
        data = {
            "filter": request.filter,
            "order_by": request.order_by,
            "fields": list(request.fields),
            "byte_order_mark": request.byte_order_mark,
        }
        with self._service.database.write(call) as transaction:

            def effect() -> exports_pb2.Export:
                row = self._jobs.begin(transaction, request.module, data, state="queued", step="run")
                return message(self._service.name, row, call.language)

            return once(transaction, request, exports_pb2.Export, effect)

    def get_export(self, call: Call, request: exports_pb2.GetExportRequest) -> exports_pb2.Export:
        """One export of the caller's."""
        return message(self._service.name, self._jobs.find(call, request.id), call.language)

    def cancel_export(self, call: Call, request: exports_pb2.GetExportRequest) -> exports_pb2.Export:
        """Stop it; no file comes of it."""
        with self._service.database.write(call) as transaction:
            row = self._jobs.lock(transaction, request.id)
            if not row.step:
                raise PreconditionError("EXPORT_ENDED")
            return message(self._service.name, self._jobs.change(transaction, row, cancel=True), call.language)


def message(service: str, row: Any, language: str) -> exports_pb2.Export:
    """An export's job as its owner sees it."""
    data = row.data
    state = "running" if row.state == "queued" and row.lease_holder else row.state
    return exports_pb2.Export(
        id=f"{service}-{row.id}",
        module=row.module,
        state=state,
        rows=data.get("rows", 0),
        file_id=f"{service}-{data['file_id']}" if data.get("file_id") else "",
        error=text(data["error"], language) if data.get("error") else "",
        create_time=to_timestamp(row.create_time),
        filter=data["filter"],
    )
