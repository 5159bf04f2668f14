"""What every module has beside its standard methods, modules that organizations make have, too."""

from typing import Any

import pytest

from chassis.events.relay import sequence
from tests.services.harness import Client, Running, Tenant, refused, runner_of
from tests.services.test_exports import exported, rows
from tests.services.test_imports import Importer
from tests.services.test_own_modules import made, names


@pytest.fixture
def project(tenant: Tenant) -> str:
    tenant.custom_field("c_project", "budget", "money", label_en="Budget", ranged=True)
    tenant.custom_field("c_project", "stage", "choice", label_zh="阶段", choices=[{"value": "plan"}, {"value": "run"}])
    tenant.custom_field("c_project", "customer", "reference", reference="customers.Account")
    tenant.custom_field("c_project", "teams", "references", reference="customers.Account")
    tenant.custom_field("c_project", "papers", "file")
    return tenant.custom_module(
        "project", label_zh="项目", label_en="Project", plural_en="Projects", title_zh="项目名称"
    )


def uploaded(client: Client, name: str = "plan.txt", data: bytes = b"plan") -> str:
    file = client.call("CreateFile", name=name)
    client.call("AppendFile", id=file.id, data=data)
    return str(client.call("CompleteFile", id=file.id).id)


def settle(customers: Running) -> None:
    """All that is committed has its place in the sequence."""
    while sequence(customers.service.worker_database):
        pass


