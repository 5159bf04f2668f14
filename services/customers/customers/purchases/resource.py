"""Spending classes: the standard methods; accounts are sorted anew, in the background, when one changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.timers import schedule
from customers.accounts.table import accounts
from customers.purchases.rules import Classes, class_of
from customers.purchases.table import spending_classes
from guanxi.customers.v1 import spending_classes_pb2

TIMER = "spending_classes"
_KEY = "accounts"
# Accounts of one transaction.
CHUNK = 500


class ClassHooks(Hooks):
    """Rules of spending classes."""

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        if any(draft.changed("threshold") or draft.changed("delete_time") for draft in drafts):
            schedule(transaction, TIMER, _KEY, datetime.now(UTC))


def classes_of(transaction: Transaction) -> Classes:
    """The organization's classes, the highest first."""
    table = spending_classes
    rows: Any = transaction.execute(
        sa.select(table.c.id, table.c.threshold)
        .where(table.c.org_id == transaction.call.org_id, table.c.delete_time.is_(None))
        .order_by(table.c.threshold.desc(), table.c.id)
    )
    return [(row.id, row.threshold) for row in rows]


class Sorting:
    """Handler of the timer: sorts accounts into classes, so many at once, and comes again for the rest."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    def fire(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Sort the next accounts that have bought."""
        kept, after = self._records["accounts"], payload.get("after")
        wanted = sa.select(accounts.c.id).where(
            accounts.c.org_id == transaction.call.org_id,
            sa.or_(accounts.c.order_sum.is_not(None), accounts.c.spending_class_id.is_not(None)),
        )
        if after:
            wanted = wanted.where(accounts.c.id > UUID(after))
        found = list(transaction.execute(wanted.order_by(accounts.c.id).limit(CHUNK)).scalars())
        classes = classes_of(transaction)
        drafts = [Draft.of(row) for row in kept.lock(transaction, found, None, deleted=True).values()]
        for draft in drafts:
            draft.values["spending_class_id"] = class_of(draft.values["order_sum"], classes)
        kept.write(transaction, drafts)
        if len(found) == CHUNK:
            schedule(transaction, TIMER, _KEY, datetime.now(UTC), {"after": str(found[-1])})


SPENDING_CLASSES = Resource(
    spending_classes_pb2.SpendingClass, spending_classes, ClassHooks(), default_order="threshold desc"
)
