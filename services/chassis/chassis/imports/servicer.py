"""`ImportService`: what a person does with an import; the long steps are jobs."""

import uuid
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError
from chassis.files.servicer import parse_file_id
from chassis.idempotency import once
from chassis.imports.look import look, mapping_of
from chassis.imports.pages import MOST_PAGE, id_of, offset_of, page_token, size_of
from chassis.imports.plan import MODES, default_keys
from chassis.imports.room import Room, format_of
from chassis.imports.sniff import chosen, sniff
from chassis.imports.staging import Staging
from chassis.imports.tables import import_issues, import_refusals, import_repairs, import_rows
from chassis.imports.view import import_message, issue_message, labels_of, sentence
from chassis.jobs import OwnJobs
from chassis.parts import ServiceParts
from guanxi.imports.v1 import imports_pb2

_MOST_REPAIRS = 1000
_IDLE = ("mapping", "validated", "failed")
_STEPS = {
    "validate": (("mapping", "validated", "failed"), "validating"),
    "run": (("validated", "cancelled"), "running"),
    "undo": (("done", "cancelled"), "undoing"),
    "repair": (("validated",), "validating"),
}


class ImportServicer:
    """Imports of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._room = Room(service)
        self._jobs = OwnJobs(service.database, service.name, "import")

    # making and reading

    def create_import(self, call: Call, request: imports_pb2.CreateImportRequest) -> imports_pb2.Import:
        """Recognise the file and suggest a mapping."""
        records = self._room.module(call, request.module)
        file = self._room.file(call, parse_file_id(self._room.name, request.file_id))
        with self._room.copy(call.org_id, file.id, file.size) as path:
            form = sniff(path)
            data = {"file_id": str(file.id), "file_size": file.size, "file_name": file.name}
            data |= look(call, records.resource, path, form)
        with self._room.database.write(call) as transaction:

            def effect() -> imports_pb2.Import:
                return self._message(call, self._jobs.begin(transaction, request.module, data, state="mapping"))

            return once(transaction, request, imports_pb2.Import, effect)

    def get_import(self, call: Call, request: imports_pb2.GetImportRequest) -> imports_pb2.Import:
        """One import of the caller's."""
        return self._message(call, self._jobs.find(call, request.id))

    def list_imports(self, call: Call, request: imports_pb2.ListImportsRequest) -> imports_pb2.ListImportsResponse:
        """The caller's imports, newest first."""
        size = size_of(request.page_size)
        before = id_of(request.page_token) if request.page_token else None
        rows = self._jobs.page(call, size, module=request.module, before=before)
        answer = imports_pb2.ListImportsResponse(imports=[self._message(call, row) for row in rows[:size]])
        if len(rows) > size:
            answer.next_page_token = page_token(str(rows[size - 1].id))
        return answer

    # changing

    def update_import(self, call: Call, request: imports_pb2.UpdateImportRequest) -> imports_pb2.Import:
        """Other format, mapping, mode or keys."""
        row = self._jobs.find(call, request.id)
        records = self._room.module(call, row.module)
        data = dict(row.data)
        if request.HasField("format"):
            wanted = request.format
            form = chosen(
                format_of(data),
                encoding=wanted.encoding,
                delimiter=wanted.delimiter,
                sheet=wanted.sheet,
                header=wanted.header,
            )
            with self._room.copy(call.org_id, uuid.UUID(data["file_id"]), data["file_size"]) as path:
                data |= look(call, records.resource, path, form)
        if request.mappings:
            data["mappings"] = [
                mapping_of(item.column, item.field, item.constant, item.factor, create_missing=item.create_missing)
                for item in request.mappings
            ]
            data["keys"] = default_keys(records.resource, [item.field for item in request.mappings])
        if request.mode:
            if request.mode not in MODES:
                raise InvalidArgumentError.of("mode", "MAPPING_MODE")
            data["mode"] = request.mode
        if request.keys:
            data["keys"] = list(request.keys)
        if request.mappings or request.keys:
            self._room.plan(call, records, data)
        data = {key: value for key, value in data.items() if key not in _OF_A_STEP}
        with self._room.database.write(call) as transaction:
            row = self._jobs.lock(transaction, request.id)
            if row.state not in _IDLE or row.step:
                raise PreconditionError("IMPORT_STATE", state=row.state)
            return self._changed(transaction, row, state="mapping", data=data)

    def validate_import(self, call: Call, request: imports_pb2.ImportActionRequest) -> imports_pb2.Import:
        """Read and check every row, in the background."""
        return self._step(call, request, "validate")

    def run_import(self, call: Call, request: imports_pb2.ImportActionRequest) -> imports_pb2.Import:
        """Write the valid rows, in the background."""
        return self._step(call, request, "run")

    def undo_import(self, call: Call, request: imports_pb2.ImportActionRequest) -> imports_pb2.Import:
        """Take back what was written, in the background."""
        return self._step(call, request, "undo")

    def cancel_import(self, call: Call, request: imports_pb2.ImportActionRequest) -> imports_pb2.Import:
        """Stop after the chunk under way."""
        row = self._jobs.find(call, request.id)
        with self._room.database.write(call) as transaction:
            row = self._jobs.lock(transaction, request.id)
            if not row.step or row.step == "undo":
                raise PreconditionError("IMPORT_STATE", state=row.state)
            return self._changed(transaction, row, cancel=True)

    def repair_import(self, call: Call, request: imports_pb2.RepairImportRequest) -> imports_pb2.Import:
        """Note what was corrected; the rows are looked at again in the background."""
        row = self._jobs.find(call, request.id)
        mapped = {mapping["field"] for mapping in row.data["mappings"]}
        if not 0 < len(request.repairs) <= _MOST_REPAIRS:
            raise InvalidArgumentError.of("repairs", "TOO_MANY", maximum=_MOST_REPAIRS)
        for item in request.repairs:
            if item.field not in mapped and not (item.row and item.skip and not item.field):
                raise InvalidArgumentError.of("repairs", "REPAIR_FIELD", value=item.field[:80])
            if "\0" in item.replacement + item.value or len(item.replacement) > 10_000:
                raise InvalidArgumentError.of("repairs", "INVALID_VALUE")

        def effect(transaction: Transaction) -> imports_pb2.Import:
            locked = self._jobs.lock(transaction, request.id)
            transaction.execute(
                sa.insert(import_repairs),
                [
                    {
                        "org_id": call.org_id,
                        "job_id": row.id,
                        "field": item.field,
                        "value": item.value,
                        "row": item.row,
                        "replacement": item.replacement.strip(),
                        "skip": item.skip,
                    }
                    for item in request.repairs
                ],
            )
            return self._begin(transaction, locked, "repair")

        with self._room.database.write(call) as transaction:
            return once(transaction, request, imports_pb2.Import, lambda: effect(transaction))

    def _step(self, call: Call, request: imports_pb2.ImportActionRequest, step: str) -> imports_pb2.Import:
        row = self._jobs.find(call, request.id)
        records = self._room.module(call, row.module)
        if step == "validate":
            self._room.plan(call, records, row.data)
        with self._room.database.write(call) as transaction:
            return once(
                transaction,
                request,
                imports_pb2.Import,
                lambda: self._begin(transaction, self._jobs.lock(transaction, request.id), step),
            )

    def _begin(self, transaction: Transaction, row: Any, step: str) -> imports_pb2.Import:
        allowed, state = _STEPS[step]
        if row.step:
            raise PreconditionError("IMPORT_BUSY")
        if row.state not in allowed:
            raise PreconditionError("IMPORT_STATE", state=row.state)
        data = {**row.data, "done": 0, "rate": 0.0}
        if step in ("validate", "repair"):
            data = {key: value for key, value in data.items() if key not in ("error", "error_values")}
        elif row.state == "validated":
            data["total"] = data["counts"]["valid"] - data["counts"].get("same", 0)
        return self._changed(transaction, row, state=state, step=step, data=data, cancel=False)

    # problems

    def list_import_issues(
        self, call: Call, request: imports_pb2.ListImportIssuesRequest
    ) -> imports_pb2.ListImportIssuesResponse:
        """Problems grouped, most frequent first; after a run those of rows that were refused follow."""
        row = self._jobs.find(call, request.id)
        size, start = size_of(request.page_size), offset_of(request.page_token)
        staging = Staging(call, row.id)
        found = self._room.database.read(
            call,
            sa.select(import_issues)
            .where(*staging.of(import_issues), import_issues.c.position > start)
            .order_by(import_issues.c.position)
            .limit(size + 1),
        )
        labels = self._labels(call, row.module)
        answer = imports_pb2.ListImportIssuesResponse(
            issues=[issue_message(labels, issue, call.language) for issue in found[:size]]
        )
        if len(found) > size:
            answer.next_page_token = page_token(str(found[size - 1].position))
        elif row.state in ("done", "cancelled"):
            answer.issues.extend(self._refused(call, staging, labels))
        return answer

    def _refused(self, call: Call, staging: Staging, labels: dict[str, str]) -> list[imports_pb2.Issue]:
        table = import_refusals
        grouped = (
            sa.select(
                table.c.field,
                table.c.code,
                table.c.value,
                sa.func.count().label("count"),
                sa.literal("").label("suggestion"),
                sa.func.array_agg(table.c.number)[1:10].label("rows"),
                sa.cast(sa.func.min(sa.cast(table.c["values"], sa.Text)), sa.JSON).label("values"),
            )
            .where(*staging.of(table))
            .group_by(table.c.field, table.c.code, table.c.value)
            .order_by(sa.func.count().desc())
            .limit(MOST_PAGE)
        )
        return [issue_message(labels, issue, call.language) for issue in self._room.database.read(call, grouped)]

    def list_import_rows(
        self, call: Call, request: imports_pb2.ListImportRowsRequest
    ) -> imports_pb2.ListImportRowsResponse:
        """Rows as staged, for a grid."""
        row = self._jobs.find(call, request.id)
        size, start = size_of(request.page_size), offset_of(request.page_token)
        staging, table = Staging(call, row.id), import_rows
        problems = table.c.problems.op("||")(table.c.found)
        conditions = [*staging.of(table), table.c.number > start]
        if request.invalid_only:
            conditions += [sa.not_(table.c.skip), problems != sa.text("'[]'::jsonb")]
        if request.code:
            wanted = sa.func.jsonb_build_array(sa.func.jsonb_build_array(request.field, request.code, request.value))
            # Containment of nested arrays: an element that holds all three.
            conditions.append(problems.op("@>")(wanted))
        elif request.field:
            conditions.append(sa.func.coalesce(table.c.raw.op("->>")(request.field), "") == request.value)
        found = self._room.database.read(
            call,
            sa.select(table.c.number, table.c.raw, problems.label("problems"))
            .where(*conditions)
            .order_by(table.c.number)
            .limit(size + 1),
        )
        labels = self._labels(call, row.module)
        answer = imports_pb2.ListImportRowsResponse()
        for item in found[:size]:
            message = answer.rows.add(number=item.number, values=item.raw)
            for field, code, value, values in item.problems:
                text = sentence(labels, field, code, value, values, call.language)
                message.issues.add(field=field, code=code, value=value, count=1, rows=[item.number], message=text)
        if len(found) > size:
            answer.next_page_token = page_token(str(found[size - 1].number))
        return answer

    # shared

    def _changed(self, transaction: Transaction, row: Any, **values: Any) -> imports_pb2.Import:
        return self._message(transaction.call, self._jobs.change(transaction, row, **values))

    def _message(self, call: Call, row: Any) -> imports_pb2.Import:
        return import_message(self._room.name, row, call.language)

    def _labels(self, call: Call, module: str) -> dict[str, str]:
        return labels_of(call, self._room.records[module].resource)


_OF_A_STEP = (
    "counts",
    "done",
    "total",
    "rate",
    "error",
    "error_values",
    "staged",
    "repaired",
    "orders",
    "checkpoint",
    "named",
)
