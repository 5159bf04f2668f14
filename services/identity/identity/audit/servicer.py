"""`AuditService`: reading the log, newest first, and taking it along as a file, without what is hidden from the reader."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, mapping
from chassis.errors import InvalidArgumentError
from chassis.exports.cells import cell
from chassis.exports.servicer import message
from chassis.idempotency import once
from chassis.jobs import OwnJobs
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import page_size
from guanxi.exports.v1 import exports_pb2
from guanxi.identity.v1 import audit_pb2
from identity.audit.filtering import Wanted, shown_values
from identity.audit.table import audit_entries

MODULE = "audit"


class AuditServicer:
    """Handlers of `AuditService`."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service
        self._jobs = OwnJobs(database, service, "export")

    def list_audit_entries(
        self, call: Call, request: audit_pb2.ListAuditEntriesRequest
    ) -> audit_pb2.ListAuditEntriesResponse:
        """A page; the token is the number it ended with."""
        if request.page_token and not (request.page_token.isascii() and request.page_token.isdigit()):
            raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
        conditions = Wanted.of(request).conditions(call)
        if request.page_token:
            conditions.append(audit_entries.c.number < int(request.page_token[:18]))
        size = page_size(request.page_size)
        rows = self._database.read(
            call,
            sa.select(audit_entries).where(*conditions).order_by(audit_entries.c.number.desc()).limit(size + 1),
        )
        names = call.organization.titles("identity.User")
        return audit_pb2.ListAuditEntriesResponse(
            audit_entries=[_message(call, mapping(row), names) for row in rows[:size]],
            next_page_token=str(rows[size - 1].number) if len(rows) > size else "",
        )

    def export_audit_entries(self, call: Call, request: audit_pb2.ExportAuditEntriesRequest) -> exports_pb2.Export:
        """Begin an export; ExportService tells how far it is."""
        wanted = Wanted.of(request.filter)
        data = {"filter": wanted.write(), "fields": [], "byte_order_mark": request.byte_order_mark}
        with self._database.write(call) as transaction:

            def effect() -> exports_pb2.Export:
                row = self._jobs.begin(transaction, MODULE, data, state="queued", step="run")
                return message(self._service, row, call.language)

            return once(transaction, request, exports_pb2.Export, effect)


class AuditExport:
    """The log as a source of exports."""

    header: Sequence[str] = (
        "number", "time", "actor_id", "actor_name", "actor_kind", "address", "resource", "record_id", "verb",
        "changed_fields", "before", "after", "hash",
    )  # fmt: skip

    def statement(self, call: Call, data: Mapping[str, Any]) -> sa.Select[Any]:
        """The newest first, as lists have them."""
        wanted = Wanted.read(data["filter"])
        return sa.select(audit_entries).where(*wanted.conditions(call)).order_by(audit_entries.c.number.desc())

    def lines(self, call: Call, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
        """One for each entry."""
        names = call.organization.titles("identity.User")
        for row in rows:
            fields, before, after = shown_values(call, row)
            shown = {
                **row,
                "actor_name": names.get(row["actor_id"], ""),
                "changed_fields": ", ".join(fields),
                "before": before,
                "after": after,
                "hash": bytes(row["hash"]).hex(),
            }
            yield [cell(shown[name]) for name in self.header]


def _message(call: Call, row: Mapping[str, Any], names: Mapping[uuid.UUID, str]) -> audit_pb2.AuditEntry:
    fields, before, after = shown_values(call, row)
    return audit_pb2.AuditEntry(
        number=row["number"],
        event_id=str(row["event_id"]),
        time=to_timestamp(row["time"]),
        actor_id=str(row["actor_id"] or ""),
        actor_name=names.get(row["actor_id"], ""),
        actor_kind=row["actor_kind"],
        address=row["address"],
        resource=row["resource"],
        record_id=str(row["record_id"]),
        verb=row["verb"],
        changed_fields=fields,
        before=before,
        after=after,
        hash=bytes(row["hash"]).hex(),
    )
