"""How far each service is with what moves for a merge, added up where the merge was made."""

import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format

from chassis.database.connection import Transaction
from chassis.events.outbox import Change, emit
from chassis.events.projections import keep_newest
from chassis.events.projections import records as changes
from chassis.merges.tables import merge_progress, merges
from guanxi.events.v1 import events_pb2
from guanxi.merges.v1 import merges_pb2

# A merge's state → what every service has said when it ends, and the state after it.
_ENDS = {"running": "done", "undoing": "undone"}


def progress_of(service: str) -> str:
    """How events name a service's progress."""
    return f"{service}.MergeProgress"


def tell(transaction: Transaction, service: str, news: Iterable[merges_pb2.MergeProgress]) -> None:
    """Tell the service whose merges they are."""
    version = _now()
    emit(
        transaction,
        progress_of(service),
        "made",
        [Change(uuid.UUID(each.merge_id), version, None, each) for each in news],
    )


def hear(initiator: str) -> Any:
    """The handler of other services' news."""

    def keep(transaction: Transaction, event: events_pb2.Event) -> None:
        found = list(changes(event, merges_pb2.MergeProgress))
        mine = [each for each in found if each.after is not None and each.after.initiator == initiator]
        service = event.resource.partition(".")[0]
        _keep(transaction, service, [(each.version, each.after) for each in mine if each.after is not None])

    return keep


def note(transaction: Transaction, service: str, news: Iterable[merges_pb2.MergeProgress]) -> None:
    """Keep what this service itself has to say."""
    version = _now()
    _keep(transaction, service, [(version, each) for each in news])


def _keep(transaction: Transaction, service: str, news: Sequence[tuple[int, merges_pb2.MergeProgress]]) -> None:
    if not news:
        return
    rows: list[dict[str, Any]] = [
        {
            "merge_id": uuid.UUID(told.merge_id),
            "service": service,
            "version": version,
            "state": told.state,
            "moved": {each.module: each.count for each in told.moved},
            "conflicts": [json_format.MessageToDict(each, preserving_proto_field_name=True) for each in told.conflicts],
        }
        for version, told in news
    ]
    keep_newest(transaction, merge_progress, rows, key=("org_id", "merge_id", "service"))
    _end(transaction, sorted({row["merge_id"] for row in rows}))


def _end(transaction: Transaction, wanted: Sequence[uuid.UUID]) -> None:
    """A merge has ended when every service that may have something to move has said so."""
    org_id = transaction.call.org_id
    these = (merges.c.org_id == org_id, merges.c.id.in_(wanted))
    # Two services that end at once would not see each other's news.
    locked = sa.select(merges.c.id).where(*these).order_by(merges.c.id).with_for_update()
    transaction.execute(locked)
    for state, said in _ENDS.items():
        heard = (
            sa.select(sa.func.count())
            .where(
                merge_progress.c.org_id == org_id,
                merge_progress.c.merge_id == merges.c.id,
                merge_progress.c.service == sa.any_(merges.c.services),
                merge_progress.c.state == said,
            )
            .scalar_subquery()
        )
        ended = sa.update(merges).where(
            *these, merges.c.state == state, heard == sa.func.cardinality(merges.c.services)
        )
        transaction.execute(ended.values(state=said, end_time=sa.func.now()))


def _now() -> int:
    """Microseconds; news of one merge are made one after the other."""
    return time.time_ns() // 1000
