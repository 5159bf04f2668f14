"""What accounts have bought: added up from orders' events, and the class that follows from it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.schema import outbox, timers
from customers.purchases.handlers import Purchases
from customers.purchases.resource import TIMER
from guanxi.events.v1 import events_pb2
from tests.services.harness import Client, Running, Tenant, refused


@dataclass
class Shop:
    """An organization in both services."""

    customers: Running
    sales: Running
    tenant: Tenant
    client: Client
    seller: Client

    def events(self) -> list[events_pb2.Event]:
        """What sales told of orders, oldest first."""
        wanted = sa.select(outbox.c.payload).where(
            outbox.c.org_id == self.tenant.id, outbox.c.resource == "sales.Order"
        )
        with self.sales.service.database.write(system_call(self.tenant.id)) as transaction:
            rows = transaction.execute(wanted.order_by(outbox.c.id)).scalars()
            return [events_pb2.Event.FromString(row) for row in rows]

    def deliver(self, events: list[events_pb2.Event] | None = None) -> None:
        """Have customers handle events, each in a transaction of its own."""
        begin = self.customers.service.control_plane.system_call
        for event in self.events() if events is None else events:
            with self.customers.service.database.write(begin(self.tenant.id, method="test")) as transaction:
                Purchases(self.customers.service.records).follow(transaction, event)

    def sort(self) -> None:
        """Fire the timer of the classes, as long as it is set."""
        begin = self.customers.service.control_plane.system_call
        while True:
            with self.customers.service.database.write(begin(self.tenant.id, method="test")) as transaction:
                mine = (timers.c.org_id == self.tenant.id, timers.c.kind == TIMER)
                row = transaction.execute(
                    sa.delete(timers).where(*mine).returning(timers.c.key, timers.c.payload)
                ).first()
                if row is None:
                    return
                self.customers.service.timers[TIMER](transaction, row.key, row.payload)

    def account(self, name: str = "Heron") -> str:
        """A customer."""
        found: str = self.client.call("CreateAccount", account={"name": name}).id
        return found

    def order(self, account: str, price: str, *, confirmed: bool = True, **fields: Any) -> Any:
        """An order of one line."""
        lines = [{"description": "Freight", "unit_price": {"value": price}}]
        made = self.seller.call("CreateOrder", order={"account_id": account, "lines": lines, **fields})
        return self.seller.call("ConfirmOrder", id=made.id) if confirmed else made

    def read(self, account: str) -> tuple[Any, ...]:
        """Count, sum, what is overdue, and the class's name."""
        found = self.client.call("GetAccount", id=account)
        kind = found.spending_class_id
        name = self.client.call("GetSpendingClass", id=kind).name if kind else ""
        return found.order_count, money(found.order_sum), money(found.overdue_sum), name

    def classes(self, **thresholds: str) -> dict[str, Any]:
        """Spending classes by name."""
        return {
            name: self.client.call("CreateSpendingClass", spending_class={"name": name, "threshold": {"value": limit}})
            for name, limit in thresholds.items()
        }


def money(value: Any) -> Decimal:
    """An amount."""
    return Decimal(value.units) + Decimal(value.nanos) / 10**9


@pytest.fixture
def shop(customers: Running, sales: Running, tenant: Tenant) -> Iterator[Shop]:
    """A new organization."""
    client, seller = customers.client(tenant), sales.client(tenant)
    yield Shop(customers, sales, tenant, client, seller)
    client.close()
    seller.close()


