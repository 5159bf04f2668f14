"""Orders: what they come to, their way from draft to completed, and the stock that they hold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Event
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from chassis.database.schema import outbox, timers
from sales.orders.resource import TIMER
from sales.orders.table import orders
from tests.services.harness import Client, Refused, Running, Tenant, refused
from tests.services.test_stock import move, product, stock


@pytest.fixture
def seller(sales: Running, tenant: Tenant) -> Iterator[Client]:
    """The organization's administrator, calling sales."""
    made = sales.client(tenant)
    yield made
    made.close()


@pytest.fixture
def account(client: Client) -> str:
    """A customer."""
    found: str = client.call("CreateAccount", account={"name": "Heron"}).id
    return found


def line(product_id: str = "", quantity: str = "1", **fields: Any) -> dict[str, Any]:
    """A line of an order."""
    numbers = {name: {"value": value} for name, value in {"quantity": quantity, **fields}.items()}
    return {"product_id": product_id, **numbers} if product_id else {"description": "Freight", **numbers}


def order(client: Client, account: str, *lines: dict[str, Any], **fields: Any) -> Any:
    """One more order."""
    return client.call("CreateOrder", order={"account_id": account, "lines": lines, **fields})


def stocked(client: Client, quantity: str, name: str = "Terminal", **fields: Any) -> str:
    """A product of which so many are there."""
    made = product(client, name, price={"currency_code": "USD", "units": 10}, **fields)
    move(client, made.id, "receipt", quantity)
    found: str = made.id
    return found


def money(value: Any) -> Decimal:
    """An amount."""
    return Decimal(value.units) + Decimal(value.nanos) / 10**9


def day(value: date) -> dict[str, int]:
    """A date."""
    return {"year": value.year, "month": value.month, "day": value.day}


def pay(client: Client, order_id: str, units: int, kind: str = "payment", currency: str = "USD") -> Any:
    """One more payment."""
    wanted = {"order_id": order_id, "kind": kind, "amount": {"currency_code": currency, "units": units}}
    return client.call("CreatePayment", payment=wanted)


