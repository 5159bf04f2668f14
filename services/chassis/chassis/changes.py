"""The change feed: what off-line clients, ERPs and webhooks pull, read from the outbox's own rows.

A cursor is (epoch, sequence, mark of what the caller may see). Records are shown as they are now and as the caller may see them;
what is out of sight and was in it is a removal; the rest is left out.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from chassis.call import BeginCall, Call
from chassis.database.connection import Database
from chassis.database.schema import outbox, relay_state
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError
from chassis.resources.paging import MOST_PAGE as MOST_SNAPSHOT
from chassis.resources.query import ListQuery
from chassis.resources.records import Records, record_id
from guanxi.changes.v1 import changes_pb2
from guanxi.events.v1 import events_pb2

DEFAULT_PAGE = 200
MOST_PAGE = 500


class ChangeServicer:
    """`ChangeService` over all of a service's resources."""

    def __init__(self, database: Database, records: Mapping[str, Records], system_call: BeginCall) -> None:
        self._database = database
        self._records = records
        self._system_call = system_call

    def list_changes(self, call: Call, request: changes_pb2.ListChangesRequest) -> changes_pb2.ListChangesResponse:
        """Changes after the cursor, oldest first."""
        records = self._records.get(request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:60])
        if call.access.scope(request.module, "view") is None:
            raise PermissionDeniedError
        state, mark = self._state(call), call.access.mark(request.module)
        if not request.cursor:
            return changes_pb2.ListChangesResponse(cursor=_cursor(state.epoch, state.last_seq, mark))
        seq = _position(request.cursor, state, mark)
        if request.page_size < 0:
            raise InvalidArgumentError.of("page_size", "OUT_OF_RANGE", minimum=0, maximum=MOST_PAGE)
        size = min(request.page_size or DEFAULT_PAGE, MOST_PAGE)
        rows = self._database.read(
            call,
            sa.select(outbox.c.seq, outbox.c.payload)
            .where(outbox.c.org_id == call.org_id, outbox.c.resource == records.resource.type, outbox.c.seq > seq)
            .order_by(outbox.c.seq)
            .limit(size + 1),
        )
        more = len(rows) > size
        return self._answer(call, records, rows[:size], more, state, seq)

    def list_snapshot(self, call: Call, request: changes_pb2.ListSnapshotRequest) -> changes_pb2.ListSnapshotResponse:
        """A page of an organization's records, for services alone."""
        records = self._records.get(request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:60])
        everything = self._system_call(record_id(request.organization_id, "organization_id"))
        wanted = ListQuery(page_size=MOST_SNAPSHOT, page_token=request.page_token, show_deleted=True, skip_total=True)
        page = records.query.page(everything, wanted)
        answer = changes_pb2.ListSnapshotResponse(next_page_token=page.next_page_token)
        for row in page.rows:
            answer.records.add().Pack(records.shown(everything, row), type_url_prefix="guanxi/")
        return answer

    def _answer(
        self, call: Call, records: Records, rows: list[Any], more: bool, state: Any, seq: int
    ) -> changes_pb2.ListChangesResponse:
        touched: dict[uuid.UUID, events_pb2.Event] = {}
        seen_before: set[uuid.UUID] = set()
        for row in rows:
            event = events_pb2.Event.FromString(row.payload)
            for change in event.changes:
                changed = uuid.UUID(change.id)
                touched.pop(changed, None)
                touched[changed] = event
                if change.HasField("before") and records.was_visible(call, change.before):
                    seen_before.add(changed)
        visible = records.visible(call, list(touched))
        answer = changes_pb2.ListChangesResponse(more=more)
        for changed, event in touched.items():
            news = changes_pb2.RecordChange(id=str(changed), time=event.time)
            if changed in visible:
                news.record.Pack(visible[changed], type_url_prefix="guanxi/")
            elif changed in seen_before:
                news.removed = True
            else:
                continue
            answer.changes.append(news)
        last = rows[-1].seq if rows else (seq if more else max(seq, state.last_seq))
        answer.cursor = _cursor(state.epoch, last, call.access.mark(records.resource.module))
        return answer

    def _state(self, call: Call) -> Any:
        oldest = sa.select(sa.func.min(outbox.c.seq)).scalar_subquery()
        return self._database.read(
            call, sa.select(relay_state.c.epoch, relay_state.c.last_seq, oldest.label("oldest"))
        )[0]


def _cursor(epoch: uuid.UUID, seq: int, mark: str) -> str:
    body = json.dumps([str(epoch), seq, mark], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def _position(cursor: str, state: Any, mark: str) -> int:
    try:
        epoch, seq, known = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        seq = int(seq)
    except (ValueError, TypeError) as error:
        raise InvalidArgumentError.of("cursor", "INVALID_CURSOR") from error
    too_old = state.oldest is not None and seq < state.oldest - 1
    if epoch != str(state.epoch) or known != mark or too_old or seq > state.last_seq:
        raise PreconditionError("RESYNC_REQUIRED")
    return seq
