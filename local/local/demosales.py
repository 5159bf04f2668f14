"""What a demo organization has sold: goods in stock, two years of orders, and the classes of who ordered them."""

import random
from datetime import date, timedelta
from typing import Any

from local.demodata import CURRENCY, Demo, uuid7

_ORDERS = 140
_CARRIED = ("hardware", "硬件")
_CLASSES = (("A 级 Class A", 400_000, "red"), ("B 级 Class B", 100_000, "orange"), ("C 级 Class C", 1, "gray"))


def add_sales(demo: Demo, source: random.Random, today: date) -> None:
    """Stock, orders and spending classes around the products and accounts that are there."""
    demo.spending_classes += [
        {"id": uuid7(source), "name": name, "threshold": str(threshold), "color": color}
        for name, threshold, color in _CLASSES
    ]
    for product in demo.products:
        price = float(product["price"]["amount"])
        is_carried = any(word in product["category"].lower() for word in _CARRIED)
        product |= {
            "unit": "台" if is_carried else "套",
            "tax_rate": "13" if is_carried else "6",
            "cost": {"currency_code": CURRENCY, "amount": f"{price * source.uniform(0.3, 0.6):.2f}"},
            "tracks_stock": is_carried,
        }
        if is_carried:
            demo.stock_movements.append(
                {
                    "id": uuid7(source),
                    "product_id": product["id"],
                    "kind": "receipt",
                    "quantity": str(source.randrange(4, 30) * 10),
                    "reason": "期初库存 Opening stock",
                }
            )
    # A few customers order again and again, most once or twice.
    regulars = source.sample(demo.accounts, 12)
    for number in range(_ORDERS):
        demo.orders.append(_order(demo, source, today, source.choice(regulars if number % 3 else demo.accounts)))


def _order(demo: Demo, source: random.Random, today: date, account: dict[str, Any]) -> dict[str, Any]:
    day = today - timedelta(days=source.randrange(1, 730))
    is_recent = day > today - timedelta(days=14)
    chosen = source.sample(demo.products, source.choice((1, 1, 2, 3)))
    return {
        "id": uuid7(source),
        "account_id": account["id"],
        "owner_id": account["owner_id"],
        # What is begun elsewhere touches no stock; recent ones are drafts, to be confirmed and shipped by hand.
        "status": "draft" if is_recent else "cancelled" if source.random() < 0.05 else "completed",
        "currency": CURRENCY,
        "order_date": day.isoformat(),
        "lines": [
            {
                "product_id": product["id"],
                "quantity": str(source.choice((1, 1, 2, 3, 5))),
                **({"discount_percent": str(source.choice((5, 10)))} if source.random() < 0.3 else {}),
            }
            for product in chosen
        ],
        **_plan(source, day),
    }


def _plan(source: random.Random, day: date) -> dict[str, Any]:
    if source.random() < 0.75:
        return {}
    return {"instalments": [{"due_date": (day + timedelta(days=30)).isoformat()}]}
