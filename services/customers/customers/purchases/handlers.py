"""The event handler that adds up an account's orders. Orders' events come again, and late: the newest version counts."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis import ids
from chassis.database.connection import Transaction
from chassis.events.projections import keep_newest, records
from chassis.resources import Draft
from chassis.resources.kinds import money_amount
from chassis.resources.records import Records
from customers.purchases.resource import classes_of
from customers.purchases.rules import class_of, rolled_up
from customers.purchases.table import purchases
from guanxi.events.v1 import events_pb2


class Purchases:
    """Handles `sales.Order`."""

    def __init__(self, of_module: Mapping[str, Records]) -> None:
        self._of_module = of_module

    def follow(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Keep what is told of orders, and add up the accounts that it concerns: those of now and those of before."""
        rows = [_row(record.id, record.version, record.after) for record in records(event) if record.after is not None]
        if not rows:
            return
        table = purchases
        theirs = sa.select(table.c.account_id).where(
            table.c.org_id == transaction.call.org_id, table.c.id.in_([row["id"] for row in rows])
        )
        before = set(transaction.execute(theirs).scalars())
        # Who adds up an account holds it first, so that two orders of one do not add up past each other.
        concerned = {item for item in before | {row["account_id"] for row in rows} if item is not None}
        accounts = self._of_module["accounts"]
        locked = accounts.lock(transaction, concerned, None, deleted=True)
        keep_newest(transaction, purchases, rows)
        drafts = [Draft.of(row) for row in locked.values()]
        _add_up(transaction, drafts)
        accounts.write(transaction, drafts)


def _row(order_id: UUID, version: int, order: Any) -> dict[str, Any]:
    day = order.order_date
    return {
        "id": order_id,
        "version": version,
        "account_id": ids.parse(order.account_id),
        "status": order.status,
        "order_date": date(day.year, day.month, day.day) if order.HasField("order_date") else None,
        "total": money_amount(order.base_total),
        "overdue": _in_base(order),
        "deleted": order.HasField("delete_time"),
    }


def _in_base(order: Any) -> Decimal:
    """What is overdue in the organization's currency: by the same rate as the total."""
    overdue, total = money_amount(order.overdue), money_amount(order.total)
    if not overdue or not total:
        return Decimal(0)
    return (overdue * money_amount(order.base_total) / total).quantize(Decimal("0.01"))


def _add_up(transaction: Transaction, drafts: list[Draft]) -> None:
    classes = classes_of(transaction)
    by_account: dict[UUID, list[Any]] = {draft.id: [] for draft in drafts}
    for row in _orders(transaction, by_account):
        by_account[row.account_id].append(row)
    for draft in drafts:
        draft.values |= rolled_up(by_account[draft.id], transaction.call.organization.currency)
        draft.values["spending_class_id"] = class_of(draft.values["order_sum"], classes)


def _orders(transaction: Transaction, accounts: Mapping[UUID, Any]) -> Iterator[Any]:
    table = purchases
    rows: Any = transaction.execute(
        sa.select(table).where(table.c.org_id == transaction.call.org_id, table.c.account_id.in_(accounts))
    )
    yield from rows
