"""What the audit log is told of log-ins: `identity.Session` `created`, `renewed`, `refused` and `ended`, under the user's id."""

import uuid
from collections.abc import Iterable
from typing import Any

from chassis.database.connection import Transaction
from chassis.events.outbox import Change, emit
from guanxi.identity.v1 import sessions_pb2

RESOURCE = "identity.Session"
_FIELDS = ("id", "device", "address")


def tell(
    transaction: Transaction,
    verb: str,
    user_id: uuid.UUID,
    *,
    session_id: str = "",
    device: str = "",
    address: str = "",
) -> None:
    """Emit what happened to a session, or to the attempt to begin one."""
    emit(transaction, RESOURCE, verb, [_change(user_id, session_id, device, address)])


def tell_ended(transaction: Transaction, rows: Iterable[Any]) -> None:
    """Emit that sessions ended; the actor is whoever ended them."""
    emit(transaction, RESOURCE, "ended", [_change(row.user_id, str(row.id), row.device, row.address) for row in rows])


def _change(user_id: uuid.UUID, session_id: str, device: str, address: str) -> Change:
    session = sessions_pb2.Session(id=session_id, device=device[:200], address=address[:60])
    return Change(user_id, 1, None, session, _FIELDS)
