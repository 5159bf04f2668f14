"""The standard methods, proved on accounts; every resource has them from the same engine."""

from typing import Any

from chassis.ids import uuid7
from tests.services.harness import Client, Running, Tenant, refused


class TestCreate:
    def test_works(self, client: Client) -> None:
        """A created record is returned whole, and read back the same."""
        made = client.call("CreateAccount", account={"name": "上海贸易有限公司", "industry": "retail", "employees": 12})
        assert "1" == made.etag
        assert "上海贸易有限公司" == made.name
        assert made == client.call("GetAccount", id=made.id)

    def test_required(self, client: Client) -> None:
        """A missing required field is named."""
        error = refused(client.call, "CreateAccount", account={"industry": "retail"})
        assert ("INVALID_ARGUMENT", [("name", "REQUIRED")]) == (error.code, error.violations)

    def test_repeated(self, client: Client) -> None:
        """A repeated request has one effect and the same answer; another content under its key is refused."""
        first = client.call("CreateAccount", account={"name": "A"}, request_id="k1")
        assert first == client.call("CreateAccount", account={"name": "A"}, request_id="k1")
        assert "KEY_REUSED" in str(refused(client.call, "CreateAccount", account={"name": "B"}, request_id="k1"))
        assert 1 == client.call("ListAccounts").total_size

    def test_server_fields(self, client: Client) -> None:
        """What the server sets cannot be sent."""
        error = refused(client.call, "CreateAccount", account={"name": "A", "created_by": str(uuid7())})
        assert [("created_by", "OUTPUT_ONLY")] == error.violations


class TestUpdate:
    def test_works(self, client: Client) -> None:
        """Only masked fields change, and the version grows by one."""
        made = client.call("CreateAccount", account={"name": "A", "location": "北京"})
        changed = client.call(
            "UpdateAccount", account={"id": made.id, "etag": made.etag, "name": "B"}, update_mask={"paths": ["name"]}
        )
        assert ("2", "B", "北京") == (changed.etag, changed.name, changed.location)

    def test_stale(self, client: Client) -> None:
        """A stale etag is refused; with merge_fields disjoint edits are merged and clashing ones show both values."""
        made = client.call("CreateAccount", account={"name": "A", "location": "北京"})

        def update(paths: list[str], merge: bool = False, **fields: Any) -> Any:
            account = {"id": made.id, "etag": made.etag, **fields}
            return client.call("UpdateAccount", account=account, update_mask={"paths": paths}, merge_fields=merge)

        update(["name"], name="B")
        assert "ABORTED" == refused(update, ["location"], location="上海").code
        assert ("B", "上海") == ((merged := update(["location"], True, location="上海")).name, merged.location)
        clash = refused(update, ["name"], True, name="C")
        assert ("ABORTED", '"B"') == (clash.code, clash.details["theirs.name"])


class TestList:
    def test_pages(self, client: Client) -> None:
        """Paging visits every record once, in order, while others are added."""
        for number in range(7):
            client.call("CreateAccount", account={"name": f"N{number}"})
        seen, token = [], ""
        while True:
            page = client.call("ListAccounts", page_size=3, page_token=token, order_by="name")
            seen += [item.name for item in page.accounts]
            client.call("CreateAccount", account={"name": f"A{len(seen)}"})
            token = page.next_page_token
            if not token:
                break
        assert [f"N{number}" for number in range(7)] == seen

    def test_filter_and_search(self, client: Client) -> None:
        """Filters, Chinese search and pinyin find what they name."""
        client.call("CreateAccount", account={"name": "北京科技", "industry": "technology"})
        client.call("CreateAccount", account={"name": "Acme", "industry": "retail", "employees": 5})
        names = lambda text: [item.name for item in client.call("ListAccounts", filter=text).accounts]  # noqa: E731
        assert ["北京科技"] == names('industry = "technology"')
        assert ["Acme"] == names("employees > 3")
        assert ["北京科技"] == names('search("京科")')
        assert ["北京科技"] == names('search("beijing")')
        assert "FILTER_UNKNOWN_FIELD" == refused(client.call, "ListAccounts", filter="nam = 1").violations[0][1]

    def test_foreign_token(self, client: Client) -> None:
        """A page token of another list is refused."""
        for number in range(3):
            client.call("CreateAccount", account={"name": f"N{number}"})
        token = client.call("ListAccounts", page_size=1).next_page_token
        error = refused(client.call, "ListAccounts", page_size=1, page_token=token, order_by="name")
        assert [("page_token", "INVALID_PAGE_TOKEN")] == error.violations


