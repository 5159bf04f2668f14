"""What callers may not do with orders: write what the server alone writes of lines, and learn of orders they do not see."""

from typing import Any

import pytest

from chassis.ids import uuid7
from tests.services.harness import Client, Running, Tenant, refused
from tests.services.test_orders import account, line, order, pay, seller, stocked
from tests.services.test_stock import stock

__all__ = ["account", "seller"]
INVENTED = {name: {"value": value} for name, value in {"reserved": "1000", "shipped": "-7", "amount": "0.01"}.items()}


def update(client: Client, made: Any, lines: list[Any]) -> Any:
    """The order with these lines."""
    wanted = {"id": made.id, "etag": made.etag, "lines": lines}
    return client.call("UpdateOrder", order=wanted, update_mask={"paths": ["lines"]})


def upsert(client: Client, made: Any, lines: list[Any]) -> Any:
    """The same, as other systems do."""
    return client.call("BatchUpsertOrders", orders=[{"id": made.id, "lines": lines}]).orders[0]


class TestComputedFieldsOfLines:
    def test_created(self, seller: Client, account: str) -> None:
        """A new order's lines hold nothing of what their maker says of stock, and cost what they cost."""
        product_id = stocked(seller, "5")
        made = order(seller, account, {**line(product_id), **INVENTED})
        (found,) = made.lines
        assert ("10", False, False) == (found.amount.value, found.HasField("reserved"), found.HasField("shipped"))
        seller.call("CancelOrder", id=made.id)
        assert [5, 0, 5] == stock(seller, product_id)

    @pytest.mark.parametrize("write", [update, upsert])
    @pytest.mark.parametrize("quantity", ["1", "2"])
    def test_changed(self, seller: Client, account: str, write: Any, quantity: str) -> None:
        """Nor do a draft's, whether the line is another or the same: no stock comes of cancelling it."""
        product_id = stocked(seller, "5")
        made = order(seller, account, line(product_id))
        (sent,) = made.lines
        sent.quantity.value = quantity
        for name, value in INVENTED.items():
            getattr(sent, name).value = value["value"]
        changed = write(seller, made, [sent])
        (found,) = changed.lines
        assert str(10 * int(quantity)) == found.amount.value
        assert not found.HasField("reserved")
        assert not found.HasField("shipped")
        seller.call("CancelOrder", id=made.id)
        assert [5, 0, 5] == stock(seller, product_id)

    def test_without_a_product(self, seller: Client, account: str) -> None:
        """Nothing is held for a line that names no product, whoever says so."""
        made = order(seller, account, line(unit_price="1"))
        (found,) = made.lines
        found.reserved.value = "1"
        changed = update(seller, made, [found])
        assert "cancelled" == seller.call("CancelOrder", id=changed.id).status

    @pytest.mark.parametrize("write", [update, upsert])
    def test_sent_back_as_read(self, seller: Client, account: str, write: Any) -> None:
        """Lines as they were read change nothing: neither a draft's amounts nor what a confirmed order holds."""
        product_id = stocked(seller, "5")
        made = order(seller, account, line(product_id, "2"), line(unit_price="1"))
        assert made == write(seller, made, list(made.lines))
        confirmed = seller.call("ConfirmOrder", id=made.id)
        assert confirmed == write(seller, confirmed, list(confirmed.lines))
        assert [5, 2, 3] == stock(seller, product_id)

    def test_shipment_sent_back_as_read(self, seller: Client, account: str) -> None:
        """A shipment's lines, too, which the server describes."""
        made = order(seller, account, line(stocked(seller, "5")))
        seller.call("ConfirmOrder", id=made.id)
        shipment = seller.call("CreateShipment", shipment={"order_id": made.id})
        wanted = {"id": shipment.id, "etag": shipment.etag, "lines": list(shipment.lines), "carrier": "SF"}
        changed = seller.call("UpdateShipment", shipment=wanted, update_mask={"paths": ["lines", "carrier"]})
        assert (list(shipment.lines), "SF") == (list(changed.lines), changed.carrier)


class TestPaymentsOfOrdersOutOfSight:
    def test_refused(self, sales: Running, tenant: Tenant, seller: Client, account: str) -> None:
        """An order that the caller does not see answers as one that is not there, whatever the payment's currency."""
        made = order(seller, account, line(unit_price="5"), currency="EUR")
        scopes = [("orders", "*", "own"), ("payments", "*", "own"), ("accounts", "*", "all")]
        tenant.role("clerk", scopes)
        clerk = sales.client(tenant, tenant.user("C", "clerk"))
        for order_id, currency in [(made.id, "USD"), (made.id, "EUR"), (str(uuid7()), "USD")]:
            refusal = refused(pay, clerk, order_id, 1, currency=currency)
            assert [("order_id", "UNKNOWN_REFERENCE")] == refusal.violations, (order_id, currency)

    def test_moved(self, sales: Running, tenant: Tenant, seller: Client, account: str) -> None:
        """A payment is not moved to such an order either; it may be changed otherwise."""
        theirs = order(seller, account, line(unit_price="5"))
        tenant.role("clerk", [("orders", "*", "own"), ("payments", "*", "own"), ("accounts", "*", "all")])
        clerk = sales.client(tenant, tenant.user("C", "clerk"))
        paid = pay(clerk, order(clerk, account, line(unit_price="5")).id, 1)

        def update_payment(**fields: str) -> Any:
            wanted = {"id": paid.id, "etag": paid.etag, **fields}
            return clerk.call("UpdatePayment", payment=wanted, update_mask={"paths": list(fields)})

        refusal = refused(update_payment, order_id=theirs.id)
        assert [("order_id", "UNKNOWN_REFERENCE")] == refusal.violations
        assert "By bank" == update_payment(note="By bank").note
