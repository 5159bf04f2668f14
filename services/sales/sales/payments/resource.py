"""Payments: the standard methods. What is paid of an order changes in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.texts import register
from guanxi.sales.v1 import payments_pb2
from sales.payments.table import payments
from sales.pricing.lines import number_records, set_money

register(
    {
        "CURRENCY_DIFFERS": (
            "“{field}”的币种应为订单的币种 {currency}",
            "“{field}” must be in the order's currency, {currency}",
        ),
        "REFUND_TOO_HIGH": ("退款合计超过了已收款", "More would go back than has come"),
    }
)


class PaymentHooks(Hooks):
    """Rules of payments. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        orders = self._orders_of(transaction, drafts)
        today = datetime.now(transaction.call.organization.time_zone).date()
        problems = []
        for draft in drafts:
            values, order = draft.values, orders.get(draft.values["order_id"])
            if order is None:
                problems.append(Violation("order_id", "UNKNOWN_REFERENCE"))
                continue
            values |= {"account_id": order["account_id"], "owner_id": order["owner_id"]}
            values["kind"] = values["kind"] or "payment"
            values["pay_date"] = values["pay_date"] or today
            if values["amount"] <= 0:
                problems.append(Violation("amount", "ABOVE_ZERO"))
            elif values["amount_currency"] != order["currency"]:
                problems.append(Violation("amount", "CURRENCY_DIFFERS", {"currency": order["currency"]}))
        if problems:
            raise InvalidArgumentError(violations=problems)
        number_records(transaction, "payments", "PM", drafts)

    def _orders_of(self, transaction: Transaction, drafts: Sequence[Draft]) -> dict[UUID, Mapping[str, Any]]:
        """Orders by id, locked; what a payment comes to be for is among them only where the caller views it."""
        kept = self._records["orders"]
        chosen = {draft.values["order_id"] for draft in drafts if draft.is_new or draft.changed("order_id")}
        found = kept.lock(transaction, {draft.values["order_id"] for draft in drafts}, None, deleted=True)
        seen = kept.lock(transaction, chosen, "view", deleted=True) if chosen else {}
        return {order_id: row for order_id, row in found.items() if order_id not in chosen or order_id in seen}

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        sides = [side for draft in drafts for side in (draft.before, draft.values) if side]
        kept = self._records["orders"]
        rows = kept.lock(transaction, {side["order_id"] for side in sides}, None, deleted=True)
        sums = _sums(transaction, rows)
        orders = [Draft.of(row) for row in rows.values()]
        for order in orders:
            set_money(order.values, "paid", sums.get(order.id, Decimal(0)), order.values["currency"])
            if order.values["paid"] < 0:
                raise PreconditionError("REFUND_TOO_HIGH")
        kept.write(transaction, orders)


def _sums(transaction: Transaction, orders: Mapping[UUID, Any]) -> dict[UUID, Decimal]:
    """Order → what has come for it, less what went back."""
    table = payments
    signed = sa.case((table.c.kind == "refund", -table.c.amount), else_=table.c.amount)
    rows: Any = transaction.execute(
        sa.select(table.c.order_id, sa.func.sum(signed).label("paid"))
        .where(
            table.c.org_id == transaction.call.org_id,
            table.c.order_id.in_(orders),
            table.c.delete_time.is_(None),
        )
        .group_by(table.c.order_id)
    )
    return {row.order_id: row.paid for row in rows}


def payment_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(payments_pb2.Payment, payments, PaymentHooks(records))
