"""What stood on the timeline of a record that ended in a merge stands on its survivor's."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Transaction
from customers.timeline.table import timeline_places

_COPIED = ("org_id", "place_id", "time", "entry_id", "module", "merge_id")


def move_places(transaction: Transaction, ended: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID]], undo: bool) -> None:
    """Put them there, or take them away; the record that ended keeps its own."""
    table, org_id = timeline_places.c, transaction.call.org_id
    if undo:
        put = sa.tuple_(table.place_id, table.merge_id).in_({(new, merge_id) for merge_id, _, new in ended})
        transaction.execute(sa.delete(timeline_places).where(table.org_id == org_id, put))
        return
    for merge_id, old, new in ended:
        there = sa.select(
            table.org_id,
            sa.literal(new, sa.Uuid),
            table.time,
            table.entry_id,
            table.module,
            sa.literal(merge_id, sa.Uuid),
        ).where(table.org_id == org_id, table.place_id == old)
        copied = insert(timeline_places).from_select(_COPIED, there)
        transaction.execute(copied.on_conflict_do_nothing())
