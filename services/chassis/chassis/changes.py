"""The change feed: what off-line clients, ERPs and webhooks pull, read from the outbox's own rows.

A cursor is (epoch, sequence, offset, mark of what the caller may see): all events up to the sequence have been read, and
of the next one the first `offset` changes. Records are shown as they are now and as the caller may see them; what is out
of sight and was in it is a removal; the rest is left out.
"""

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from chassis.call import BeginCall, Call
from chassis.database.connection import Database
from chassis.database.schema import outbox, relay_state
from chassis.errors import InvalidArgumentError, PermissionDeniedError, PreconditionError
from chassis.modules import Modules
from chassis.resources.paging import MOST_PAGE as MOST_SNAPSHOT
from chassis.resources.query import ListQuery
from chassis.resources.records import Records, record_id
from guanxi.changes.v1 import changes_pb2
from guanxi.events.v1 import events_pb2

DEFAULT_PAGE = 200
MOST_PAGE = 500
MOST_BYTES = 4 * 1024 * 1024
"""Of events read for one page; the one that goes beyond is still read, so that every page goes on."""
_MOST_CURSOR = 200


@dataclass(frozen=True)
class _Position:
    """Where a reader stands: after the event `seq` and the first `offset` changes of the one that follows it."""

    seq: int
    offset: int = 0


@dataclass
class _Read:
    """Changes of one page, and where it ends."""

    end: _Position
    more: bool
    changes: list[tuple[events_pb2.Event, events_pb2.Change]] = field(default_factory=list)


class ChangeServicer:
    """`ChangeService` over all of a service's resources."""

    def __init__(self, database: Database, records: Modules, system_call: BeginCall) -> None:
        self._database = database
        self._records = records
        self._system_call = system_call

    def list_changes(self, call: Call, request: changes_pb2.ListChangesRequest) -> changes_pb2.ListChangesResponse:
        """Changes after the cursor, oldest first."""
        records = self._records.find(call, request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:60])
        if call.access.scope(request.module, "view") is None:
            raise PermissionDeniedError
        state, mark = self._state(call), call.access.mark(request.module)
        if not request.cursor:
            return changes_pb2.ListChangesResponse(cursor=_cursor(state.epoch, _Position(state.last_seq), mark))
        start = _position(request.cursor, state, mark)
        if request.page_size < 0:
            raise InvalidArgumentError.of("page_size", "OUT_OF_RANGE", minimum=0, maximum=MOST_PAGE)
        read = self._read(call, records, start, min(request.page_size or DEFAULT_PAGE, MOST_PAGE))
        # Nothing of this module lies between the last event read and the last there was before reading.
        end = read.end if read.more else _Position(max(read.end.seq, state.last_seq))
        return changes_pb2.ListChangesResponse(
            changes=_news(call, records, read), cursor=_cursor(state.epoch, end, mark), more=read.more
        )

    def list_snapshot(self, call: Call, request: changes_pb2.ListSnapshotRequest) -> changes_pb2.ListSnapshotResponse:
        """A page of an organization's records, for services alone."""
        everything = self._system_call(record_id(request.organization_id, "organization_id"))
        records = self._records.find(everything, request.module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:60])
        wanted = ListQuery(page_size=MOST_SNAPSHOT, page_token=request.page_token, show_deleted=True, skip_total=True)
        page = records.query.page(everything, wanted)
        answer = changes_pb2.ListSnapshotResponse(next_page_token=page.next_page_token)
        for row in page.rows:
            answer.records.add().Pack(records.shown(everything, row), type_url_prefix="guanxi/")
        return answer

    def _read(self, call: Call, records: Records, start: _Position, size: int) -> _Read:
        """The next `size` changes; a page may end within an event, of which the next one reads the rest."""
        events = self._events(call, records.resource.type, start.seq, size + 1)
        read = _Read(start, bool(events) and events[0].found > min(len(events), size))
        for row in events:
            skipped = start.offset if read.end == start else 0
            room = size - len(read.changes)
            if not room:
                read.more = True
                break
            event = events_pb2.Event.FromString(row.payload)
            read.changes += [(event, change) for change in event.changes[skipped : skipped + room]]
            if len(event.changes) > skipped + room:
                read.end, read.more = _Position(row.seq - 1, skipped + room), True
                break
            read.end = _Position(row.seq)
        return read

    def _events(self, call: Call, resource: str, seq: int, most: int) -> list[Any]:
        """The next events, at most so many and of MOST_BYTES; `found` counts them as if bytes did not matter."""
        some = (
            sa.select(outbox.c.seq, outbox.c.payload)
            .where(outbox.c.org_id == call.org_id, outbox.c.resource == resource, outbox.c.seq > seq)
            .order_by(outbox.c.seq)
            .limit(most)
            .subquery()
        )
        # A length is known without reading what is long: PostgreSQL keeps it beside the row.
        length = sa.func.octet_length(some.c.payload)
        before = sa.func.sum(length).over(order_by=some.c.seq) - length
        sized = sa.select(some, before.label("before"), sa.func.count().over().label("found")).subquery()
        return self._database.read(
            call,
            sa.select(sized.c.seq, sized.c.payload, sized.c.found)
            .where(sized.c.before < MOST_BYTES)
            .order_by(sized.c.seq),
        )

    def _state(self, call: Call) -> Any:
        oldest = sa.select(sa.func.min(outbox.c.seq)).scalar_subquery()
        return self._database.read(
            call, sa.select(relay_state.c.epoch, relay_state.c.last_seq, oldest.label("oldest"))
        )[0]


def _news(call: Call, records: Records, read: _Read) -> list[changes_pb2.RecordChange]:
    """What the changes are for this caller, each record once, where it changed last."""
    touched: dict[uuid.UUID, events_pb2.Event] = {}
    seen_before: set[uuid.UUID] = set()
    for event, change in read.changes:
        changed = uuid.UUID(change.id)
        touched.pop(changed, None)
        touched[changed] = event
        if change.HasField("before") and records.was_visible(call, change.before):
            seen_before.add(changed)
    visible = records.visible(call, list(touched))
    found = []
    for changed, event in touched.items():
        news = changes_pb2.RecordChange(id=str(changed), time=event.time)
        if changed in visible:
            news.record.Pack(visible[changed], type_url_prefix="guanxi/")
        elif changed in seen_before:
            news.removed = True
        else:
            continue
        found.append(news)
    return found


def _cursor(epoch: uuid.UUID, end: _Position, mark: str) -> str:
    body = json.dumps([str(epoch), end.seq, end.offset, mark], separators=(",", ":"))
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def _position(cursor: str, state: Any, mark: str) -> _Position:
    opened = _opened(cursor) if len(cursor) <= _MOST_CURSOR else None
    if opened is None:
        raise InvalidArgumentError.of("cursor", "INVALID_CURSOR")
    epoch, known, position = opened
    too_old = state.oldest is not None and position.seq < state.oldest - 1
    if epoch != str(state.epoch) or known != mark or too_old or position.seq > state.last_seq:
        raise PreconditionError("RESYNC_REQUIRED")
    return position


def _opened(cursor: str) -> tuple[str, str, _Position] | None:
    """Epoch, mark and position; None where a cursor is none of ours. An older one has no offset: it is between events."""
    try:
        epoch, seq, *offset, known = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        return None
    whole = all(type(number) is int and number >= 0 for number in (seq, *offset))
    return (epoch, known, _Position(seq, *offset)) if whole and len(offset) <= 1 else None
