"""Events, written in the transaction of the change they tell of."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis.call import Call
from chassis.contract import is_own_module, own_modules, snake
from chassis.database.connection import Transaction
from chassis.database.schema import outbox
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent
from guanxi.events.v1 import events_pb2

MOST_CHANGES = 500
MOST_BYTES = 512 * 1024


@dataclass(frozen=True)
class Change:
    """One record's change: its version after it, and the message before and after."""

    id: uuid.UUID
    version: int
    before: Message | None
    after: Message | None
    changed_fields: tuple[str, ...] = ()

    def message(self) -> events_pb2.Change:
        """The change as events carry it."""
        change = events_pb2.Change(id=str(self.id), version=self.version, changed_fields=self.changed_fields)
        if self.before is not None:
            change.before.Pack(self.before, type_url_prefix="guanxi/")
        if self.after is not None:
            change.after.Pack(self.after, type_url_prefix="guanxi/")
        return change


def subject_of(resource: str, verb: str) -> str:
    """`guanxi.customers.account.created` for `customers.Account` and `created`; `guanxi.customers.record.created` for
    `customers.c_project`.
    """
    service, _, name = resource.partition(".")
    # Modules come and go with organizations; who wants the records of any takes those of all.
    name = own_modules().descriptor.name if is_own_module(name) else name
    return f"guanxi.{service}.{snake(name)}.{verb}"


def emit(
    transaction: Transaction, resource: str, verb: str, changes: Iterable[Change], *, audience: Sequence[str] = ()
) -> int:
    """Write events for changes of one resource in as few rows as the limits allow; returns how many rows.

    Call it after the changed rows are locked: outbox ids then follow the order of versions. `audience`: the users whom
    alone it concerns.
    """
    call = transaction.call
    now = datetime.now(UTC)
    rows = [
        {
            "org_id": call.org_id,
            "event_id": uuid.UUID(event.id),
            "resource": resource,
            "subject": subject_of(resource, verb),
            "payload": event.SerializeToString(),
            "create_time": now,
        }
        for event in _batches(_event(call, resource, verb, now, audience), changes)
    ]
    if rows:
        transaction.execute(sa.insert(outbox), rows)
    return len(rows)


def _batches(empty: events_pb2.Event, changes: Iterable[Change]) -> Iterator[events_pb2.Event]:
    event, size = _another(empty), 0
    for change in changes:
        message = change.message()
        length = message.ByteSize()
        if event.changes and (len(event.changes) >= MOST_CHANGES or size + length > MOST_BYTES):
            yield event
            event, size = _another(empty), 0
        event.changes.append(message)
        size += length
    if event.changes:
        yield event


def _another(empty: events_pb2.Event) -> events_pb2.Event:
    event = events_pb2.Event(id=str(uuid7()))
    event.MergeFrom(empty)
    return event


def _event(call: Call, resource: str, verb: str, now: datetime, audience: Sequence[str]) -> events_pb2.Event:
    """What the events of one call of `emit` have in common."""
    principal = call.principal
    event = events_pb2.Event(
        org_id=str(call.org_id),
        resource=resource,
        verb=verb,
        actor=events_pb2.Actor(
            user_id=str(principal.user_id or ""),
            kind=principal.kind,
            job_id=principal.job_id,
            address=principal.address,
        ),
        traceparent=current_traceparent(),
        audience=audience,
    )
    event.time.FromDatetime(now)
    return event