class TestCreateOrder:
    def test_anonymous(self, sales: Running) -> None:
        """Nobody orders without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(sales.port).call, "CreateOrder").code

    def test_of_another_organization(self, sales: Running, seller: Client, account: str) -> None:
        """An order of others is not there."""
        made = order(seller, account, line(quantity="1", unit_price="1"))
        stranger = sales.client(sales.tenants.make())
        assert "NOT_FOUND" == refused(stranger.call, "GetOrder", id=made.id).code

    def test_from_products(self, seller: Client, account: str) -> None:
        """A line takes from its product what it does not say; numbers and amounts are the server's."""
        chosen = product(
            seller,
            price={"currency_code": "USD", "units": 9, "nanos": 990_000_000},
            unit="pc",
            tax_rate={"value": "13"},
            cost={"currency_code": "USD", "units": 5},
        )
        made = order(seller, account, line(chosen.id, "3"), line(quantity="1", unit_price="7.5"))
        first, second = made.lines
        assert ("Terminal", "pc", "9.99", "13") == (
            first.description,
            first.unit,
            first.unit_price.value,
            first.tax_percent.value,
        )
        assert ("29.97", "3.9", "7.5", "0") == (
            first.amount.value,
            first.tax_amount.value,
            second.amount.value,
            second.tax_amount.value,
        )
        assert ["1", "2"] == [one.id for one in made.lines]
        assert [Decimal(text) for text in ("37.47", "0", "3.90", "41.37", "41.37", "15", "22.47")] == [
            money(amount)
            for amount in (
                made.subtotal, made.discount, made.tax, made.total, made.base_total, made.cost, made.margin,
            )
        ]  # fmt: skip
        assert ("draft", "USD") == (made.status, made.currency)
        following = order(seller, account, line(quantity="1", unit_price="1"))
        year = made.order_date.year
        assert [f"SO-{year}-00001", f"SO-{year}-00002"] == [made.number, following.number]

    @pytest.mark.parametrize(
        ("fields", "violation"),
        [
            (
                {"discount_percent": {"value": "5"}, "discount_amount": {"value": "1"}},
                ("discount_amount", "ONE_DISCOUNT"),
            ),
            ({"discount_amount": {"value": "11"}}, ("discount_amount", "DISCOUNT_TOO_HIGH")),
            ({"lump_sum": {"currency_code": "USD", "units": 1}}, ("lump_sum", "NO_LINES_AND_SUM")),
            ({"instalments": [{"note": "x"}]}, ("instalments[0].due_date", "REQUIRED")),
        ],
    )
    def test_wrong(self, seller: Client, account: str, fields: dict[str, Any], violation: tuple[str, str]) -> None:
        """The field that does not fit is named."""
        found = refused(order, seller, account, line(quantity="1", unit_price="10"), **fields).violations
        assert [violation] == found

    def test_kept_elsewhere(self, seller: Client, account: str) -> None:
        """A past order that a file brings in, without lines, touches no stock; its state is what the file says."""
        made = order(
            seller, account, status="completed", lump_sum={"currency_code": "USD", "units": 100}, number="OLD-7"
        )
        assert (True, "completed", Decimal(100)) == (made.kept_elsewhere, made.status, money(made.total))
        changed = seller.call("UpdateOrder", order={"id": made.id, "etag": made.etag, "status": "cancelled"})
        assert "cancelled" == changed.status
        assert "ORDER_KEPT_ELSEWHERE" == refused(seller.call, "ReopenOrder", id=made.id).reason

    def test_other_currencies(self, seller: Client, account: str) -> None:
        """In another currency an order is worth what the rate of its day says; without one it is not confirmed."""
        today = datetime.now(UTC).date()
        made = order(seller, account, line(quantity="2", unit_price="10.5"), currency="EUR", order_date=day(today))
        assert not made.HasField("base_total")
        assert "NO_RATE" == refused(seller.call, "ConfirmOrder", id=made.id).reason
        for days, rate in ((400, "1.1"), (10, "1.2345"), (-10, "9")):
            wanted = {"currency": "EUR", "valid_from": day(today - timedelta(days=days)), "rate": {"value": rate}}
            seller.call("CreateExchangeRate", exchange_rate=wanted)
        confirmed = seller.call("ConfirmOrder", id=made.id)
        assert (Decimal("25.92"), "1.2345") == (money(confirmed.base_total), confirmed.exchange_rate.value)

    def test_of_scope(self, sales: Running, seller: Client, tenant: Tenant, account: str) -> None:
        """Another's order is not there for who sees only their own, and neither are its figures in sums."""
        order(seller, account, status="completed", lump_sum={"currency_code": "USD", "units": 100})
        tenant.role("own", [("orders", "*", "own"), ("accounts", "view", "all")])
        own = sales.client(tenant, tenant.user("O", "own"))
        assert 0 == own.call("ListOrders").total_size
        assert 0 == own.call("GetPurchaseHistory", account_id=account).order_count
        assert 1 == seller.call("GetPurchaseHistory", account_id=account).order_count


