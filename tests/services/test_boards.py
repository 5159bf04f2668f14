"""Boards: a list's records by the values of one field, as far as the caller sees them."""

from typing import Any

import pytest

from tests.services.harness import Client, Running, Tenant, refused


def board(client: Client, **fields: Any) -> list[tuple[str, int, list[tuple[str, int]]]]:
    """Value, count and sums of each column of accounts."""
    found = client.call("GetBoard", module="accounts", **fields).columns
    return [(one.value, one.count, [(sum_.currency_code, sum_.units) for sum_ in one.sums]) for one in found]


def account(client: Client, **values: Any) -> None:
    """One more account."""
    client.call("CreateAccount", account={"name": "A", **values})


def money(units: int, currency: str = "USD") -> dict[str, Any]:
    """An amount."""
    return {"units": units, "currency_code": currency}


class TestBoard:
    def test_anonymous(self, customers: Running) -> None:
        """Nobody counts without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "GetBoard", module="accounts").code

    def test_of_another_organization(self, customers: Running, client: Client) -> None:
        """Records of others are not counted."""
        account(client, rating="hot")
        assert [] == board(customers.client(customers.tenants.make()), group_by="rating")

    def test_counted_and_added_up(self, client: Client) -> None:
        """Each value with its records and what they are worth, by currency; the filter and deletions are heeded."""
        account(client, rating="hot", annual_revenue=money(5), location="Kenya")
        account(client, rating="hot", annual_revenue=money(7), location="Kenya")
        account(client, rating="hot", annual_revenue=money(1, "CNY"), location="Kenya")
        account(client, rating="cold", location="Kenya")
        account(client, location="Kenya")
        account(client, rating="cold", location="Poland")
        gone = client.call("CreateAccount", account={"name": "B", "rating": "hot", "location": "Kenya"})
        client.call("DeleteAccount", id=gone.id)
        found = board(client, group_by="rating", sum="annual_revenue", filter="location = Kenya")
        assert [("hot", 3, [("CNY", 1), ("USD", 12)]), ("", 1, []), ("cold", 1, [])] == found

    def test_own_fields(self, client: Client, tenant: Tenant) -> None:
        """Fields that the organization added group and are added up like any other."""
        tenant.custom_field("accounts", "tier", "choice", choices=[{"value": "gold"}, {"value": "silver"}])
        tenant.custom_field("accounts", "budget", "money")
        for tier, units in (("gold", 3), ("gold", 4), ("silver", 5)):
            account(client, custom={"tier": {"text": tier}, "budget": {"money": money(units)}})
        found = board(client, group_by="custom.tier", sum="custom.budget")
        assert [("gold", 2, [("USD", 7)]), ("silver", 1, [("USD", 5)])] == found

    def test_out_of_sight(self, customers: Running, client: Client, tenant: Tenant) -> None:
        """Only records in one's scope are counted, and hidden fields neither group nor are added up."""
        tenant.role("own", [("accounts", "*", "own")], [("accounts", "annual_revenue", "hidden")])
        tenant.role("none", [("contacts", "*", "own")])
        own = customers.client(tenant, tenant.user("O", "own"))
        account(client, rating="hot")
        account(own, rating="hot")
        assert [("hot", 1, [])] == board(own, group_by="rating")
        found = refused(own.call, "GetBoard", module="accounts", group_by="rating", sum="annual_revenue")
        assert [("sum", "UNKNOWN_FIELD")] == found.violations
        nobody = customers.client(tenant, tenant.user("N", "none"))
        assert "PERMISSION_DENIED" == refused(nobody.call, "GetBoard", module="accounts", group_by="rating").code

    @pytest.mark.parametrize(
        ("fields", "violation"),
        [
            ({"group_by": "name"}, ("group_by", "FIELD_UNFIT")),
            ({"group_by": "nothing"}, ("group_by", "UNKNOWN_FIELD")),
            ({"group_by": "rating", "sum": "employees"}, ("sum", "FIELD_UNFIT")),
            ({"module": "nothing", "group_by": "rating"}, ("module", "UNKNOWN_MODULE")),
        ],
    )
    def test_wrong(self, client: Client, fields: dict[str, Any], violation: tuple[str, str]) -> None:
        """What makes no board is named."""
        assert [violation] == refused(client.call, "GetBoard", **{"module": "accounts", **fields}).violations
