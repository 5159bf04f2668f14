"""What rights must hold against: colleagues who reach for more than they have. Each test was a way in once."""

from typing import Any, ClassVar

import pytest

from chassis.ids import uuid7
from guanxi.customers.v1 import accounts_pb2
from tests.services.harness import Client, Running, Tenant, refused

HIDDEN = [
    ("accounts", "employees", "hidden"),
    ("accounts", "custom.secret", "hidden"),
    ("accounts", "external_ids", "read_only"),
]


class TestFieldRules:
    @pytest.fixture
    def clerk(self, customers: Running, tenant: Tenant) -> Client:
        """Somebody who edits accounts, without seeing everything."""
        tenant.custom_field("accounts", "secret", "text")
        tenant.custom_field("accounts", "open", "text")
        tenant.role("clerk", [("accounts", "view", "all"), ("accounts", "edit", "all")], HIDDEN)
        return customers.client(tenant, tenant.user("C", "clerk"))

    @pytest.fixture
    def account(self, customers: Running, tenant: Tenant, clerk: Client) -> accounts_pb2.Account:
        """With something in every field they do not see."""
        custom = {"secret": {"text": "S3CRET"}, "open": {"text": "o"}}
        record = {"name": "A", "employees": 5, "custom": custom, "external_ids": {"erp": "7"}}
        made: accounts_pb2.Account = customers.client(tenant).call("CreateAccount", account=record)
        return made

    def test_conflict_tells_nothing(self, clerk: Client, account: accounts_pb2.Account) -> None:
        """A stale etag shows only values that the caller sees."""
        for path in ("employees", "custom.secret", "custom"):
            error = refused(
                clerk.call, "UpdateAccount", account={"id": account.id, "etag": "x"}, update_mask={"paths": [path]}
            )
            assert ("INVALID_ARGUMENT", "FIELD_DENIED") == (error.code, error.violations[0][1]), path
            assert "5" not in error.details.values()
        stale = refused(
            clerk.call, "UpdateAccount", account={"id": account.id, "etag": "x"}, update_mask={"paths": ["custom.open"]}
        )
        assert {"theirs.custom.open": '"o"'} == {k: v for k, v in stale.details.items() if k.startswith("theirs")}

    @pytest.mark.parametrize("path", ["custom", "custom.secret", "external_ids.erp", "external_ids", "employees", "*"])
    def test_no_way_round(self, clerk: Client, account: accounts_pb2.Account, path: str) -> None:
        """What may not be changed is changed neither by its key, nor with the whole, nor with everything."""
        record = {"id": account.id, "etag": account.etag, "name": "A"}
        error = refused(clerk.call, "UpdateAccount", account=record, update_mask={"paths": [path]})
        assert {"FIELD_DENIED"} == {reason for _, reason in error.violations}

    def test_custom_as_a_whole(self, customers: Running, tenant: Tenant, account: accounts_pb2.Account) -> None:
        """A rule that hides all custom fields hides each."""
        tenant.role("blind", [("accounts", "view", "all")], [("accounts", "custom", "hidden")])
        blind = customers.client(tenant, tenant.user("B", "blind"))
        assert not blind.call("GetAccount", id=account.id).custom
        assert "INVALID_ARGUMENT" == refused(blind.call, "ListAccounts", filter='custom.secret = "S3CRET"').code


class TestUpsert:
    """An ERP's user who imports, and edits only what is their own."""

    GRANTS: ClassVar = [("accounts", "view", "own"), ("accounts", "import", "own"), ("accounts", "create", "own")]

    @pytest.fixture
    def clerk(self, customers: Running, tenant: Tenant) -> Client:
        """Who has all these rights."""
        tenant.role("clerk", [*self.GRANTS, ("accounts", "edit", "own")])
        return customers.client(tenant, tenant.user("C", "clerk"))

    @pytest.mark.parametrize(
        ("match", "taken"), [({"external_ids": {"erp": "7"}}, ("external_ids", "TAKEN")), ("id", ("id", "ID_TAKEN"))]
    )
    @pytest.mark.parametrize("state", ["theirs", "deleted"])
    def test_not_mine(
        self, customers: Running, tenant: Tenant, clerk: Client, match: Any, taken: tuple[str, str], state: str
    ) -> None:
        """A record out of scope answers as Create does where a name is taken, and says which row it was."""
        owner = customers.client(tenant)
        made = owner.call("CreateAccount", account={"name": "A", "external_ids": {"erp": "7"}})
        if state == "deleted":
            owner.call("DeleteAccount", id=made.id)
        row = {"name": "B", **({"id": made.id} if match == "id" else match)}
        if state == "deleted" and match != "id":
            assert 1 == clerk.call("BatchUpsertAccounts", accounts=[row], match_system="erp").created
            return
        single = refused(clerk.call, "CreateAccount", account=row)
        many = refused(clerk.call, "BatchUpsertAccounts", accounts=[{"name": "new"}, row], match_system="erp")
        assert (single.code, single.reason) == (many.code, many.reason) == ("ALREADY_EXISTS", "ALREADY_EXISTS")
        assert ([taken], [(f"accounts[1].{taken[0]}", taken[1])]) == (single.violations, many.violations)
        assert "A" == owner.call("GetAccount", id=made.id, show_deleted=True).name
        assert 0 == clerk.call("ListAccounts").total_size

    def test_mine(self, clerk: Client) -> None:
        """Their own record is changed by it, and a name that nobody has makes a new one."""
        row = {"name": "A", "external_ids": {"erp": "7"}}
        made = clerk.call("BatchUpsertAccounts", accounts=[row], match_system="erp").accounts[0]
        rows = [{**row, "name": "B"}, {"id": str(uuid7()), "name": "C"}]
        again = clerk.call("BatchUpsertAccounts", accounts=rows, match_system="erp")
        assert (1, 1, made.id, "B") == (again.created, again.updated, again.accounts[0].id, again.accounts[0].name)

    def test_without_edit(self, customers: Running, tenant: Tenant) -> None:
        """Whoever may import and not edit makes records, and changes none, not even their own."""
        tenant.role("importer", self.GRANTS)
        importer = customers.client(tenant, tenant.user("I", "importer"))
        row = {"name": "A", "external_ids": {"erp": "7"}}
        assert 1 == importer.call("BatchUpsertAccounts", accounts=[row], match_system="erp").created
        again = refused(importer.call, "BatchUpsertAccounts", accounts=[{**row, "name": "B"}], match_system="erp")
        assert [("accounts[0].external_ids", "TAKEN")] == again.violations

    def test_without_import(self, customers: Running, tenant: Tenant) -> None:
        """Whoever may not import is refused at once."""
        tenant.role("writer", [("accounts", right, "all") for right in ("view", "create", "edit")])
        writer = customers.client(tenant, tenant.user("W", "writer"))
        assert "PERMISSION_DENIED" == refused(writer.call, "BatchUpsertAccounts", accounts=[{"name": "A"}]).code


class TestNumbers:
    @pytest.mark.parametrize("number", ["1e-999000", "1e999", "NaN", "1" * 39])
    def test_bombs(self, customers: Running, tenant: Tenant, number: str) -> None:
        """A number of a few bytes that would print as a megabyte is refused."""
        tenant.custom_field("accounts", "size", "number")
        account = {"name": "A", "custom": {"size": {"decimal": number}}}
        error = refused(customers.client(tenant).call, "CreateAccount", account=account)
        assert [("custom.size", "INVALID_NUMBER")] == error.violations
