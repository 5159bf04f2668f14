"""Stars: everybody's own favourite records, listed, filtered by, and nobody else's."""

from tests.services.harness import Client, Running, Tenant, refused


def account(client: Client, name: str) -> str:
    """A new account's id."""
    made: str = client.call("CreateAccount", account={"name": name}).id
    return made


class TestStars:
    def test_anonymous(self, customers: Running) -> None:
        """Nobody has stars without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "ListStars").code

    def test_of_another_organization(self, customers: Running, client: Client) -> None:
        """A record of others cannot be marked."""
        made = account(client, "A")
        other = customers.client(customers.tenants.make())
        assert "NOT_FOUND" == refused(other.call, "CreateStar", module="accounts", record_id=made).code

    def test_each_has_their_own(self, customers: Running, client: Client, tenant: Tenant) -> None:
        """Stars are listed newest first, lists are filtered by them, and a colleague has others."""
        first, second = account(client, "A"), account(client, "B")
        account(client, "C")
        for record_id in (first, second, first):
            client.call("CreateStar", module="accounts", record_id=record_id)
        assert ["B", "A"] == [star.title for star in client.call("ListStars").stars]
        found = client.call("ListAccounts", filter="starred = true", order_by="name").accounts
        assert ["A", "B"] == [item.name for item in found]
        assert 1 == client.call("ListAccounts", filter="starred = false").total_size
        colleague = customers.client(tenant, tenant.user("B", "administrator"))
        assert [] == list(colleague.call("ListStars", module="accounts").stars)
        assert 0 == colleague.call("ListAccounts", filter="starred = true").total_size

    def test_taken_away(self, client: Client) -> None:
        """A star is taken away once, and again without harm; a deleted record has none to be seen."""
        first, second = account(client, "A"), account(client, "B")
        for record_id in (first, second):
            client.call("CreateStar", module="accounts", record_id=record_id)
        for _ in range(2):
            client.call("DeleteStar", module="accounts", record_id=first)
        client.call("DeleteAccount", id=second)
        assert [] == list(client.call("ListStars").stars)

    def test_out_of_sight(self, customers: Running, client: Client, tenant: Tenant) -> None:
        """Only what is seen is marked and listed, and modules that one may not view have none."""
        tenant.role("own", [("accounts", "*", "own")])
        own = customers.client(tenant, tenant.user("O", "own"))
        others = account(client, "A")
        assert "NOT_FOUND" == refused(own.call, "CreateStar", module="accounts", record_id=others).code
        assert "PERMISSION_DENIED" == refused(own.call, "ListStars", module="contacts").code
        assert [("module", "UNKNOWN_MODULE")] == refused(own.call, "ListStars", module="nothing").violations