class TestRollUps:
    def test_added_up(self, shop: Shop) -> None:
        """Confirmed orders count, drafts and cancelled ones do not; events that come again change nothing."""
        account = shop.account()
        shop.order(account, "100.50")
        gone = shop.order(account, "900")
        shop.order(account, "7", confirmed=False)
        shop.deliver()
        assert (2, Decimal("1000.50"), 0, "") == shop.read(account)
        shop.seller.call("CancelOrder", id=gone.id)
        shop.deliver()
        shop.deliver()
        assert (1, Decimal("100.50"), 0, "") == shop.read(account)

    def test_in_any_order(self, shop: Shop) -> None:
        """However late and mixed up events come, the sums are those of the newest."""
        account = shop.account()
        for price in ("10", "20", "30"):
            made = shop.order(account, price)
            shop.seller.call("CompleteOrder", id=made.id)
        shop.seller.call("ReopenOrder", id=shop.order(account, "40").id)
        for seed in range(5):
            events = shop.events() * 2
            random.Random(seed).shuffle(events)
            shop.deliver(events)
            assert (3, Decimal(60), 0, "") == shop.read(account)

    def test_moved(self, shop: Shop) -> None:
        """An order that is another account's takes its sum along; both are told of it."""
        first, second = shop.account("A"), shop.account("B")
        made = shop.order(first, "10", confirmed=False)
        shop.seller.call("ConfirmOrder", id=made.id)
        shop.deliver()
        again = shop.seller.call("ReopenOrder", id=made.id)
        shop.seller.call("UpdateOrder", order={"id": made.id, "etag": again.etag, "account_id": second})
        shop.seller.call("ConfirmOrder", id=made.id)
        shop.deliver()
        assert [(0, 0, 0, ""), (1, Decimal(10), 0, "")] == [shop.read(one) for one in (first, second)]

    def test_overdue_and_filtered(self, shop: Shop) -> None:
        """What is overdue is on the account; lists are filtered and ordered by these fields, and nobody sets them."""
        late, small = shop.account("Late"), shop.account("Small")
        day = datetime.now(UTC).date() - timedelta(days=3)
        due = {"due_date": {"year": day.year, "month": day.month, "day": day.day}, "amount": {"value": "30"}}
        shop.order(late, "100", instalments=[due])
        shop.order(small, "5")
        shop.deliver()
        assert (1, Decimal(100), Decimal(30), "") == shop.read(late)
        listed = shop.client.call(
            "ListAccounts", filter="order_sum >= 5 AND order_count = 1", order_by="order_sum desc"
        )
        assert ["Late", "Small"] == [one.name for one in listed.accounts]
        assert ["Late"] == [one.name for one in shop.client.call("ListAccounts", filter="overdue_sum > 0").accounts]
        wrong = {"id": late, "etag": "1", "order_count": 9}
        refusal = refused(shop.client.call, "UpdateAccount", account=wrong, update_mask={"paths": ["order_count"]})
        assert [("order_count", "OUTPUT_ONLY")] == refusal.violations


class TestSpendingClasses:
    def test_as_orders_come(self, shop: Shop) -> None:
        """An account rises into the highest class that its orders reach, and falls again with them."""
        shop.classes(A="1000", B="100", C="0.01")
        account = shop.account()
        shop.order(account, "99.99")
        shop.deliver()
        assert "C" == shop.read(account)[3]
        last = shop.order(account, "900.01")
        shop.deliver()
        assert "A" == shop.read(account)[3]
        shop.seller.call("CancelOrder", id=last.id)
        shop.deliver()
        assert "C" == shop.read(account)[3]
        none = shop.account("None")
        assert "" == shop.read(none)[3]

    def test_of_other_thresholds(self, shop: Shop) -> None:
        """A threshold that changes, or a class that goes, sorts accounts anew in the background."""
        made = shop.classes(A="1000", B="100")
        account = shop.account()
        shop.order(account, "500")
        shop.deliver()
        assert "B" == shop.read(account)[3]
        lower = {"id": made["A"].id, "etag": made["A"].etag, "threshold": {"value": "500"}}
        shop.client.call("UpdateSpendingClass", spending_class=lower)
        shop.sort()
        assert "A" == shop.read(account)[3]
        found = shop.client.call("ListAccounts", filter=f'spending_class_id = "{made["A"].id}"')
        assert [account] == [one.id for one in found.accounts]
        shop.client.call("DeleteSpendingClass", id=made["A"].id)
        shop.sort()
        assert "B" == shop.read(account)[3]

    def test_of_many_accounts(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """More accounts than one transaction takes are sorted in several."""
        monkeypatch.setattr("customers.purchases.resource.CHUNK", 2)
        accounts = [shop.account(str(number)) for number in range(5)]
        for account in accounts:
            shop.order(account, "10")
        shop.deliver()
        shop.classes(A="10")
        shop.sort()
        assert ["A"] * 5 == [shop.read(account)[3] for account in accounts]

    def test_without_the_right(self, shop: Shop) -> None:
        """Who may view classes does not make them."""
        shop.tenant.role("viewer", [("spending_classes", "view", "all")])
        viewer = shop.customers.client(shop.tenant, shop.tenant.user("V", "viewer"))
        assert 0 == viewer.call("ListSpendingClasses").total_size
        wanted = {"name": "A", "threshold": {"value": "1"}}
        assert "PERMISSION_DENIED" == refused(viewer.call, "CreateSpendingClass", spending_class=wanted).code
