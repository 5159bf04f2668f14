"""`MassEditService`: what a person does with a mass edit; the work is a job."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format

from chassis.call import Call
from chassis.database.connection import Transaction, mapping
from chassis.errors import InvalidArgumentError, PreconditionError
from chassis.idempotency import once
from chassis.imports.pages import id_of, offset_of, page_token, size_of
from chassis.imports.view import labels_of, sentence
from chassis.jobs import OwnJobs
from chassis.massedits.edit import Edit, compile_edit
from chassis.massedits.run import KIND, changes_of, kept_edit
from chassis.massedits.selection import conditions
from chassis.massedits.tables import mass_edit_refusals
from chassis.parts import ServiceParts
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import MOST_COUNTED
from chassis.resources.records import Records
from chassis.resources.resource import Draft
from chassis.texts import text
from guanxi.massedits.v1 import mass_edits_pb2

KEPT = timedelta(days=30)
_SHOWN = 5
_COUNTS = ("total", "done", "changed", "refused", "conflicts")


class MassEditServicer:
    """Mass edits of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service
        self._jobs = OwnJobs(service.database, service.name, KIND, "edit")

    def preview_mass_edit(
        self, call: Call, request: mass_edits_pb2.PreviewMassEditRequest
    ) -> mass_edits_pb2.PreviewMassEditResponse:
        """How many, and what would become of the first."""
        records = self._module(call, request.module)
        edit = compile_edit(call, records.resource, request.changes, delete=request.delete)
        wanted = conditions(call, records, _selection(request.selection))
        table = records.resource.table
        some = sa.select(sa.literal(1)).select_from(table).where(*wanted).limit(MOST_COUNTED)
        total = self._service.database.read(call, sa.select(sa.func.count().label("n")).select_from(some.subquery()))[
            0
        ].n
        first = sa.select(*records.resource.columns).where(*wanted).order_by(table.c.id).limit(_SHOWN)
        rows = [mapping(row) for row in self._service.database.read(call, first)]
        return mass_edits_pb2.PreviewMassEditResponse(
            total=total, rows=[self._row(call, records, edit, row) for row in rows]
        )

    def _row(self, call: Call, records: Records, edit: Edit, row: Mapping[str, Any]) -> mass_edits_pb2.PreviewRow:
        shown = mass_edits_pb2.PreviewRow()
        shown.before.Pack(records.shown(call, row), type_url_prefix="guanxi/")
        draft = Draft.of(row)
        problems = edit.apply(call, draft)
        if problems:
            labels = labels_of(call, records.resource)
            item = problems[0]
            shown.refusal = sentence(labels, item.field, item.reason, "", item.values, call.language)
        elif not edit.delete:
            shown.after.Pack(records.shown(call, draft.values), type_url_prefix="guanxi/")
        return shown

    def create_mass_edit(self, call: Call, request: mass_edits_pb2.CreateMassEditRequest) -> mass_edits_pb2.MassEdit:
        """Begin; what cannot be is refused at once."""
        records = self._module(call, request.module)
        compile_edit(call, records.resource, request.changes, delete=request.delete)
        selection = _selection(request.selection)
        conditions(call, records, selection)
        data = {
            "selection": selection,
            "changes": [_plain(change) for change in request.changes],
            "delete": request.delete,
            **dict.fromkeys(("done", "changed", "refused", "conflicts"), 0),
        }
        with self._service.database.write(call) as transaction:

            def effect() -> mass_edits_pb2.MassEdit:
                row = self._jobs.begin(transaction, request.module, data, state="running", step="run")
                return self._message(call, row)

            return once(transaction, request, mass_edits_pb2.MassEdit, effect)

    def get_mass_edit(self, call: Call, request: mass_edits_pb2.GetMassEditRequest) -> mass_edits_pb2.MassEdit:
        """One of the caller's."""
        return self._message(call, self._jobs.find(call, request.id))

    def list_mass_edits(
        self, call: Call, request: mass_edits_pb2.ListMassEditsRequest
    ) -> mass_edits_pb2.ListMassEditsResponse:
        """The caller's, newest first."""
        size = size_of(request.page_size)
        before = id_of(request.page_token) if request.page_token else None
        rows = self._jobs.page(call, size, module=request.module, before=before)
        answer = mass_edits_pb2.ListMassEditsResponse(mass_edits=[self._message(call, row) for row in rows[:size]])
        if len(rows) > size:
            answer.next_page_token = page_token(str(rows[size - 1].id))
        return answer

    def cancel_mass_edit(self, call: Call, request: mass_edits_pb2.MassEditActionRequest) -> mass_edits_pb2.MassEdit:
        """Stop after the chunk under way."""

        def effect(transaction: Transaction, row: Any) -> Any:
            if row.step != "run":
                raise PreconditionError("MASS_EDIT_STATE")
            return self._jobs.change(transaction, row, cancel=True)

        return self._act(call, request, effect)

    def undo_mass_edit(self, call: Call, request: mass_edits_pb2.MassEditActionRequest) -> mass_edits_pb2.MassEdit:
        """Take back, in the background."""

        def effect(transaction: Transaction, row: Any) -> Any:
            if _undo_until(row) is None:
                raise PreconditionError("MASS_EDIT_STATE")
            kept_edit(self._service.records[row.module].resource, row.data).refuse_denied(call)
            data = {**row.data, "done": 0, "total": row.data["changed"]}
            return self._jobs.change(transaction, row, state="undoing", step="undo", data=data, cancel=False)

        return self._act(call, request, effect)

    def list_mass_edit_refusals(
        self, call: Call, request: mass_edits_pb2.ListMassEditRefusalsRequest
    ) -> mass_edits_pb2.ListMassEditRefusalsResponse:
        """Each with its reason, in the order they were met."""
        row = self._jobs.find(call, request.id)
        size, start = size_of(request.page_size), offset_of(request.page_token)
        table = mass_edit_refusals
        mine = sa.select(table).where(table.c.org_id == call.org_id, table.c.job_id == row.id)
        found = self._service.database.read(call, mine.order_by(table.c.id).offset(start).limit(size + 1))
        labels = labels_of(call, self._service.records[row.module].resource)
        answer = mass_edits_pb2.ListMassEditRefusalsResponse()
        for item in found[:size]:
            values = mapping(item)["values"]
            answer.refusals.add(
                record_id=str(item.record_id),
                field=item.field,
                code=item.code,
                message=sentence(labels, item.field, item.code, values.get("value", ""), values, call.language),
                undoing=item.undoing,
            )
        if len(found) > size:
            answer.next_page_token = page_token(str(start + size))
        return answer

    # shared

    def _module(self, call: Call, module: str) -> Records:
        records = self._service.records.find(call, module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=module[:80])
        return records

    def _act(self, call: Call, request: Any, effect: Any) -> mass_edits_pb2.MassEdit:
        with self._service.database.write(call) as transaction:
            row = self._jobs.lock(transaction, request.id)
            return once(
                transaction,
                request,
                mass_edits_pb2.MassEdit,
                lambda: self._message(call, effect(transaction, row)),
            )

    def _message(self, call: Call, row: Any) -> mass_edits_pb2.MassEdit:
        data: Mapping[str, Any] = row.data
        error = data.get("error") or ""
        message = mass_edits_pb2.MassEdit(
            id=f"{self._service.name}-{row.id}",
            module=row.module,
            state=row.state,
            changes=changes_of(dict(data)),
            delete=data["delete"],
            **{name: data.get(name, 0) for name in _COUNTS},
            error=text(error, call.language) if error else "",
            create_time=to_timestamp(row.create_time),
        )
        if row.state in ("done", "cancelled"):
            message.unchanged = data["done"] - data["changed"] - data["refused"]
        if row.end_time is not None and not row.step:
            message.end_time.CopyFrom(to_timestamp(row.end_time))
        until = _undo_until(row)
        if until is not None:
            message.undo_until.CopyFrom(to_timestamp(until))
        return message


def _undo_until(row: Any) -> datetime | None:
    """Until when it can be undone; None where it cannot, or not any more."""
    if row.step or row.state not in ("done", "cancelled", "failed") or not row.data["changed"] or row.end_time is None:
        return None
    until: datetime = row.end_time + KEPT
    return until if until > datetime.now(UTC) else None


def _selection(selection: mass_edits_pb2.Selection) -> dict[str, Any]:
    return {"ids": list(selection.ids), "filter": selection.filter, "everything": selection.everything}


def _plain(change: mass_edits_pb2.FieldChange) -> dict[str, Any]:
    return json_format.MessageToDict(change, preserving_proto_field_name=True)
