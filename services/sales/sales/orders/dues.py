"""What of an order is to be paid, and when: pure rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from chassis.errors import Violation
from chassis.texts import register
from sales.orders.rules import BOUGHT

register(
    {
        "ONE_REST": ("只能有一期不填金额", "Only one instalment may leave its amount out"),
        "PLAN_EXCEEDS_TOTAL": (
            "付款计划合计 {planned}，超过订单合计 {total}",
            "The payment plan comes to {planned}, which is more than the total of {total}",
        ),
    }
)
Plan = list[tuple[date, Decimal]]


def plan_of(values: Mapping[str, Any]) -> Plan:
    """Days and amounts, by day; an instalment without an amount asks for the rest of the total."""
    given = values["instalments"]
    named = sum((Decimal(one["amount"]) for one in given if "amount" in one), Decimal(0))
    rest = max((values["total"] or Decimal(0)) - named, Decimal(0))
    return sorted((date.fromisoformat(one["due_date"]), Decimal(one.get("amount", rest))) for one in given)


def wrong_plan(values: Mapping[str, Any]) -> list[Violation]:
    """A plan that is more than the order, or that has two rests."""
    given = values["instalments"]
    if sum("amount" not in one for one in given) > 1:
        return [Violation("instalments", "ONE_REST")]
    planned, total = sum((amount for _, amount in plan_of(values)), Decimal(0)), values["total"] or Decimal(0)
    if planned > total:
        figures = {"planned": format(planned, "f"), "total": format(total, "f")}
        return [Violation("instalments", "PLAN_EXCEEDS_TOTAL", figures)]
    return []


def settle(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Balance, what is overdue, and the first day on which something unpaid is due.

    Payments count for the instalments in the order of their days. An instalment is overdue from the day after its own.
    """
    paid, total = values["paid"] or Decimal(0), values["total"]
    if values["status"] == "cancelled":
        return {"balance": -paid, "overdue": Decimal(0), "next_due_date": None}
    balance = (total or Decimal(0)) - paid
    overdue, first, asked = Decimal(0), None, Decimal(0)
    if values["status"] in BOUGHT:
        for day, amount in plan_of(values):
            asked += amount
            if asked > paid and amount > 0:
                first = first or day
                if day < today:
                    overdue = asked - paid
    return {"balance": balance, "overdue": min(overdue, max(balance, Decimal(0))), "next_due_date": first}


def next_look(values: Mapping[str, Any], today: date) -> date | None:
    """The next instalment's day after which what is overdue may grow."""
    if values["status"] not in BOUGHT or (values["balance"] or 0) <= 0:
        return None
    return next((day for day, _ in plan_of(values) if day >= today), None)
