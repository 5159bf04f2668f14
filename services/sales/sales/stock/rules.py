"""What movements do to stock: pure rules about quantities."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chassis.errors import Violation
from chassis.texts import register

register(
    {
        "MOVEMENT_IS_FINAL": (
            "库存变动记录后不能修改，请另记一笔调整",
            "A stock movement stays as it is; set it right by a correction",
        ),
        "STOCK_NOT_TRACKED": (
            "该产品未启用“管理库存”，请先在产品中启用",
            "The product's stock is not tracked; turn on “Track stock” first",
        ),
        "STOCK_SHORT": ("可用库存只有 {available}", "Only {available} is available"),
        "ABOVE_ZERO": ("“{field}”必须大于 0", "“{field}” must be above 0"),
        "NOT_ZERO": ("“{field}”不能为 0", "“{field}” must not be 0"),
    }
)


def counted(on_hand: Decimal, reserved: Decimal) -> dict[str, Decimal]:
    """The columns of a product's stock."""
    return {"on_hand": on_hand, "reserved": reserved, "available": on_hand - reserved}


def effect_of(kind: str, quantity: Decimal) -> Decimal:
    """What a movement adds to what is on hand."""
    return -quantity if kind == "issue" else quantity


def wrong(kind: str, quantity: Decimal) -> Violation | None:
    """A quantity that its kind of movement does not take."""
    if kind == "correction":
        return Violation("quantity", "NOT_ZERO") if quantity == 0 else None
    return Violation("quantity", "ABOVE_ZERO") if quantity <= 0 else None


def move(product: dict[str, Any], kind: str, quantity: Decimal) -> Violation | None:
    """Move goods of a product. Who issues takes what nobody has reserved; a count may find less than that."""
    if not product["tracks_stock"]:
        return Violation("product_id", "STOCK_NOT_TRACKED")
    on_hand, reserved = _stock(product)
    after = on_hand + effect_of(kind, quantity)
    least = reserved if kind == "issue" else Decimal(0)
    if after < least and after < on_hand:
        return Violation("quantity", "STOCK_SHORT", {"available": plain(on_hand - least)})
    product |= counted(after, reserved)
    return None


def reserve(product: dict[str, Any], quantity: Decimal) -> None:
    """Promise goods to an order; below 0 it gives them free again."""
    on_hand, reserved = _stock(product)
    product |= counted(on_hand, reserved + quantity)


def take_reserved(product: dict[str, Any], quantity: Decimal) -> None:
    """Goods that were reserved leave."""
    on_hand, reserved = _stock(product)
    product |= counted(on_hand - quantity, reserved - quantity)


def available(product: Mapping[str, Any]) -> Decimal:
    """What may still be promised."""
    on_hand, reserved = _stock(product)
    return on_hand - reserved


def plain(number: Decimal) -> str:
    """As people write it: 3, not 3.00 and not 3E+0."""
    return format(number.normalize(), "f")


def _stock(product: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    return product["on_hand"] or Decimal(0), product["reserved"] or Decimal(0)
