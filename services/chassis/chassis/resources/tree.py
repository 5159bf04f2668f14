"""Trees within a resource: a record's chain of parents must not lead back to it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources.resource import Draft


def refuse_cycles(
    transaction: Transaction, table: sa.Table, drafts: Sequence[Draft], column: str = "parent_id"
) -> None:
    """Raise InvalidArgumentError (CYCLE) when a draft would be found above its own parent."""
    moved = {draft.id: draft.values[column] for draft in drafts if draft.values.get(column) and draft.changed(column)}
    if moved and leads_back(_above(transaction, table, column, moved) | moved, moved):
        raise InvalidArgumentError.of(column, "CYCLE")


def leads_back(parents: Mapping[UUID, UUID | None], children: Mapping[UUID, Any]) -> bool:
    """Whether the chain of parents of any of the children comes to a record twice."""
    for child in children:
        seen = {child}
        current = parents.get(child)
        while current is not None:
            if current in seen:
                return True
            seen.add(current)
            current = parents.get(current)
    return False


def _above(
    transaction: Transaction, table: sa.Table, column: str, moved: Mapping[UUID, UUID]
) -> dict[UUID, UUID | None]:
    """Record → parent of all that is above the new parents."""
    org_id, parent = transaction.call.org_id, table.c[column]
    up = (
        sa.select(table.c.id.label("child"), parent.label("parent"))
        .where(table.c.org_id == org_id, table.c.id.in_(moved.values()))
        .cte("up", recursive=True)
    )
    up = up.union(sa.select(table.c.id, parent).where(table.c.org_id == org_id, table.c.id == up.c.parent))
    return {row.child: row.parent for row in transaction.execute(sa.select(up.c.child, up.c.parent))}
