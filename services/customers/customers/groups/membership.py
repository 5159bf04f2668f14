"""Who can be in a group: records of its module, where the group is a static one."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft
from customers.groups.table import groups

STATIC = "static"


def refuse_strangers(transaction: Transaction, module: str, drafts: Sequence[Draft]) -> None:
    """Raise InvalidArgumentError where records come into groups that are dynamic, or another module's."""
    wanted: set[uuid.UUID] = set()
    for draft in drafts:
        if draft.changed("group_ids"):
            wanted |= set(draft.values["group_ids"]) - set((draft.before or {}).get("group_ids") or ())
    if not wanted:
        return
    unfit = sa.or_(groups.c.module != module, groups.c.kind != STATIC)
    access = transaction.call.access
    is_named = access.allows("groups.view") and "name" not in access.hidden("groups")
    called = groups.c.name if is_named else sa.cast(groups.c.id, sa.Text)
    found = sa.select(called).where(groups.c.org_id == transaction.call.org_id, groups.c.id.in_(wanted), unfit)
    names = transaction.execute(found.order_by(called)).scalars()
    problems = [Violation("group_ids", "NOT_A_STATIC_GROUP", {"value": name[:80]}) for name in names]
    if problems:
        raise InvalidArgumentError(violations=problems)
