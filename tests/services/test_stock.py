"""Products, their categories, and what of them is in stock."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.services.harness import Client, Running, Tenant, refused


@pytest.fixture
def seller(sales: Running, tenant: Tenant) -> Iterator[Client]:
    """The organization's administrator, calling sales."""
    made = sales.client(tenant)
    yield made
    made.close()


def product(client: Client, name: str = "Terminal", **fields: Any) -> Any:
    """One more product, whose stock is tracked."""
    return client.call("CreateProduct", product={"name": name, "tracks_stock": True, **fields})


def move(client: Client, product_id: str, kind: str, quantity: str, **fields: Any) -> Any:
    """One more movement."""
    wanted = {"product_id": product_id, "kind": kind, "quantity": {"value": quantity}, **fields}
    return client.call("CreateStockMovement", stock_movement=wanted)


def stock(client: Client, product_id: str) -> list[Decimal]:
    """On hand, reserved and available."""
    found = client.call("GetProduct", id=product_id)
    return [Decimal(number.value) for number in (found.on_hand, found.reserved, found.available)]


class TestCreateStockMovement:
    def test_anonymous(self, sales: Running) -> None:
        """Nobody moves goods without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(sales.port).call, "CreateStockMovement").code

    def test_of_another_organization(self, sales: Running, seller: Client) -> None:
        """A product of others is none."""
        made = product(seller)
        stranger = sales.client(sales.tenants.make())
        assert [("product_id", "UNKNOWN_REFERENCE")] == refused(move, stranger, made.id, "receipt", "1").violations

    def test_without_the_right(self, sales: Running, seller: Client, tenant: Tenant) -> None:
        """Who may view products does not move them."""
        tenant.role("viewer", [("products", "view", "all"), ("stock_movements", "view", "all")])
        viewer = sales.client(tenant, tenant.user("V", "viewer"))
        assert "PERMISSION_DENIED" == refused(move, viewer, product(seller).id, "receipt", "1").code

    def test_counts(self, seller: Client) -> None:
        """Receipts add, issues take, corrections do either; each says what was on hand after it."""
        made = product(seller)
        steps = [("receipt", "10"), ("issue", "2.5"), ("correction", "-1"), ("correction", "0.25")]
        balances = [move(seller, made.id, kind, quantity).balance.value for kind, quantity in steps]
        assert ["10", "7.5", "6.5", "6.75"] == balances
        assert [Decimal("6.75"), 0, Decimal("6.75")] == stock(seller, made.id)
        found = seller.call("ListStockMovements", filter=f'product_id = "{made.id}" AND kind = correction')
        assert 2 == found.total_size

    @pytest.mark.parametrize(
        ("kind", "quantity", "reason"),
        [
            ("issue", "11", "STOCK_SHORT"),
            ("correction", "-11", "STOCK_SHORT"),
            ("receipt", "-1", "ABOVE_ZERO"),
            ("issue", "0", "ABOVE_ZERO"),
            ("correction", "0", "NOT_ZERO"),
        ],
    )
    def test_wrong(self, seller: Client, kind: str, quantity: str, reason: str) -> None:
        """What is not there does not leave, and nothing is no movement; the stock stays as it was."""
        made = product(seller)
        move(seller, made.id, "receipt", "10")
        assert [("quantity", reason)] == refused(move, seller, made.id, kind, quantity).violations
        assert [10, 0, 10] == stock(seller, made.id)

    def test_not_tracked(self, seller: Client) -> None:
        """A service has no stock, and says how it gets one."""
        made = product(seller, "Support", tracks_stock=False)
        assert [("product_id", "STOCK_NOT_TRACKED")] == refused(move, seller, made.id, "receipt", "1").violations
        assert not seller.call("GetProduct", id=made.id).HasField("on_hand")

    def test_repeated(self, seller: Client) -> None:
        """The same request moves goods once."""
        made = product(seller)
        for _ in range(2):
            wanted = {"product_id": made.id, "kind": "receipt", "quantity": {"value": "4"}}
            seller.call("CreateStockMovement", stock_movement=wanted, request_id="receipt-1")
        assert [4, 0, 4] == stock(seller, made.id)

    def test_upserted(self, seller: Client) -> None:
        """An ERP sends movements by its own numbers: what it sends twice counts once, and stays as it was."""
        made = product(seller)
        wanted = [
            {"product_id": made.id, "kind": "receipt", "quantity": {"value": str(n)}, "external_ids": {"erp": str(n)}}
            for n in (1, 2)
        ]
        for created in (2, 0):
            found = seller.call("BatchUpsertStockMovements", stock_movements=wanted, match_system="erp")
            assert created == found.created
        assert [3, 0, 3] == stock(seller, made.id)
        wanted[0]["quantity"] = {"value": "5"}
        refusal = refused(seller.call, "BatchUpsertStockMovements", stock_movements=wanted, match_system="erp")
        assert [("quantity", "MOVEMENT_IS_FINAL")] == refusal.violations

    def test_follows_in_the_change_feed(self, seller: Client) -> None:
        """A product's stock is its own change: an ERP reads it from the feed, and nobody sets it."""
        made = product(seller)
        move(seller, made.id, "receipt", "3")
        found = seller.call("GetProduct", id=made.id)
        assert int(made.etag) + 1 == int(found.etag)
        refusal = refused(
            seller.call,
            "UpdateProduct",
            product={"id": made.id, "etag": found.etag, "on_hand": {"value": "9"}},
            update_mask={"paths": ["on_hand"]},
        )
        assert [("on_hand", "OUTPUT_ONLY")] == refusal.violations


