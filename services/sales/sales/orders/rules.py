"""The states of an order, and what each step does to its lines and to stock: pure rules.

    draft → confirmed → partly shipped → shipped → completed
      ↑ ←────── ↓ reopen      ↓ cancel
      ↑ ←─── cancelled ←──────┘

A step takes the order's columns and those of its products, changes them, and raises PreconditionError where it may not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.errors import PreconditionError
from chassis.resources.lines import as_stored
from chassis.texts import register
from sales.stock.rules import available, plain, reserve

register(
    {
        "ORDER_IS_DRAFT": ("订单还是草稿，请先确认", "The order is a draft; confirm it first"),
        "ORDER_IS_CONFIRMED": ("订单已确认", "The order is confirmed already"),
        "ORDER_IS_PARTLY_SHIPPED": ("订单已部分发货", "A part of the order has left already"),
        "ORDER_IS_SHIPPED": ("订单已发货", "The order has left already"),
        "ORDER_IS_COMPLETED": ("订单已完成", "The order is completed already"),
        "ORDER_IS_CANCELLED": ("订单已取消", "The order is cancelled"),
        "ORDER_KEPT_ELSEWHERE": (
            "该订单由外部系统管理，状态请在那里修改",
            "The order is kept in another system; change its state there",
        ),
        "ORDER_EMPTY": ("订单没有明细，请先添加", "The order has no lines; add some first"),
        "STOCK_LACKING": ("库存不足：{what}", "Not enough in stock: {what}"),
        "SHIPMENT_TOO_LARGE": (
            "“{what}”只剩 {rest} 未发货",
            "Only {rest} of “{what}” wait to be shipped",
        ),
        "SHIPMENT_UNKNOWN_LINE": ("订单没有第 {line} 行", "The order has no line {line}"),
        "SHIPMENT_EMPTY": ("没有可发货的明细", "There is nothing to ship"),
        "ORDER_WAITS": (
            "仍有货物未发出，请先发货或取消",
            "Goods still wait to be shipped; ship them, or cancel the order",
        ),
        "ORDER_SHIPPED": ("已有货物发出，不能退回草稿", "Goods have left; it cannot be a draft again"),
    }
)

# States in which an order counts: somebody has bought.
BOUGHT = ("confirmed", "partly_shipped", "shipped", "completed")
OPEN = ("confirmed", "partly_shipped")
Lines = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Leaving:
    """What of a line leaves, and whether it was held in stock for the order."""

    line: dict[str, Any]
    quantity: Decimal
    is_reserved: bool


def confirm(order: dict[str, Any], products: Mapping[UUID, dict[str, Any]]) -> None:
    """Hold in stock what is ordered of tracked products; all of it, or nothing."""
    _require(order, "draft")
    if not order["lines"] and order.get("lump_sum") is None:
        raise PreconditionError("ORDER_EMPTY")
    wanted: dict[UUID, Decimal] = {}
    tracked = [line for line in order["lines"] if _is_tracked(line, products)]
    for line in tracked:
        product_id = UUID(line["product_id"])
        wanted[product_id] = wanted.get(product_id, Decimal(0)) + Decimal(line["quantity"])
    lacking = [
        f"{products[one]['name']} {plain(max(available(products[one]), Decimal(0)))} < {plain(quantity)}"
        for one, quantity in wanted.items()
        if available(products[one]) < quantity
    ]
    if lacking:
        raise PreconditionError("STOCK_LACKING", what="; ".join(lacking[:20]))
    for one, quantity in wanted.items():
        reserve(products[one], quantity)
    order["lines"] = [
        {**line, "shipped": 0, "reserved": line["quantity"] if line in tracked else 0} for line in order["lines"]
    ]
    order["status"] = "confirmed"


def ship(order: dict[str, Any], wanted: Sequence[Mapping[str, Any]]) -> list[Leaving]:
    """Note what leaves, all that waits where nothing is named; stock itself is moved by the movements of what leaves."""
    _require(order, *OPEN)
    lines = [dict(line) for line in order["lines"]]
    chosen = _chosen(lines, wanted) if wanted else [(line, waiting(line)) for line in lines if waiting(line) > 0]
    if not chosen:
        raise PreconditionError("SHIPMENT_EMPTY")
    leaving = []
    for line, quantity in chosen:
        if quantity > waiting(line):
            what = line.get("description") or line["id"]
            raise PreconditionError("SHIPMENT_TOO_LARGE", what=what, rest=plain(waiting(line)))
        is_reserved = Decimal(line.get("reserved") or 0) > 0
        line["shipped"] = as_stored(Decimal(line.get("shipped") or 0) + quantity)
        if is_reserved:
            line["reserved"] = as_stored(Decimal(line["reserved"]) - quantity)
        leaving.append(Leaving(line, quantity, is_reserved))
    order["lines"] = lines
    order["status"] = "partly_shipped" if any(waiting(line) > 0 for line in lines) else "shipped"
    return leaving


def complete(order: dict[str, Any]) -> None:
    """Done: all has left, or nothing of it is held in stock."""
    _require(order, "confirmed", "shipped")
    if order["status"] == "confirmed" and any(Decimal(line.get("reserved") or 0) > 0 for line in order["lines"]):
        raise PreconditionError("ORDER_WAITS")
    order["status"] = "completed"


def cancel(order: dict[str, Any], products: Mapping[UUID, dict[str, Any]]) -> None:
    """Called off: what is held is free again, what has left stays away."""
    _require(order, "draft", *OPEN)
    _release(order, products)
    order["status"] = "cancelled"


def reopen(order: dict[str, Any], products: Mapping[UUID, dict[str, Any]]) -> None:
    """A draft again."""
    _require(order, "confirmed", "cancelled")
    if any(Decimal(line.get("shipped") or 0) > 0 for line in order["lines"]):
        raise PreconditionError("ORDER_SHIPPED")
    _release(order, products)
    order["status"] = "draft"


def waiting(line: Mapping[str, Any]) -> Decimal:
    """What of a line has not left."""
    return Decimal(line["quantity"]) - Decimal(line.get("shipped") or 0)


def held(lines: Lines) -> set[UUID]:
    """Products of which something is held for these lines."""
    return {UUID(line["product_id"]) for line in lines if Decimal(line.get("reserved") or 0) > 0}


def _chosen(lines: Lines, wanted: Sequence[Mapping[str, Any]]) -> list[tuple[dict[str, Any], Decimal]]:
    by_id = {line["id"]: line for line in lines}
    found = []
    for one in wanted:
        name = one.get("line_id") or ""
        line = by_id.get(name)
        if line is None and not name:
            same = [item for item in lines if item.get("product_id") == one.get("product_id") and waiting(item) > 0]
            line = same[0] if same else None
        if line is None:
            raise PreconditionError("SHIPMENT_UNKNOWN_LINE", line=name or one.get("product_id") or "?")
        found.append((line, Decimal(one["quantity"])))
    if any(quantity <= 0 for _, quantity in found):
        raise PreconditionError("SHIPMENT_EMPTY")
    return found


def _release(order: dict[str, Any], products: Mapping[UUID, dict[str, Any]]) -> None:
    for line in order["lines"]:
        quantity = Decimal(line.get("reserved") or 0)
        if quantity > 0:
            reserve(products[UUID(line["product_id"])], -quantity)
    order["lines"] = [{**line, "reserved": 0} for line in order["lines"]]


def _is_tracked(line: Mapping[str, Any], products: Mapping[UUID, Mapping[str, Any]]) -> bool:
    product = products.get(UUID(line["product_id"])) if line.get("product_id") else None
    return product is not None and product["tracks_stock"] and Decimal(line["quantity"]) > 0


def _require(order: Mapping[str, Any], *states: str) -> None:
    if order.get("kept_elsewhere"):
        raise PreconditionError("ORDER_KEPT_ELSEWHERE")
    if order["status"] not in states:
        raise PreconditionError(f"ORDER_IS_{order['status'].upper()}")