class TestDelete:
    def test_undelete(self, client: Client) -> None:
        """A deleted record is out of sight until it is brought back."""
        made = client.call("CreateAccount", account={"name": "A"})
        client.call("DeleteAccount", id=made.id, etag=made.etag)
        assert "NOT_FOUND" == refused(client.call, "GetAccount", id=made.id).code
        client.call("UndeleteAccount", id=made.id)
        assert "3" == client.call("GetAccount", id=made.id).etag

    def test_external_id_is_free(self, client: Client) -> None:
        """A deleted record's external id can be given to another, and then the deleted one cannot come back with it."""
        first = client.call("CreateAccount", account={"name": "A", "external_ids": {"erp": "7"}})
        client.call("DeleteAccount", id=first.id)
        second = client.call("CreateAccount", account={"name": "B", "external_ids": {"erp": "7"}})
        assert [("external_ids", "TAKEN")] == refused(client.call, "UndeleteAccount", id=first.id).violations
        client.call("DeleteAccount", id=second.id)
        client.call("UndeleteAccount", id=first.id)
        row = {"name": "C", "external_ids": {"erp": "7"}}
        assert first.id == client.call("BatchUpsertAccounts", accounts=[row], match_system="erp").accounts[0].id


class TestUpsert:
    def test_by_external_id(self, client: Client) -> None:
        """An ERP's rows are created, updated or left as they are, by external id."""
        rows = [{"name": f"E{n}", "external_ids": {"erp": str(n)}} for n in range(3)]
        first = client.call("BatchUpsertAccounts", accounts=rows, match_system="erp")
        assert (3, 0, 0) == (first.created, first.updated, first.unchanged)
        rows[1]["name"] = "E1b"
        again = client.call("BatchUpsertAccounts", accounts=rows, match_system="erp")
        assert (0, 1, 2) == (again.created, again.updated, again.unchanged)
        assert [item.id for item in first.accounts] == [item.id for item in again.accounts]

    def test_hidden_since(self, customers: Running, tenant: Tenant) -> None:
        """The answer of a repetition leaves out what was hidden from the caller since, in every record of it."""
        tenant.role("keeper", [("accounts", operation, "all") for operation in ("view", "import")])
        keeper = tenant.user("Keeper", "keeper")
        asked: dict[str, Any] = {"accounts": [{"name": "A", "industry": "retail"}], "request_id": "k1"}
        first = customers.client(tenant, keeper).call("BatchUpsertAccounts", **asked)
        tenant.snapshot.roles[-1].field_rules.add(module="accounts", field="industry", access="hidden")
        tenant.snapshot.version += 1
        again = customers.client(tenant, keeper).call("BatchUpsertAccounts", **asked)
        assert [("A", "retail"), ("A", "")] == [
            (made.name, made.industry) for made in (*first.accounts, *again.accounts)
        ]