class TestRooms:
    def test_imported(self, customers: Running, tenant: Tenant, client: Client, project: str) -> None:
        """A CSV becomes records, with amounts, choices and what they refer to."""
        account = client.call("CreateAccount", account={"name": "Acme"})
        other = client.call("CreateAccount", account={"name": "Beta"})
        importer = Importer(customers, client)
        data = "name,budget,stage,customer,teams\n塔楼,CNY 1000,run,Acme,Acme;Beta\n桥,CNY 5,plan,Beta,\n"
        fields = ("name", "custom.budget", "custom.stage", "custom.customer", "custom.teams")
        mapped = [{"column": number, "field": field} for number, field in enumerate(fields)]
        done = importer.all_of(data, project, mappings=mapped, mode="create")
        assert ("done", 2) == (done.state, done.counts.created)
        [record] = client.call("ListRecords", module=project, filter='name = "塔楼"').records
        assert (1000, "run", account.id) == (
            record.custom["budget"].money.units,
            record.custom["stage"].text,
            record.custom["customer"].text,
        )
        assert [account.id, other.id] == list(record.custom["teams"].texts.values)
        assert project == record.module

    def test_exported(self, customers: Running, client: Client, project: str) -> None:
        """Titles stand for what records refer to."""
        ids = [client.call("CreateAccount", account={"name": name}).id for name in ("Acme", "Beta")]
        made(client, project, "A", customer={"text": ids[0]}, teams={"texts": {"values": ids}})
        fields = ["name", "custom.customer", "custom.teams"]
        _, content = exported(Importer(customers, client), project, fields=fields)
        assert [{"name": "A", "custom.customer": "Acme", "custom.teams": "Acme; Beta"}] == rows(content)

    def test_searched(self, client: Client, project: str) -> None:
        """A record is found by its name, in pinyin, too."""
        record = made(client, project, "滨江塔楼")
        for words in ("塔楼", "binjiang"):
            assert [(project, record.id)] == [(hit.module, hit.id) for hit in client.call("Search", query=words).hits]

    def test_fed(self, customers: Running, client: Client, tenant: Tenant, project: str) -> None:
        """The change feed of the module tells of its records, and of no other module's."""
        other = tenant.custom_module("contract")
        settle(customers)
        start = client.call("ListChanges", module=project).cursor
        record = made(client, project, "A")
        made(client, other, "B")
        client.call("DeleteRecord", module=project, id=record.id)
        settle(customers)
        [change] = client.call("ListChanges", module=project, cursor=start).changes
        assert (record.id, True) == (change.id, change.removed)

    def test_on_a_board(self, client: Client, project: str) -> None:
        """Columns count records and add up amounts."""
        for name, stage in (("A", "plan"), ("B", "run"), ("C", "run")):
            worth = {"money": {"currency_code": "CNY", "units": 2}}
            made(client, project, name, stage={"text": stage}, budget=worth)
        board = client.call("GetBoard", module=project, group_by="custom.stage", sum="custom.budget")
        found = {column.value: (column.count, column.sums[0].units) for column in board.columns}
        assert {"run": (2, 4), "plan": (1, 2)} == found

    def test_edited_in_mass(self, customers: Running, client: Client, project: str) -> None:
        """All of a filter get a value, and nothing else does."""
        for name in ("A", "B"):
            made(client, project, name, stage={"text": "plan"})
        change = {"field": "custom.stage", "value": {"text": "run"}}
        client.call("CreateMassEdit", module=project, selection={"filter": 'name = "A"'}, changes=[change])
        runner_of(customers.service).run_next()
        assert ["A"] == names(client, project, filter="custom.stage = run")

    def test_starred(self, client: Client, project: str) -> None:
        """A favourite is listed by its name."""
        record = made(client, project, "A")
        client.call("CreateStar", module=project, record_id=record.id)
        assert [(project, "A")] == [(star.module, star.title) for star in client.call("ListStars").stars]
        assert ["A"] == names(client, project, filter="starred = true")

    def test_explained(self, tenant: Tenant, client: Client, project: str) -> None:
        """Who may do what says what the module and its fields are called."""
        record = made(client, project, "A")
        tenant.role("own", [(project, "view", "own"), (project, "edit", "own")], [(project, "name", "hidden")])
        asked = tenant.user("N", "own")
        later = Client(client._port, tenant.token())
        answer = later.call("ExplainAccess", module=project, record_id=record.id, user_id=str(asked))
        assert not answer.visible
        assert any("“Projects”" in reason.text for reason in answer.reasons)

    @pytest.mark.parametrize(
        ("rpc", "request_fields"),
        [
            ("ListChanges", {}),
            ("CreateExport", {}),
            ("GetBoard", {"group_by": "custom.stage"}),
            ("CreateStar", {"record_id": "01a2036f-f255-75fa-9791-a60c260fd132"}),
            ("ListStars", {}),
            ("CreateMassEdit", {"selection": {"everything": True}, "delete": True}),
            ("PreviewMassEdit", {"selection": {"everything": True}, "delete": True}),
            ("CreateImport", {"file_id": "customers-01a2036f-f255-75fa-9791-a60c260fd132"}),
        ],
    )
    def test_no_such_module(self, client: Client, rpc: str, request_fields: dict[str, Any]) -> None:
        """Rooms know no module that the organization does not have."""
        refusal = refused(client.call, rpc, module="c_nothing", **request_fields)
        assert ("INVALID_ARGUMENT", [("module", "UNKNOWN_MODULE")]) == (refusal.code, refusal.violations)