class TestConfirmOrder:
    def test_reserves(self, seller: Client, account: str) -> None:
        """What is ordered is held in stock; repeated, the request holds it once."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"), line(chosen, "2.5"), line(quantity="9", unit_price="1"))
        for _ in range(2):
            found = seller.call("ConfirmOrder", id=made.id, etag=made.etag, request_id="confirm-1")
        assert ("confirmed", ["4", "2.5", "0"]) == (found.status, [one.reserved.value for one in found.lines])
        assert [10, Decimal("6.5"), Decimal("3.5")] == stock(seller, chosen)

    def test_lacking(self, seller: Client, account: str) -> None:
        """Of what is not there nothing is held: the refusal names the products and what is available."""
        first, second = stocked(seller, "10", "A"), stocked(seller, "1", "B")
        made = order(seller, account, line(first, "4"), line(second, "2"))
        refusal = refused(seller.call, "ConfirmOrder", id=made.id)
        assert ("STOCK_LACKING", "B 1 < 2") == (refusal.reason, refusal.details["what"])
        assert [[10, 0, 10], [1, 0, 1]] == [stock(seller, one) for one in (first, second)]

    def test_stale(self, seller: Client, account: str) -> None:
        """Who saw another version does not confirm this one."""
        made = order(seller, account, line(quantity="1", unit_price="1"))
        assert "ABORTED" == refused(seller.call, "ConfirmOrder", id=made.id, etag="9").code

    def test_locked(self, seller: Client, account: str) -> None:
        """A confirmed order's lines stay; the same lines again, without what the server computed, change nothing."""
        made = order(seller, account, line(quantity="1", unit_price="3"))
        confirmed = seller.call("ConfirmOrder", id=made.id)
        wanted = {"id": made.id, "etag": confirmed.etag, "lines": [line(quantity="2", unit_price="3")]}
        refusal = refused(seller.call, "UpdateOrder", order=wanted, update_mask={"paths": ["lines"]})
        assert [("lines", "ORDER_LOCKED")] == refusal.violations
        same = {**wanted, "lines": [{**line(quantity="1", unit_price="3"), "id": "1"}]}
        found = seller.call("UpdateOrder", order=same, update_mask={"paths": ["lines"]})
        assert (confirmed.etag, "3") == (found.etag, found.lines[0].amount.value)
        by_hand = {"id": made.id, "etag": found.etag, "status": "draft"}
        assert [("status", "STATUS_BY_METHOD")] == refused(seller.call, "UpdateOrder", order=by_hand).violations
        assert "ORDER_LIVE" == refused(seller.call, "DeleteOrder", id=made.id).reason

    def test_never_oversold(self, sales: Running, seller: Client, tenant: Tenant, account: str) -> None:
        """100 orders at once for the last 10 pieces, of two products in either order: exactly 10 are confirmed."""
        first, second = stocked(seller, "10", "A"), stocked(seller, "10", "B")
        wanted = []
        for number in range(100):
            pair = (first, second) if number % 2 else (second, first)
            wanted.append(order(seller, account, *(line(one, "1") for one in pair)).id)

        later = Event()

        def confirm(order_id: str) -> str:
            # The server sheds more than it has threads for; who is turned away comes again, as the web client does.
            deadline = monotonic() + 60
            while True:
                try:
                    return str(seller.call("ConfirmOrder", id=order_id, request_id=order_id, timeout=60).status)
                except Refused as error:
                    if error.code != "RESOURCE_EXHAUSTED" or monotonic() > deadline:
                        return error.reason or error.code
                    later.wait(0.1)

        with ThreadPoolExecutor(100) as pool:
            found = list(pool.map(confirm, wanted))
        assert (10, 90) == (found.count("confirmed"), found.count("STOCK_LACKING")), found
        assert [[10, 10, 0]] * 2 == [stock(seller, one) for one in (first, second)]


