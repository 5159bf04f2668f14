"""What rights must hold against: colleagues who reach for more than they have. Each test was a way in once."""

from typing import Any

import pytest

from guanxi.customers.v1 import accounts_pb2
from tests.services.harness import Client, Refused, Running, Tenant


def refused(call: Any, *arguments: Any, **fields: Any) -> Refused:
    """The refusal of a call that must fail."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **fields)
    return caught.value


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


class TestNumbers:
    @pytest.mark.parametrize("number", ["1e-999000", "1e999", "NaN", "1" * 39])
    def test_bombs(self, customers: Running, tenant: Tenant, number: str) -> None:
        """A number of a few bytes that would print as a megabyte is refused."""
        tenant.custom_field("accounts", "size", "number")
        account = {"name": "A", "custom": {"size": {"decimal": number}}}
        error = refused(customers.client(tenant).call, "CreateAccount", account=account)
        assert [("custom.size", "INVALID_NUMBER")] == error.violations