class TestScopes:
    def test_own_team_all(self, customers: Running, tenant: Tenant) -> None:
        """A representative sees own records, a manager the team's, an administrator all."""
        tenant.role("rep", [("accounts", "view", "own"), ("accounts", "create", "own")])
        tenant.role("manager", [("accounts", "view", "team")])
        boss = tenant.user("Boss", "manager")
        team = tenant.team("North", manager=boss)
        first, second = tenant.user("R1", "rep", team=team), tenant.user("R2", "rep")
        for user in (first, second):
            customers.client(tenant, user).call("CreateAccount", account={"name": f"of {user}"})
        seen = lambda user: customers.client(tenant, user).call("ListAccounts").total_size  # noqa: E731
        assert (1, 1, 1, 2) == (seen(first), seen(second), seen(boss), seen(tenant.admin))

    def test_other_organization(self, customers: Running, client: Client) -> None:
        """Another organization's record answers exactly like one that does not exist."""
        made = client.call("CreateAccount", account={"name": "A"})
        other = customers.client(customers.tenants.make())
        there, nowhere = (
            refused(other.call, "GetAccount", id=made.id),
            refused(other.call, "GetAccount", id=str(uuid7())),
        )
        assert (there.code, there.message) == (nowhere.code, nowhere.message)

    def test_hidden_field(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """A hidden field is absent from records, filters and sorting."""
        tenant.role("clerk", [("accounts", "view", "all")], [("accounts", "employees", "hidden")])
        clerk = customers.client(tenant, tenant.user("C", "clerk"))
        made = client.call("CreateAccount", account={"name": "A", "employees": 5})
        assert not clerk.call("GetAccount", id=made.id).HasField("employees")
        assert "INVALID_ARGUMENT" == refused(clerk.call, "ListAccounts", filter="employees = 5").code
        assert "INVALID_ARGUMENT" == refused(clerk.call, "ListAccounts", order_by="employees").code

    def test_hidden_text(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """A hidden text is not found by its words, neither in lists nor in search."""
        tenant.role("clerk", [("accounts", "view", "all")], [("accounts", "email", "hidden")])
        clerk = customers.client(tenant, tenant.user("C", "clerk"))
        client.call("CreateAccount", account={"name": "Heron 苍鹭", "email": "secret@example.com"})
        for words, found in (("secret", 0), ("heron", 1), ("苍鹭", 1)):
            assert found == clerk.call("ListAccounts", filter=f'search("{words}")').total_size, words
            assert found == len(clerk.call("Search", query=words).hits), words
        assert 1 == len(client.call("Search", query="secret").hits)

    def test_anonymous(self, customers: Running) -> None:
        """Without a token nothing is answered."""
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "ListAccounts").code


class TestCustomFields:
    def test_values(self, client: Client, tenant: Tenant) -> None:
        """Custom values are checked, returned, and found by equality and by range."""
        tenant.custom_field("accounts", "size", "number", ranged=True)
        tenant.custom_field("accounts", "since", "date")
        client.metadata = [("authorization", f"Bearer {tenant.token()}")]
        custom = {"size": {"decimal": "12.5"}, "since": {"text": "2016-10-20"}}
        made = client.call("CreateAccount", account={"name": "A", "custom": custom})
        assert "12.5" == made.custom["size"].decimal
        assert 2016 == made.custom["since"].date.year
        for text in ("custom.size = 12.5", "custom.size > 12", "custom.size <= 13"):
            assert 1 == client.call("ListAccounts", filter=text).total_size, text
        assert 0 == client.call("ListAccounts", filter="custom.size > 13").total_size
        error = refused(client.call, "CreateAccount", account={"name": "B", "custom": {"no": {"text": "x"}}})
        assert [("custom.no", "UNKNOWN_FIELD")] == error.violations


class TestReferences:
    def test_reference_out_of_scope(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """A record that the caller may not view is none to refer to, as if it did not exist."""
        tenant.role("own", [("accounts", "*", "own"), ("contacts", "*", "own")])
        seller = customers.client(tenant, tenant.user("Seller", "own"))
        unseen = client.call("CreateAccount", account={"name": "Unseen"})
        mine = seller.call("CreateAccount", account={"name": "Mine"})
        made = seller.call("CreateContact", contact={"name": "P", "account_id": mine.id})
        for name, record in (
            ("CreateContact", {"name": "Q", "account_id": unseen.id}),
            ("UpdateContact", {"id": made.id, "etag": made.etag, "account_id": unseen.id}),
        ):
            assert [("account_id", "UNKNOWN_REFERENCE")] == refused(seller.call, name, contact=record).violations

    def test_parent(self, client: Client) -> None:
        """A parent must exist, and a chain of parents must not lead back."""
        top = client.call("CreateAccount", account={"name": "Top"})
        low = client.call("CreateAccount", account={"name": "Low", "parent_id": top.id})
        error = refused(client.call, "CreateAccount", account={"name": "X", "parent_id": str(uuid7())})
        assert [("parent_id", "UNKNOWN_REFERENCE")] == error.violations
        loop = {"id": top.id, "etag": top.etag, "parent_id": low.id}
        error = refused(client.call, "UpdateAccount", account=loop, update_mask={"paths": ["parent_id"]})
        assert [("parent_id", "CYCLE")] == error.violations