class TestCategories:
    def test_by_name(self, seller: Client) -> None:
        """A name finds its category whatever its letters, or makes it; the category's name follows into products."""
        first = product(seller, "A", category="Hardware")
        second = product(seller, "B", category="hardware")
        assert first.category_id == second.category_id != ""
        assert "Hardware" == second.category
        category = seller.call("GetProductCategory", id=first.category_id)
        seller.call(
            "UpdateProductCategory", product_category={"id": category.id, "etag": category.etag, "name": "硬件"}
        )
        assert ["硬件", "硬件"] == [seller.call("GetProduct", id=one.id).category for one in (first, second)]

    def test_by_category(self, seller: Client) -> None:
        """A chosen category names the product's; one that is taken away goes with its name."""
        category = seller.call("CreateProductCategory", product_category={"name": "Services"})
        made = product(seller, category_id=category.id)
        assert "Services" == made.category
        wanted = {"id": made.id, "etag": made.etag, "category_id": ""}
        bare = seller.call("UpdateProduct", product=wanted, update_mask={"paths": ["category_id"]})
        assert ("", "") == (bare.category, bare.category_id)

    def test_who_may_not_make_them(self, sales: Running, tenant: Tenant) -> None:
        """Who may not make categories writes a name, and no category comes of it."""
        tenant.role("keeper", [("products", "create", "all"), ("products", "view", "all")])
        keeper = sales.client(tenant, tenant.user("K", "keeper"))
        made = product(keeper, category="New")
        assert ("New", "") == (made.category, made.category_id)

    def test_tree(self, seller: Client) -> None:
        """A category is in another, never in itself; one that is used stays."""
        above = seller.call("CreateProductCategory", product_category={"name": "Hardware"})
        below = seller.call("CreateProductCategory", product_category={"name": "Terminals", "parent_id": above.id})
        circle = {"id": above.id, "etag": above.etag, "parent_id": below.id}
        refusal = refused(seller.call, "UpdateProductCategory", product_category=circle)
        assert [("parent_id", "CYCLE")] == refusal.violations
        assert "CATEGORY_IN_USE" == refused(seller.call, "DeleteProductCategory", id=above.id).reason
        product(seller, category_id=below.id)
        assert "CATEGORY_IN_USE" == refused(seller.call, "DeleteProductCategory", id=below.id).reason