class TestLinks:
    """A field of several records is as much the other side's."""

    def test_written_and_found(self, client: Client, project: str) -> None:
        """Each is listed once, and found by any of them."""
        ids = [client.call("CreateAccount", account={"name": name}).id for name in ("Acme", "Beta")]
        record = made(client, project, "A", teams={"texts": {"values": [*ids, ids[0]]}})
        assert ids == list(record.custom["teams"].texts.values)
        made(client, project, "B", teams={"text": ids[1]})
        assert ["A"] == names(client, project, filter=f'custom.teams:"{ids[0]}"')

    def test_both_sides_must_be_ones_own(
        self, customers: Running, tenant: Tenant, client: Client, project: str
    ) -> None:
        """Who may not edit an account does not link it; taking a link away, and leaving one, needs no right to it."""
        ids = [client.call("CreateAccount", account={"name": name}).id for name in ("Acme", "Beta")]
        tenant.role("viewer", [(project, "*", "all"), ("accounts", "view", "all")])
        viewer = customers.client(tenant, tenant.user("V", "viewer"))
        refusal = refused(made, viewer, project, "A", teams={"texts": {"values": ids}})
        assert {("custom.teams", "LINK_DENIED")} == set(refusal.violations)
        record = made(client, project, "A", teams={"texts": {"values": ids}})
        change = {"id": record.id, "etag": "1", "name": "B", "custom": {"teams": {"texts": {"values": ids[:1]}}}}
        changed = viewer.call(
            "UpdateRecord", module=project, record=change, update_mask={"paths": ["name", "custom.teams"]}
        )
        assert ids[:1] == list(changed.custom["teams"].texts.values)

    def test_who_sees_no_account_links_none(
        self, customers: Running, tenant: Tenant, client: Client, project: str
    ) -> None:
        """What one may not view answers like what is not there."""
        account = client.call("CreateAccount", account={"name": "Acme"})
        tenant.role("blind", [(project, "*", "all")])
        blind = customers.client(tenant, tenant.user("B", "blind"))
        for value in ({"teams": {"text": account.id}}, {"customer": {"text": account.id}}):
            assert ["UNKNOWN_REFERENCE"] == [
                reason for _, reason in refused(made, blind, project, "A", **value).violations
            ]

    def test_people_are_named_to_who_views_them(
        self, customers: Running, tenant: Tenant, client: Client, project: str
    ) -> None:
        """A field that names users or roles is filled, and its names exported, by who views those."""
        tenant.custom_field(project, "coach", "reference", reference="identity.User")
        tenant.role("blind", [(project, "*", "all")])
        blind_id = tenant.user("Blind", "blind")
        admin, blind = customers.client(tenant), customers.client(tenant, blind_id)
        coach = {"coach": {"text": str(tenant.admin)}}
        assert ["UNKNOWN_REFERENCE"] == [reason for _, reason in refused(made, blind, project, "B", **coach).violations]
        made(admin, project, "A", **coach)
        for caller, name in ((admin, "Admin"), (blind, str(tenant.admin))):
            _, content = exported(Importer(customers, caller), project, fields=["custom.coach"])
            assert [{"custom.coach": name}] == rows(content)


class TestFiles:
    """Files of a record are for who sees the record."""

    def test_attached(self, customers: Running, tenant: Tenant, client: Client, project: str) -> None:
        """Who sees the record loads its file; who does not, or not that field, finds none."""
        file_id = uploaded(client)
        tenant.role("viewer", [(project, "view", "all")])
        tenant.role("blind", [(project, "view", "all")], [(project, "custom.papers", "hidden")])
        viewer = customers.client(tenant, tenant.user("V", "viewer"))
        blind = customers.client(tenant, tenant.user("B", "blind"))
        nobody = customers.client(tenant, tenant.user("N"))
        assert "NOT_FOUND" == refused(viewer.call, "ReadFile", id=file_id).code
        record = made(client, project, "A", papers={"texts": {"values": [file_id]}})
        assert [file_id] == list(record.custom["papers"].texts.values)
        assert b"plan" == viewer.call("ReadFile", id=file_id).data
        for caller in (blind, nobody):
            assert "NOT_FOUND" == refused(caller.call, "ReadFile", id=file_id).code
        client.call("DeleteRecord", module=project, id=record.id)
        assert "NOT_FOUND" == refused(viewer.call, "ReadFile", id=file_id).code

    def test_of_somebody_else(self, customers: Running, tenant: Tenant, client: Client, project: str) -> None:
        """Nobody makes a stranger's file readable by attaching it."""
        file_id = uploaded(client)
        tenant.role("all", [(project, "*", "all")])
        other = customers.client(tenant, tenant.user("O", "all"))
        refusal = refused(made, other, project, "A", papers={"texts": {"values": [file_id]}})
        assert [("custom.papers", "UNKNOWN_FILE")] == refusal.violations

    def test_on_our_modules(self, client: Client, tenant: Tenant) -> None:
        """Accounts have them, too."""
        tenant.custom_field("accounts", "papers", "file")
        file_id = uploaded(client)
        custom = {"papers": {"texts": {"values": [file_id]}}}
        account = client.call("CreateAccount", account={"name": "A", "custom": custom})
        assert [file_id] == list(account.custom["papers"].texts.values)
