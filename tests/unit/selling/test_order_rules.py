"""The states of orders: whatever is tried in whatever order, stock is promised once and no goods come from nowhere."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from chassis.errors import PreconditionError
from sales.orders import rules
from sales.stock.rules import counted, move, take_reserved

PRODUCTS = [UUID(int=number) for number in range(1, 4)]
QUANTITIES = st.integers(1, 8).map(Decimal)
# What may follow upon what.
FOLLOWING = {
    "draft": {"confirmed", "cancelled"},
    "confirmed": {"partly_shipped", "shipped", "completed", "cancelled", "draft"},
    "partly_shipped": {"partly_shipped", "shipped", "cancelled"},
    "shipped": {"completed"},
    "completed": set(),
    "cancelled": {"draft"},
}


class Orders(RuleBasedStateMachine):
    """Orders of three products; the third is a service, of which nothing is kept in stock."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.all: list[dict[str, Any]] = []
        # Product → receipts less issues by hand.
        self.products: dict[UUID, dict[str, Any]] = {}
        self.received = dict.fromkeys(PRODUCTS, Decimal(0))

    @initialize(stock=st.lists(st.integers(0, 12), min_size=3, max_size=3))
    def fill(self, stock: list[int]) -> None:
        self.products = {
            product: {
                "name": str(product.int),
                "tracks_stock": product != PRODUCTS[2],
                **counted(Decimal(0), Decimal(0)),
            }
            for product in PRODUCTS
        }
        for product, quantity in zip(PRODUCTS[:2], stock, strict=False):
            self._move(product, "receipt", Decimal(quantity + 1))

    def _move(self, product: UUID, kind: str, quantity: Decimal) -> None:
        if move(self.products[product], kind, quantity) is None:
            self.received[product] += quantity if kind == "receipt" else -quantity

    @rule(target=orders, lines=st.lists(st.tuples(st.sampled_from(PRODUCTS), QUANTITIES), min_size=1, max_size=4))
    def draft(self, lines: list[tuple[UUID, Decimal]]) -> Any:
        made = [
            {"id": str(number), "product_id": str(product), "quantity": quantity}
            for number, (product, quantity) in enumerate(lines, 1)
        ]
        self.all.append({"status": "draft", "lines": made, "lump_sum": None, "kept_elsewhere": False})
        return multiple(len(self.all) - 1)

    @rule(product=st.sampled_from(PRODUCTS), kind=st.sampled_from(["receipt", "issue"]), quantity=QUANTITIES)
    def by_hand(self, product: UUID, kind: str, quantity: Decimal) -> None:
        self._move(product, kind, quantity)

    @rule(number=orders, step=st.sampled_from(["confirm", "cancel", "reopen", "complete"]))
    def step(self, number: int, step: str) -> None:
        take = getattr(rules, step)
        self._try(number, lambda order: take(order) if step == "complete" else take(order, self.products))

    @rule(number=orders, parts=st.lists(st.tuples(st.integers(1, 4), QUANTITIES), max_size=3))
    def ship(self, number: int, parts: list[tuple[int, Decimal]]) -> None:
        wanted = [{"line_id": str(line), "quantity": quantity} for line, quantity in parts]

        def leave(order: dict[str, Any]) -> None:
            for one in rules.ship(order, wanted):
                if one.is_reserved:
                    take_reserved(self.products[UUID(one.line["product_id"])], one.quantity)

        self._try(number, leave)

    def _try(self, number: int, step: Any) -> None:
        """As a transaction does: what is refused changes nothing."""
        before, stock = self.all[number], {key: dict(value) for key, value in self.products.items()}
        order = dict(before)
        try:
            step(order)
        except PreconditionError:
            assert stock == self.products
            return
        assert order["status"] in FOLLOWING[before["status"]]
        self.all[number] = order

    @invariant()
    def never_oversold(self) -> None:
        """What is promised is there."""
        for product in self.products.values() if self.all else ():
            assert product["reserved"] >= 0
            assert product["on_hand"] >= product["reserved"]
            assert product["available"] == product["on_hand"] - product["reserved"]

    @invariant()
    def adds_up(self) -> None:
        """What is reserved is what open orders wait for; what came is on hand or has left."""
        for product in PRODUCTS[:2] if self.all else ():
            lines = [
                (order, line) for order in self.all for line in order["lines"] if line["product_id"] == str(product)
            ]
            waiting = sum(rules.waiting(line) for order, line in lines if order["status"] in rules.OPEN)
            shipped = sum(Decimal(line.get("shipped") or 0) for _, line in lines)
            assert waiting == self.products[product]["reserved"]
            assert self.received[product] == self.products[product]["on_hand"] + shipped

    @invariant()
    def as_its_lines_say(self) -> None:
        """An order's state is what has left of its lines."""
        for order in self.all:
            shipped = [Decimal(line.get("shipped") or 0) for line in order["lines"]]
            assert all(0 <= done <= line["quantity"] for done, line in zip(shipped, order["lines"], strict=True))
            if order["status"] in ("draft", "confirmed"):
                assert not any(shipped)
            elif order["status"] == "shipped":
                assert not any(rules.waiting(line) for line in order["lines"])
            elif order["status"] == "partly_shipped":
                assert any(shipped)
                assert any(rules.waiting(line) for line in order["lines"])


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
