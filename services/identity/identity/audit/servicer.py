"""`AuditService`: reading the log, newest first, without what is hidden from the reader elsewhere."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.contract import all_resources
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
            audit_entries=[_message(call, row) for row in rows[:size]],
            next_page_token=str(rows[size - 1].number) if len(rows) > size else "",
        )


def _message(call: Call, row: Any) -> audit_pb2.AuditEntry:
    contract = all_resources().get(row.resource)
    module = contract.module if contract else ""
    hidden = call.access.hidden(module)
    # What no contract knows is no module's: a log-in, an export. Of records, those out of scope are not told apart here.
    shown = contract is None or call.access.scope(module, "view") == "all"
    return audit_pb2.AuditEntry(
        number=row.number,
        event_id=str(row.event_id),
        time=to_timestamp(row.time),
        actor_id=str(row.actor_id or ""),
        actor_kind=row.actor_kind,
        resource=row.resource,
        record_id=str(row.record_id),
        verb=row.verb,
        changed_fields=[path for path in row.changed_fields if not {path, path.partition(".")[0]} & hidden],
        before=_values(row.before, hidden) if shown else "{}",
        after=_values(row.after, hidden) if shown else "{}",
        hash=bytes(row.hash).hex(),
        address=row.address,
    )


def _values(values: Mapping[str, Any], hidden: frozenset[str]) -> str:
    """JSON of the fields that are not hidden; of maps, of the keys that are not."""
    seen = {
        name: {key: item for key, item in value.items() if f"{name}.{key}" not in hidden}
        if isinstance(value, Mapping)
        else value
        for name, value in values.items()
        if name not in hidden
    }
    return json.dumps(seen, ensure_ascii=False, default=str)
