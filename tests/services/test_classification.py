"""Tags and groups: how records are classified, in every service alike."""

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from customers.app import build
from customers.config import Config
from tests.services.harness import Client, Running, Tenant, config_of, refused, running
from tests.services.test_exports import exported
from tests.services.test_imports import Importer
from tests.support.house import Admin, House

if TYPE_CHECKING:
    from tests.support.postgres import Database


@pytest.fixture(scope="module")
def both(
    house: House, service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Customers that asks a real identity."""
    folder = tmp_path_factory.mktemp("classified")
    config = config_of(service_database("customers"), folder, Config, GUANXI_IDENTITY_ADDRESS=f"127.0.0.1:{house.port}")
    with running(build, config) as started:
        yield started


@pytest.fixture
def mine(both: Running, admin: Admin) -> Tenant:
    """The administrator's organization, as customers knows it."""
    return both.tenants.make(uuid.UUID(admin.org_id), uuid.UUID(admin.user_id))


def told(both: Running, mine: Tenant, *tags: Any) -> None:
    """What the events of these tags leave at customers."""
    from chassis.call import system_call
    from chassis.resources.refs import keep, row_of

    with both.service.database.write(system_call(mine.id)) as transaction:
        keep(transaction, "identity.Tag", [row_of("identity.Tag", tag, int(tag.etag)) for tag in tags])


class TestTags:
    def test_anonymous(self, house: House) -> None:
        """Nobody sees tags without a log-in."""
        assert "UNAUTHENTICATED" == refused(house.client().call, "ListTags").code

    def test_of_another_organization(self, house: House, admin: Admin) -> None:
        """Tags are an organization's own."""
        made = admin.client().call("CreateTag", tag={"name": "VIP"})
        assert "NOT_FOUND" == refused(house.sign_up().client().call, "GetTag", id=made.id).code

    def test_named_once(self, admin: Admin) -> None:
        """A name is taken whatever its letter case; a colour is one of those there are."""
        client = admin.client()
        client.call("CreateTag", tag={"name": "VIP", "color": "red"})
        assert [("name", "TAKEN")] == refused(client.call, "CreateTag", tag={"name": "vip"}).violations
        found = refused(client.call, "CreateTag", tag={"name": "B", "color": "#123456"})
        assert [("color", "UNKNOWN_CHOICE")] == found.violations

    def test_everybody_with_a_role_sees_them(self, admin: Admin) -> None:
        """Tags are seen by the seeded roles; only some of these make them."""
        client = admin.client()
        roles = {role.key: role for role in client.call("ListRoles").roles}
        held = {key: {item.operation for item in role.grants if item.module == "tags"} for key, role in roles.items()}
        assert all("view" in operations for key, operations in held.items() if key != "administrator")
        assert [True, False] == ["create" in held[key] for key in ("sales_representative", "service_agent")]

    def test_on_records(self, both: Running, mine: Tenant, admin: Admin) -> None:
        """Records bear tags, lists find them by these; what is no tag is refused."""
        vip, old = (admin.client().call("CreateTag", tag={"name": name}) for name in ("VIP", "Old"))
        told(both, mine, vip, old)
        client = both.client(mine)
        client.call("CreateAccount", account={"name": "A", "tag_ids": [vip.id, old.id]})
        client.call("CreateAccount", account={"name": "B", "tag_ids": [old.id]})

        def names(text: str) -> list[str]:
            return [item.name for item in client.call("ListAccounts", filter=text, order_by="name").accounts]

        assert (["A"], ["A", "B"]) == (names(f'tag_ids:"{vip.id}"'), names(f'tag_ids:"{old.id}"'))
        assert ["B"] == names(f'NOT tag_ids:"{vip.id}"')

    def test_in_files(self, both: Running, mine: Tenant, admin: Admin) -> None:
        """A file names tags, those that are not there are made in the importer's name, and an export names them back."""
        vip = admin.client().call("CreateTag", tag={"name": "VIP"})
        told(both, mine, vip)
        importer = Importer(both, both.client(mine))
        mappings = [{"column": 0, "field": "name"}, {"column": 1, "field": "tag_ids", "create_missing": True}]
        job = importer.all_of('name,tags\nA,"vip, New"\nB,New\nC,\n', mappings=mappings)
        assert ("done", 3, 0) == (job.state, job.counts.created, job.counts.invalid)
        made = admin.client().call("ListTags", order_by="name").tags
        assert [("New", admin.user_id), ("VIP", admin.user_id)] == [(tag.name, tag.created_by) for tag in made]
        _, text = exported(importer, fields=["name", "tag_ids"], order_by="name")
        assert "name,tag_ids\r\nA,VIP; New\r\nB,New\r\nC,\r\n" == text

    def test_made_by_nobody_who_may_not(self, both: Running, mine: Tenant) -> None:
        """An import creates tags only for who may create them."""
        mine.role("importer", [("accounts", "*", "all"), ("tags", "view", "all")])
        client = both.client(mine, mine.user("I", "importer"))
        job = Importer(both, client).create("name,tags\nA,new\n")
        mappings = [{"column": 0, "field": "name"}, {"column": 1, "field": "tag_ids", "create_missing": True}]
        found = refused(client.call, "UpdateImport", id=job.id, mappings=mappings)
        assert [("tag_ids", "MAPPING_CREATE")] == found.violations


class TestEnsureTags:
    def test_for_services_alone(self, admin: Admin) -> None:
        """No person calls it."""
        fields: dict[str, Any] = {"organization_id": admin.org_id, "user_id": admin.user_id, "tags": [{"name": "A"}]}
        plain = Client(admin.house.port, admin.tokens.access_token)
        assert "PERMISSION_DENIED" == refused(plain.call, "EnsureTags", **fields).code

    def test_again(self, house: House, admin: Admin) -> None:
        """What is there already is answered with, in the order asked; nothing is made twice."""
        service = house.client()
        first = str(uuid.uuid4())
        tags = [{"id": first, "name": "A"}, {"id": str(uuid.uuid4()), "name": " b "}]
        fields: dict[str, Any] = {"organization_id": admin.org_id, "user_id": admin.user_id}
        made = service.call("EnsureTags", tags=tags, **fields).tags
        again = [{"id": str(uuid.uuid4()), "name": "B"}, {"id": str(uuid.uuid4()), "name": "a"}]
        found = service.call("EnsureTags", tags=again, **fields).tags
        assert [made[1].id, first] == [tag.id for tag in found]

    def test_by_somebody_without_the_right(self, house: House, admin: Admin) -> None:
        """Who may not create tags gets those there are, and a refusal for others."""
        _, user_id = admin.member([("accounts", "import", "all")])
        fields: dict[str, Any] = {"organization_id": admin.org_id, "user_id": user_id}
        tags = [{"id": str(uuid.uuid4()), "name": "A"}]
        assert "PERMISSION_DENIED" == refused(house.client().call, "EnsureTags", tags=tags, **fields).code


class TestGroups:
    def test_of_another_organization(self, customers: Running, client: Client) -> None:
        """Groups are an organization's own."""
        made = client.call("CreateGroup", group={"name": "G", "module": "accounts", "kind": "static"})
        other = customers.client(customers.tenants.make())
        assert "NOT_FOUND" == refused(other.call, "GetGroup", id=made.id).code
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "ListGroups").code

    def test_static(self, client: Client) -> None:
        """Records are in static groups of their own module, and lists find them by these."""
        group = client.call("CreateGroup", group={"name": "Fair", "module": "contacts", "kind": "static"})
        client.call("CreateContact", contact={"name": "A", "group_ids": [group.id]})
        client.call("CreateContact", contact={"name": "B"})
        found = client.call("ListContacts", filter=f'group_ids:"{group.id}"').contacts
        assert ["A"] == [item.name for item in found]
        wrong = refused(client.call, "CreateAccount", account={"name": "A", "group_ids": [group.id]})
        assert [("group_ids", "NOT_A_STATIC_GROUP")] == wrong.violations

    @pytest.mark.parametrize(
        ("groups", "rules", "is_named"),
        [([], [], False), (["view"], [], True), (["view"], [("groups", "name", "hidden")], False)],
    )
    def test_called_by_name_to_who_sees_it(
        self,
        customers: Running,
        tenant: Tenant,
        client: Client,
        groups: list[str],
        rules: list[tuple[str, str, str]],
        is_named: bool,
    ) -> None:
        """A group that does not fit is called by its name, or by its id to who may not see that."""
        group = client.call("CreateGroup", group={"name": "Layoffs", "module": "contacts", "kind": "static"})
        tenant.role("rep", [("accounts", "*", "own"), *(("groups", each, "all") for each in groups)], rules)
        rep = customers.client(tenant, tenant.user("R", "rep"))
        error = refused(rep.call, "CreateAccount", account={"name": "A", "group_ids": [group.id]})
        assert [("group_ids", "NOT_A_STATIC_GROUP")] == error.violations
        assert (is_named, not is_named) == ("Layoffs" in error.message, group.id in error.message)

    def test_dynamic(self, client: Client) -> None:
        """A dynamic group is its filter, which must be one; nobody is put into it by hand."""
        fields: dict[str, Any] = {"name": "Kenya", "module": "accounts", "kind": "dynamic"}
        assert [("filter", "REQUIRED")] == refused(client.call, "CreateGroup", group=fields).violations
        wrong = refused(client.call, "CreateGroup", group={**fields, "filter": "locatoin = Kenya"})
        assert ["filter"] == [field for field, _ in wrong.violations]
        group = client.call("CreateGroup", group={**fields, "filter": "location = Kenya"})
        refusal = refused(client.call, "CreateAccount", account={"name": "A", "group_ids": [group.id]})
        assert [("group_ids", "NOT_A_STATIC_GROUP")] == refusal.violations

    def test_a_static_one_has_no_filter(self, client: Client) -> None:
        """A filter that would do nothing is refused."""
        fields = {"name": "G", "module": "accounts", "kind": "static", "filter": "location = Kenya"}
        assert [("filter", "FILTER_OF_STATIC")] == refused(client.call, "CreateGroup", group=fields).violations

    def test_in_files(self, customers: Running, client: Client) -> None:
        """Several groups of a cell are found by name; those that are missing are not made without being asked for."""
        for name in ("One", "Two"):
            client.call("CreateGroup", group={"name": name, "module": "accounts", "kind": "static"})
        importer = Importer(customers, client)
        job = importer.all_of('name,groups\nA,"one; Two"\nB,three\n')
        assert (1, 1) == (job.counts.created, job.counts.invalid)
        _, text = exported(importer, fields=["name", "group_ids"])
        assert "name,group_ids\r\nA,One; Two\r\n" == text

    def test_not_made_by_name(self, customers: Running, client: Client) -> None:
        """A group needs more than a name, so that an import makes none."""
        job = Importer(customers, client).create("name,groups\nA,new\n")
        mappings = [{"column": 0, "field": "name"}, {"column": 1, "field": "group_ids", "create_missing": True}]
        found = refused(client.call, "UpdateImport", id=job.id, mappings=mappings)
        assert [("group_ids", "MAPPING_CREATE")] == found.violations
