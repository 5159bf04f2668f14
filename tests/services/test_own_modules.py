"""Modules that organizations make, at the service that keeps their records: every standard method and every room."""

from typing import Any

import pytest

from chassis.ids import uuid7
from tests.services.harness import Client, Running, Tenant, refused, runner_of

RPCS = ("Get", "List", "Create", "Update", "Delete", "Undelete", "BatchGet", "BatchUpsert")


@pytest.fixture
def project(tenant: Tenant) -> str:
    """A module with a few fields."""
    tenant.custom_field("c_project", "budget", "number", label_en="Budget", ranged=True)
    tenant.custom_field("c_project", "customer", "reference", label_en="Customer", reference="customers.Account")
    return tenant.custom_module("project", label_zh="项目", label_en="Project", plural_en="Projects")


def made(client: Client, module: str, name: str, **custom: Any) -> Any:
    return client.call("CreateRecord", module=module, record={"name": name, "custom": custom})


def names(client: Client, module: str, **query: Any) -> list[str]:
    return [item.name for item in client.call("ListRecords", module=module, **query).records]


def every_call(module: str, record_id: str) -> dict[str, dict[str, Any]]:
    """Each RPC of RecordService, as somebody would call it about one record."""
    record = {"id": record_id, "name": "X", "etag": "1"}
    return {
        "GetRecord": {"module": module, "id": record_id},
        "ListRecords": {"module": module},
        "CreateRecord": {"module": module, "record": {"name": "X"}},
        "UpdateRecord": {"module": module, "record": record, "update_mask": {"paths": ["name"]}},
        "DeleteRecord": {"module": module, "id": record_id},
        "UndeleteRecord": {"module": module, "id": record_id},
        "BatchGetRecords": {"module": module, "ids": [record_id]},
        "BatchUpsertRecords": {"module": module, "records": [{"name": "X"}]},
    }


class TestStandardMethods:
    """A module is a module like ours."""

    def test_a_record_lives(self, client: Client, project: str) -> None:
        """It is made, read, changed, deleted and restored, and says of which module it is."""
        record = made(client, project, "塔楼", budget={"decimal": "12.5"})
        assert (project, "塔楼", "12.5") == (record.module, record.name, record.custom["budget"].decimal)
        assert record == client.call("GetRecord", module=project, id=record.id)
        changed = client.call("UpdateRecord", module=project, record={"id": record.id, "name": "新塔楼", "etag": "1"})
        assert "2" == changed.etag
        client.call("DeleteRecord", module=project, id=record.id)
        assert [] == names(client, project)
        client.call("UndeleteRecord", module=project, id=record.id)
        assert ["新塔楼"] == names(client, project, filter='"新塔楼"')

    def test_lists(self, client: Client, project: str) -> None:
        """They are filtered and ordered by the module's fields, and paged."""
        for number, name in enumerate(("A", "B", "C")):
            made(client, project, name, budget={"decimal": str(number)})
        assert ["C", "B"] == names(client, project, filter="custom.budget > 0", order_by="custom.budget desc")
        page = client.call("ListRecords", module=project, page_size=2, order_by="name")
        assert 3 == page.total_size
        assert ["C"] == names(client, project, page_size=2, order_by="name", page_token=page.next_page_token)

    def test_batches(self, client: Client, project: str) -> None:
        """Programs write by ids of their own."""
        records = [{"name": name, "external_ids": {"erp": name}} for name in ("A", "B")]
        first = client.call("BatchUpsertRecords", module=project, records=records, match_system="erp")
        assert (2, 0) == (first.created, first.updated)
        records[0]["name"] = "A2"
        again = client.call("BatchUpsertRecords", module=project, records=records, match_system="erp")
        assert (0, 1, 1) == (again.created, again.updated, again.unchanged)
        found = client.call("BatchGetRecords", module=project, ids=[item.id for item in again.records]).records
        assert ["A2", "B"] == [item.name for item in found]

    def test_repeated_requests(self, client: Client, project: str) -> None:
        """The same request id makes one record."""
        first, second = (
            client.call("CreateRecord", module=project, record={"name": "A"}, request_id="once") for _ in range(2)
        )
        assert first.id == second.id

    def test_what_is_wrong(self, client: Client, project: str) -> None:
        """Values that do not fit are named; so is what the server says itself."""
        record = {"name": "", "module": "c_other", "custom": {"nothing": {"text": "x"}, "budget": {"text": "much"}}}
        refusal = refused(client.call, "CreateRecord", module=project, record=record)
        assert {"name", "custom.nothing", "custom.budget"} <= {field for field, _ in refusal.violations}


