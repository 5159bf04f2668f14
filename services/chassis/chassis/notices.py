"""Notices: what people are to be told of, said in the transaction of what happened.

notify(transaction, "customers", Notice("task_due", [row["owner_id"]], "tasks", row["id"], row["subject"], owners=[…]))

Engagement tells each recipient in the client or by mail, as they have chosen, if they may view the record then.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.database.connection import Transaction
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from guanxi.notices.v1 import notices_pb2

RAISED = "raised"


@dataclass(frozen=True)
class Notice:
    """One thing to tell; fields as in `guanxi.notices.v1.Notice`."""

    kind: str
    recipients: Sequence[uuid.UUID]
    module: str
    record_id: uuid.UUID | None = None
    title: str = ""
    owners: Sequence[uuid.UUID] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    channels: Sequence[str] = ()
    key: str = ""


def resource_of(service: str) -> str:
    """How events name a service's notices."""
    return f"{service}.Notice"


def notify(transaction: Transaction, service: str, notice: Notice) -> None:
    """Have people told if the transaction commits; `service` is the one whose transaction it is."""
    recipients = [str(user_id) for user_id in dict.fromkeys(notice.recipients)]
    if not recipients:
        return
    made = notices_pb2.Notice(
        id=str(uuid7()),
        kind=notice.kind,
        user_ids=recipients,
        module=notice.module,
        record_id=str(notice.record_id or ""),
        title=notice.title,
        owner_ids=[str(user_id) for user_id in notice.owners],
        values=notice.values,
        channels=notice.channels,
        key=notice.key,
    )
    change = Change(uuid.UUID(made.id), 1, None, made)
    emit(transaction, resource_of(service), RAISED, [change], audience=recipients)
