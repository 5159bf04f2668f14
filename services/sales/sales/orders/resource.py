"""Orders: the standard methods, and what they come to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.texts import register
from chassis.timers import cancel as cancel_timer
from chassis.timers import schedule
from guanxi.sales.v1 import orders_pb2
from sales.orders.dues import next_look, settle, wrong_plan
from sales.orders.rules import BOUGHT
from sales.orders.table import orders
from sales.pricing.lines import (
    complete_lines,
    compute,
    given_of,
    number_records,
    products_of,
    rate_of,
    set_margin,
    set_money,
    set_totals,
)
from sales.pricing.rules import ZERO, Totals, places_of, rounded

register(
    {
        "STATUS_BY_METHOD": (
            "订单状态请用确认、发货、完成、取消等操作修改",
            "An order's state is changed by confirming, shipping, completing or cancelling it",
        ),
        "ORDER_LOCKED": (
            "订单确认后不能修改“{field}”，请先退回草稿",
            "“{field}” cannot be changed once the order is confirmed; make it a draft again first",
        ),
        "ORDER_LIVE": (
            "只能删除草稿或已取消且没有收款的订单",
            "Only drafts and cancelled orders without payments can be deleted; cancel it first",
        ),
    }
)
TIMER = "order_due"
# What a confirmed order holds to.
_AGREED = ("account_id", "currency", "exchange_rate", "discount_percent", "discount_amount", "lump_sum", "order_date")
# Records that belong to an order's owner and account.
_PARTS = ("shipments", "payments")


class OrderHooks(Hooks):
    """Rules of orders. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        today = _today(transaction)
        for draft in drafts:
            _begin(transaction, draft, today)
        problems = [problem for draft in drafts for problem in _refusals(draft)]
        if problems:
            raise InvalidArgumentError(violations=problems)
        number_records(transaction, "orders", "SO", drafts)
        known = products_of(transaction, drafts)
        for draft in drafts:
            if draft.is_new or _is_priced_anew(draft):
                _price(draft.values, known)
            _settle(transaction, draft.values, today)
            if draft.changed("instalments") and (problems := wrong_plan(draft.values)):
                raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            _set_timer(transaction, draft)
        self._take_parts_along(transaction, drafts)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            values = draft.values
            is_free = values["kept_elsewhere"] or values["status"] in ("draft", "cancelled")
            if not is_free or values["paid"]:
                raise PreconditionError("ORDER_LIVE")

    def _take_parts_along(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """Shipments and payments are the order's owner's and account's."""
        moved = {
            draft.id: draft.values
            for draft in drafts
            if not draft.is_new and (draft.changed("owner_id") or draft.changed("account_id"))
        }
        for module in _PARTS if moved else ():
            kept = self._records[module]
            table = kept.resource.table
            theirs = sa.select(table.c.id).where(table.c.org_id == transaction.call.org_id, table.c.order_id.in_(moved))
            found = list(transaction.execute(theirs).scalars())
            parts = [Draft.of(row) for row in kept.lock(transaction, found, None, deleted=True).values()]
            for part in parts:
                order = moved[part.values["order_id"]]
                part.values |= {"owner_id": order["owner_id"], "account_id": order["account_id"]}
            kept.write(transaction, parts, keeps_owner=True)


def _today(transaction: Transaction) -> date:
    return datetime.now(transaction.call.organization.time_zone).date()


def _begin(transaction: Transaction, draft: Draft, today: date) -> None:
    """What a new order has that nothing was said of."""
    values = draft.values
    values["currency"] = values["currency"] or values["lump_sum_currency"] or transaction.call.organization.currency
    if draft.is_new:
        values["status"] = values["status"] or "draft"
        values["kept_elsewhere"] = values["status"] != "draft"
        values["order_date"] = values["order_date"] or today


def _refusals(draft: Draft) -> list[Violation]:
    values, before = draft.values, draft.before
    problems = []
    if values["lines"] and values["lump_sum"] is not None:
        problems.append(Violation("lump_sum", "NO_LINES_AND_SUM"))
    if values["lump_sum"] is not None and values["lump_sum_currency"] != values["currency"]:
        problems.append(Violation("lump_sum", "CURRENCY_DIFFERS", {"currency": values["currency"]}))
    if before is None or values["kept_elsewhere"]:
        return problems
    if draft.changed("status") and "status" in draft.given:
        problems.append(Violation("status", "STATUS_BY_METHOD"))
    if before["status"] != "draft":
        problems += [Violation(name, "ORDER_LOCKED") for name in _AGREED if name in draft.given and draft.changed(name)]
        if "lines" in draft.given:
            if given_of(values["lines"]) != given_of(before["lines"]):
                problems.append(Violation("lines", "ORDER_LOCKED"))
            values["lines"] = before["lines"]
    return problems


def _is_priced_anew(draft: Draft) -> bool:
    before = draft.before or {}
    same = given_of(draft.values["lines"]) == given_of(before["lines"])
    return not same or any(
        draft.changed(name) for name in ("currency", "discount_percent", "discount_amount", "lump_sum")
    )


def _price(values: dict[str, Any], known: Mapping[UUID, Any]) -> None:
    if values["lines"]:
        complete_lines(values, known)
        totals = compute(values)
    else:
        totals = Totals(rounded(values["lump_sum"] or ZERO, places_of(values["currency"])), ZERO, ZERO)
    set_totals(values, totals)
    set_margin(values, known)


def _settle(transaction: Transaction, values: dict[str, Any], today: date) -> None:
    """The total in the organization's currency, and what is to be paid."""
    own, currency = transaction.call.organization.currency, values["currency"]
    rate = rate_of(transaction, values, values["order_date"])
    base = None if rate is None else rounded(values["total"] * rate, places_of(own))
    set_money(values, "base_total", base, own)
    set_money(values, "paid", values["paid"] or ZERO, currency)
    found = settle(values, today)
    values["next_due_date"] = found["next_due_date"]
    set_money(values, "balance", found["balance"], currency)
    set_money(values, "overdue", found["overdue"], currency)


def _set_timer(transaction: Transaction, draft: Draft) -> None:
    """Look again when the next instalment's day has passed in the organization's time zone."""
    zone = transaction.call.organization.time_zone
    day = None if draft.values.get("delete_time") else next_look(draft.values, _today(transaction))
    if day is not None:
        due = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        schedule(transaction, TIMER, str(draft.id), due)
    elif not draft.is_new and draft.before and draft.before["status"] in BOUGHT:
        cancel_timer(transaction, TIMER, str(draft.id))


class Dues:
    """Handler of the timer: an order becomes overdue when a day passes."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    def fire(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Compute anew what is overdue; the event says when it has become so, or more."""
        kept = self._records["orders"]
        for row in kept.lock(transaction, [UUID(key)], None).values():
            draft = Draft.of(row)
            overdue = settle(draft.values, _today(transaction))["overdue"]
            # The rules compute it again; a draft that does not differ is not written.
            draft.values["overdue"] = overdue
            verb = "became_overdue" if overdue > (row["overdue"] or ZERO) else "updated"
            if not kept.write(transaction, [draft], verb):
                _set_timer(transaction, draft)


def order_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(orders_pb2.Order, orders, OrderHooks(records))
