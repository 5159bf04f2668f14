"""`AuditService`: reading the log, newest first."""

import json
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database
from chassis.errors import InvalidArgumentError
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import page_size
from chassis.resources.records import record_id
from guanxi.identity.v1 import audit_pb2
from identity.audit.table import audit_entries


class AuditServicer:
    """Handlers of `AuditService`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_audit_entries(
        self, call: Call, request: audit_pb2.ListAuditEntriesRequest
    ) -> audit_pb2.ListAuditEntriesResponse:
        """A page; the token is the number it ended with."""
        if request.page_token and not (request.page_token.isascii() and request.page_token.isdigit()):
            raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
        conditions = [audit_entries.c.org_id == call.org_id]
        if request.resource:
            conditions.append(audit_entries.c.resource == request.resource)
        if request.record_id:
            conditions.append(audit_entries.c.record_id == record_id(request.record_id, "record_id"))
        if request.page_token:
            conditions.append(audit_entries.c.number < int(request.page_token[:18]))
        size = page_size(request.page_size)
        rows = self._database.read(
            call,
            sa.select(audit_entries).where(*conditions).order_by(audit_entries.c.number.desc()).limit(size + 1),
        )
        return audit_pb2.ListAuditEntriesResponse(
            audit_entries=[_message(row) for row in rows[:size]],
            next_page_token=str(rows[size - 1].number) if len(rows) > size else "",
        )


def _message(row: Any) -> audit_pb2.AuditEntry:
    return audit_pb2.AuditEntry(
        number=row.number,
        event_id=str(row.event_id),
        time=to_timestamp(row.time),
        actor_id=str(row.actor_id or ""),
        actor_kind=row.actor_kind,
        resource=row.resource,
        record_id=str(row.record_id),
        verb=row.verb,
        changed_fields=row.changed_fields,
        before=json.dumps(row.before, ensure_ascii=False, default=str),
        after=json.dumps(row.after, ensure_ascii=False, default=str),
        hash=bytes(row.hash).hex(),
    )