class TestShipOrder:
    def test_parts(self, seller: Client, account: str) -> None:
        """A part leaves, then the rest: order, stock, movements and shipments agree; then it is completed."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"), line(quantity="1", unit_price="5"))
        seller.call("ConfirmOrder", id=made.id)
        wanted = {
            "carrier": "SF",
            "tracking_number": "SF1",
            "lines": [{"line_id": "1", "quantity": {"value": "3"}}],
        }
        for _ in range(2):
            found = seller.call("ShipOrder", id=made.id, shipment=wanted, request_id="ship-1")
        assert ("partly_shipped", ["3", "0"]) == (found.status, [one.shipped.value for one in found.lines])
        assert [7, 1, 6] == stock(seller, chosen)
        assert "ORDER_IS_PARTLY_SHIPPED" == refused(seller.call, "CompleteOrder", id=made.id).reason
        found = seller.call("ShipOrder", id=made.id)
        assert "shipped" == found.status
        assert [6, 0, 6] == stock(seller, chosen)
        shipments = seller.call("ListShipments", filter=f'order_id = "{made.id}"', order_by="number").shipments
        assert [f"{made.number}-1", f"{made.number}-2"] == [one.number for one in shipments]
        assert ("SF1", account, ["3"]) == (
            shipments[0].tracking_number,
            shipments[0].account_id,
            [one.quantity.value for one in shipments[0].lines],
        )
        movements = seller.call("ListStockMovements", filter="kind = issue").stock_movements
        assert sorted(["1", "3"]) == sorted(one.quantity.value for one in movements)
        assert {one.id for one in shipments} == {one.shipment_id for one in movements}
        assert "completed" == seller.call("CompleteOrder", id=made.id).status

    def test_too_much(self, seller: Client, account: str) -> None:
        """More than waits does not leave."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"))
        assert "ORDER_IS_DRAFT" == refused(seller.call, "ShipOrder", id=made.id).reason
        seller.call("ConfirmOrder", id=made.id)
        wanted = {"lines": [{"product_id": chosen, "quantity": {"value": "5"}}]}
        refusal = refused(seller.call, "ShipOrder", id=made.id, shipment=wanted)
        assert ("SHIPMENT_TOO_LARGE", "4") == (refusal.reason, refusal.details["rest"])
        assert [10, 4, 6] == stock(seller, chosen)

    def test_by_an_erp(self, seller: Client, account: str) -> None:
        """An ERP sends shipments by its own numbers: sent twice, the goods leave once; what left stays as it was."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"))
        seller.call("ConfirmOrder", id=made.id)
        wanted = {"order_id": made.id, "external_ids": {"erp": "S1"}, "carrier": "DHL"}
        for created in (1, 0):
            found = seller.call("BatchUpsertShipments", shipments=[wanted], match_system="erp")
            assert created == found.created
        assert [6, 0, 6] == stock(seller, chosen)
        wrong = {**wanted, "lines": [{"line_id": "1", "quantity": {"value": "1"}}]}
        refusal = refused(seller.call, "BatchUpsertShipments", shipments=[wrong], match_system="erp")
        assert [("lines", "SHIPMENT_IS_FINAL")] == refusal.violations

    def test_without_the_right(self, sales: Running, seller: Client, tenant: Tenant, account: str) -> None:
        """Who edits orders ships them only with the right to make shipments."""
        made = order(seller, account, line(quantity="1", unit_price="1"))
        tenant.role("clerk", [("orders", "view", "all"), ("orders", "edit", "all")])
        clerk = sales.client(tenant, tenant.user("C", "clerk"))
        assert "SHIP_DENIED" == refused(clerk.call, "ShipOrder", id=made.id).reason


class TestCancelOrder:
    def test_gives_free(self, seller: Client, account: str) -> None:
        """What waits is free again, what left stays away; the reason is kept."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"))
        seller.call("ConfirmOrder", id=made.id)
        seller.call("ShipOrder", id=made.id, shipment={"lines": [{"line_id": "1", "quantity": {"value": "1"}}]})
        found = seller.call("CancelOrder", id=made.id, reason="Not needed")
        assert ("cancelled", "Not needed") == (found.status, found.cancel_reason)
        assert [9, 0, 9] == stock(seller, chosen)
        assert "ORDER_SHIPPED" == refused(seller.call, "ReopenOrder", id=made.id).reason

    def test_reopened(self, seller: Client, account: str) -> None:
        """A confirmed order becomes a draft again, to be changed and confirmed anew."""
        chosen = stocked(seller, "10")
        made = order(seller, account, line(chosen, "4"))
        seller.call("ConfirmOrder", id=made.id)
        found = seller.call("ReopenOrder", id=made.id)
        assert "draft" == found.status
        assert [10, 0, 10] == stock(seller, chosen)
        wanted = {"id": made.id, "etag": found.etag, "lines": [line(chosen, "9")]}
        seller.call("UpdateOrder", order=wanted, update_mask={"paths": ["lines"]})
        seller.call("ConfirmOrder", id=made.id)
        assert [10, 9, 1] == stock(seller, chosen)


