"""A request with a `request_id` has its effect once, and its repetitions get the same answer (AIP-155).

The key, a fingerprint of the request and the answer are written in the write's own transaction. A second request with
the same key waits for the first; one with another content is refused. Keys are kept for 30 days, because phones come
back from that far.
"""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Transaction
from chassis.database.schema import idempotency_keys
from chassis.errors import InvalidArgumentError

KEEP_DAYS = 30
MOST_KEY = 128
M = TypeVar("M", bound=Message)


def once(transaction: Transaction, request: Message, answer: type[M], effect: Callable[[], M]) -> M:
    """The effect's answer; of a repetition, the answer of the first time. Raises InvalidArgumentError (KEY_REUSED)."""
    request_id = getattr(request, "request_id", "")
    if not request_id:
        return effect()
    if len(request_id) > MOST_KEY:
        raise InvalidArgumentError.of("request_id", "TOO_LONG", maximum=MOST_KEY)
    call = transaction.call
    key = {
        "org_id": call.org_id,
        "principal": str(call.principal.user_id or call.principal.kind),
        "method": call.method,
        "request_id": request_id,
    }
    fingerprint = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    claimed = transaction.execute(
        insert(idempotency_keys).values(**key, fingerprint=fingerprint).on_conflict_do_nothing()
    )
    where = [idempotency_keys.c[name] == value for name, value in key.items()]
    if claimed.rowcount:
        made = effect()
        transaction.execute(sa.update(idempotency_keys).where(*where).values(response=made.SerializeToString()))
        return made
    row = transaction.execute(
        sa.select(idempotency_keys.c.fingerprint, idempotency_keys.c.response).where(*where)
    ).one()
    if row.fingerprint != fingerprint:
        raise InvalidArgumentError.of("request_id", "KEY_REUSED")
    return answer.FromString(row.response)
