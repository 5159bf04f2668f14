"""What orders come to, and which class that is: pure rules."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

# States in which somebody has bought.
BOUGHT = frozenset({"confirmed", "partly_shipped", "shipped", "completed"})
# Class and threshold, the highest first.
Classes = Sequence[tuple[UUID, Decimal]]


def class_of(total: Decimal | None, classes: Classes) -> UUID | None:
    """The highest class whose threshold is reached; none for who has bought nothing."""
    if not total or total <= 0:
        return None
    return next((found for found, threshold in classes if total >= threshold), None)


def rolled_up(orders: Sequence[Any], currency: str) -> dict[str, Any]:
    """The account's columns from the rows of its orders."""
    bought = [order for order in orders if order.status in BOUGHT and not order.deleted]
    if not bought:
        return {"order_count": 0, "last_order_date": None} | _money("order_sum", None) | _money("overdue_sum", None)
    overdue = sum((order.overdue for order in bought), Decimal(0))
    return {
        "order_count": len(bought),
        "last_order_date": max((order.order_date for order in bought if order.order_date), default=None),
        **_money("order_sum", sum((order.total for order in bought), Decimal(0)), currency),
        **_money("overdue_sum", overdue or None, currency),
    }


def _money(name: str, amount: Decimal | None, currency: str = "") -> dict[str, Any]:
    return {name: amount, f"{name}_currency": None if amount is None else currency}