class TestPayments:
    def test_balance(self, seller: Client, account: str) -> None:
        """Payments and refunds add up on the order; one that is deleted counts no more."""
        made = order(seller, account, line(quantity="1", unit_price="100"))
        first = pay(seller, made.id, 60)
        pay(seller, made.id, 10, "refund")
        found = seller.call("GetOrder", id=made.id)
        assert (Decimal(50), Decimal(50), account) == (money(found.paid), money(found.balance), first.account_id)
        assert "REFUND_TOO_HIGH" == refused(pay, seller, made.id, 51, "refund").reason
        refusal = refused(pay, seller, made.id, 1, "payment", "EUR")
        assert [("amount", "CURRENCY_DIFFERS")] == refusal.violations
        assert "REFUND_TOO_HIGH" == refused(seller.call, "DeletePayment", id=first.id).reason
        second = pay(seller, made.id, 20)
        seller.call("DeletePayment", id=second.id)
        assert Decimal(50) == money(seller.call("GetOrder", id=made.id).balance)

    def test_becomes_overdue(self, sales: Running, seller: Client, tenant: Tenant, account: str) -> None:
        """An instalment that is not paid when its day has passed makes the order overdue, and an event says so."""
        today = datetime.now(UTC).date()
        plan = [
            {"due_date": day(today - timedelta(days=9)), "amount": {"value": "30"}},
            {"due_date": day(today + timedelta(days=1)), "amount": {"value": "20"}},
            {"due_date": day(today + timedelta(days=30))},
        ]
        made = order(seller, account, line(quantity="1", unit_price="100"), instalments=plan)
        assert 0 == money(made.overdue)
        confirmed = seller.call("ConfirmOrder", id=made.id)
        assert (Decimal(30), today - timedelta(days=9)) == (
            money(confirmed.overdue),
            date(confirmed.next_due_date.year, confirmed.next_due_date.month, confirmed.next_due_date.day),
        )
        pay(seller, made.id, 40)
        assert 0 == money(seller.call("GetOrder", id=made.id).overdue)
        # As if it had been written before the first instalment's day.
        begin = sales.service.control_plane.system_call
        with sales.service.database.write(begin(tenant.id, method="test")) as transaction:
            mine = (orders.c.org_id == tenant.id, orders.c.id == UUID(made.id))
            transaction.execute(sa.update(orders).where(*mine).values(paid=5, balance=95, overdue=0))
            due = transaction.execute(
                sa.select(timers.c.due_time).where(timers.c.org_id == tenant.id, timers.c.key == made.id)
            ).scalar_one()
        assert time(0) == due.astimezone(ZoneInfo("Asia/Shanghai")).time()
        with sales.service.database.write(begin(tenant.id, method="test")) as transaction:
            sales.service.timers[TIMER](transaction, made.id, {})
        assert Decimal(25) == money(seller.call("GetOrder", id=made.id).overdue)
        with sales.service.database.write(begin(tenant.id, method="test")) as transaction:
            told = transaction.execute(
                sa.select(outbox.c.subject).where(outbox.c.org_id == tenant.id, outbox.c.resource == "sales.Order")
            ).scalars()
            assert "guanxi.sales.order.became_overdue" in set(told)


def test_purchase_history(seller: Client, account: str) -> None:
    """What an account bought by year and product, after discounts, in the organization's currency; drafts do not count."""
    chosen = stocked(seller, "100")
    for year, quantity in ((2025, "10"), (2026, "5"), (2026, "1")):
        made = order(
            seller,
            account,
            line(chosen, quantity),
            line(quantity="1", unit_price="10"),
            order_date={"year": year, "month": 3, "day": 1},
            discount_percent={"value": "10"},
        )
        seller.call("ConfirmOrder", id=made.id)
    order(seller, account, line(chosen, "50"))
    found = seller.call("GetPurchaseHistory", account_id=account)
    assert (3, Decimal(171)) == (found.order_count, money(found.total))
    assert [(2026, 2, Decimal(72)), (2025, 1, Decimal(99))] == [
        (one.year, one.order_count, money(one.total)) for one in found.years
    ]
    assert [("Terminal", "16", Decimal(144)), ("Freight", "3", Decimal(27))] == [
        (one.description, one.quantity.value, money(one.total)) for one in found.products
    ]


def test_parts_follow_their_order(sales: Running, seller: Client, tenant: Tenant, account: str) -> None:
    """An order given to somebody else takes its shipments and payments along."""
    made = order(seller, account, line(quantity="1", unit_price="100"))
    seller.call("ConfirmOrder", id=made.id)
    shipped = seller.call("ShipOrder", id=made.id)
    pay(seller, made.id, 10)
    other = str(tenant.user("Other", "administrator"))
    etag = seller.call("GetOrder", id=made.id).etag
    seller.call("UpdateOrder", order={"id": made.id, "etag": etag, "owner_id": other})
    assert shipped.owner_id != other
    assert [other] == [one.owner_id for one in seller.call("ListShipments").shipments]
    assert [other] == [one.owner_id for one in seller.call("ListPayments").payments]