class TestApart:
    """What is somebody else's, or of another module, is not there."""

    @pytest.mark.parametrize("rpc", every_call("", ""))
    def test_no_such_module(self, client: Client, project: str, rpc: str) -> None:
        """A module that the organization does not have is not found, ours among them, whatever is asked of it."""
        for module in ("c_nothing", "accounts", "records", "", "c_", "c_project'"):
            assert "NOT_FOUND" == refused(client.call, rpc, **every_call(module, str(uuid7()))[rpc]).code

    @pytest.mark.parametrize("rpc", every_call("", ""))
    def test_without_the_right(self, customers: Running, tenant: Tenant, project: str, rpc: str) -> None:
        """Who has no grant of the module is denied."""
        tenant.role("other", [("accounts", "*", "all")])
        caller = customers.client(tenant, tenant.user("N", "other"))
        assert "PERMISSION_DENIED" == refused(caller.call, rpc, **every_call(project, str(uuid7()))[rpc]).code

    def test_anonymous(self, customers: Running, project: str) -> None:
        """Nobody is told which modules there are."""
        for rpc, request in every_call(project, str(uuid7())).items():
            assert "UNAUTHENTICATED" == refused(Client(customers.port).call, rpc, **request).code

    def test_scopes(self, customers: Running, tenant: Tenant, client: Client, project: str) -> None:
        """Who sees their own sees no others', and another's answers like one that does not exist."""
        tenant.role("own", [(project, name, "own") for name in ("view", "create", "edit", "delete")])
        caller = customers.client(tenant, tenant.user("N", "own"))
        made(caller, project, "mine")
        theirs = made(client, project, "theirs")
        assert ["mine"] == names(caller, project)
        for there in (theirs.id, str(uuid7())):
            assert "NOT_FOUND" == refused(caller.call, "GetRecord", module=project, id=there).code
            assert "NOT_FOUND" == refused(caller.call, "DeleteRecord", module=project, id=there).code

    def test_one_key_in_two_organizations(self, customers: Running, client: Client, project: str) -> None:
        """Each has its own fields and records, and neither knows of the other's."""
        mine = made(client, project, "A", budget={"decimal": "1"})
        stranger = customers.tenants.make()
        stranger.custom_module("project", label_en="Plan")
        stranger.custom_field(project, "place", "text")
        other = customers.client(stranger)
        made(other, project, "B", place={"text": "Wien"})
        assert ["B"] == names(other, project)
        assert [("custom.budget", "UNKNOWN_FIELD")] == refused(
            made, other, project, "C", budget={"decimal": "1"}
        ).violations
        assert "NOT_FOUND" == refused(other.call, "GetRecord", module=project, id=mine.id).code
        assert ["A"] == names(client, project)

    def test_two_modules(self, tenant: Tenant, client: Client, project: str) -> None:
        """Modules share a table, and no record."""
        contract = tenant.custom_module("contract", label_en="Contract")
        tenant.custom_field(contract, "number", "text", unique=True)
        record = made(client, contract, "A", number={"text": "1"})
        for rpc in ("GetRecord", "UpdateRecord", "DeleteRecord", "UndeleteRecord", "BatchGetRecords"):
            assert "NOT_FOUND" == refused(client.call, rpc, **every_call(project, record.id)[rpc]).code
        assert [] == names(client, project)
        taken = refused(client.call, "CreateRecord", module=project, record={"id": record.id, "name": "B"})
        assert [("id", "ID_TAKEN")] == taken.violations

    def test_hidden_fields(self, customers: Running, tenant: Tenant, client: Client, project: str) -> None:
        """They are absent from what is read, and from the answer to a write."""
        grants = [(project, name, "all") for name in ("view", "create", "edit")]
        tenant.role("blind", grants, [(project, "custom.budget", "hidden")])
        caller = customers.client(tenant, tenant.user("N", "blind"))
        record = made(client, project, "A", budget={"decimal": "1"})
        assert "budget" not in caller.call("GetRecord", module=project, id=record.id).custom
        change = {"id": record.id, "name": "B", "etag": "1"}
        assert "budget" not in caller.call("UpdateRecord", module=project, record=change).custom
        assert (
            "INVALID_ARGUMENT" == refused(caller.call, "ListRecords", module=project, filter="custom.budget = 1").code
        )

    def test_the_module_goes_and_comes_back(
        self, customers: Running, tenant: Tenant, client: Client, project: str
    ) -> None:
        """With its module a record is gone everywhere, and no job changes it; restored, it is as it was."""
        record = made(client, project, "塔楼")
        change = {"field": "custom.budget", "value": {"decimal": "7"}}
        edit = client.call("CreateMassEdit", module=project, selection={"filter": 'name = "塔楼"'}, changes=[change])
        while runner_of(customers.service).run_next():
            pass
        record = client.call("GetRecord", module=project, id=record.id)
        [definition] = tenant.snapshot.custom_modules
        del tenant.snapshot.custom_modules[:]
        tenant.snapshot.version += 1
        later = Client(client._port, tenant.token())
        assert "NOT_FOUND" == refused(later.call, "GetRecord", module=project, id=record.id).code
        assert [] == list(later.call("Search", query="塔楼").hits)
        for rpc in ("GetMassEdit", "UndoMassEdit"):
            assert "NOT_FOUND" == refused(later.call, rpc, id=edit.id).code, rpc
        tenant.snapshot.custom_modules.append(definition)
        tenant.snapshot.version += 1
        again = Client(client._port, tenant.token())
        assert record == again.call("GetRecord", module=project, id=record.id)

    def test_a_module_of_a_moment_ago(self, tenant: Tenant, client: Client) -> None:
        """A token that is older than the module works with it: the service asks once what there is."""
        assert "NOT_FOUND" == refused(client.call, "ListRecords", module="c_late").code
        tenant.custom_module("late")
        assert "A" == made(client, "c_late", "A").name


class TestReferences:
    """Records point to each other across modules."""

    def test_to_ours(self, client: Client, project: str) -> None:
        """A record refers to an account that is there; lists are filtered by it."""
        account = client.call("CreateAccount", account={"name": "Acme"})
        made(client, project, "A", customer={"text": account.id})
        made(client, project, "B")
        assert ["A"] == names(client, project, filter=f'custom.customer = "{account.id}"')
        refusal = refused(made, client, project, "C", customer={"text": str(uuid7())})
        assert [("custom.customer", "UNKNOWN_REFERENCE")] == refusal.violations

    def test_from_ours(self, tenant: Tenant, client: Client, project: str) -> None:
        """An account refers to a record of the module that is meant, and of no other."""
        tenant.custom_field("accounts", "project", "reference", reference="customers.c_project")
        contract = tenant.custom_module("contract")
        right, other = made(client, project, "A"), made(client, contract, "A")
        custom = {"project": {"text": right.id}}
        client.call("CreateAccount", account={"name": "Acme", "custom": custom})
        custom["project"]["text"] = other.id
        refusal = refused(client.call, "CreateAccount", account={"name": "Beta", "custom": custom})
        assert [("custom.project", "UNKNOWN_REFERENCE")] == refusal.violations
