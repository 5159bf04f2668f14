"""Definitions of modules at identity: made, opened to roles, described, taken away and brought back."""

from typing import Any

import pytest

from guanxi.identity.v1 import control_plane_pb2, metadata_pb2
from tests.services.harness import SERVICE_TOKEN, Client, refused
from tests.support.house import PASSWORD, Admin, House

PROJECT = {"key": "project", "label_zh": "项目", "label_en": "Project", "plural_en": "Projects", "icon": "rocket"}


@pytest.fixture
def client(admin: Admin) -> Client:
    return admin.client()


def snapshot(house: House, admin: Admin) -> control_plane_pb2.Snapshot:
    """What the other services are told."""
    asking = Client(house.port, service_token=SERVICE_TOKEN)
    found: control_plane_pb2.Snapshot = asking.call("GetSnapshot", organization_id=admin.org_id).snapshot
    return found


def described(house: House, admin: Admin, module: str) -> metadata_pb2.Module | None:
    newer = house.client(house.client().call("CreateSession", email=admin.email, password=PASSWORD).access_token)
    return next((found for found in newer.call("GetMetadata").modules if found.name == module), None)


def granted(client: Client, key: str, module: str) -> dict[str, str]:
    """Operation → scope that a seeded role has of a module."""
    [role] = [role for role in client.call("ListRoles").roles if role.key == key]
    return {grant.operation: grant.scope for grant in role.grants if grant.module == module}


class TestLife:
    """A module is there from the moment it is made, and only while it is used."""

    def test_made(self, house: House, admin: Admin, client: Client) -> None:
        """The others hear of it, and forms know what it is called and what it has."""
        client.call("CreateCustomModule", custom_module={**PROJECT, "title_zh": "项目名称", "color": "#228be6"})
        client.call("CreateCustomField", custom_field={"module": "c_project", "key": "budget", "kind": "money"})
        assert ["project"] == [module.key for module in snapshot(house, admin).custom_modules]
        module = described(house, admin, "c_project")
        assert module is not None
        assert ("customers.c_project", "项目", "Projects") == (module.type, module.label.zh, module.plural.en)
        assert ("rocket", "#228be6", True, True) == (module.icon, module.color, module.owned, module.importable)
        fields = {field.name: field.label.zh for field in module.fields}
        assert "项目名称" == fields["name"]
        assert "custom.budget" in fields
        assert "module" not in fields

    def test_gone_and_back(self, house: House, admin: Admin, client: Client) -> None:
        """A deleted or disabled one is nowhere; restored it is as it was, and its key is nobody else's meanwhile."""
        made = client.call("CreateCustomModule", custom_module=PROJECT)
        client.call("CreateCustomField", custom_field={"module": "c_project", "key": "budget", "kind": "money"})
        client.call("DeleteCustomModule", id=made.id)
        assert not snapshot(house, admin).custom_modules
        assert described(house, admin, "c_project") is None
        taken = refused(client.call, "CreateCustomModule", custom_module=PROJECT)
        assert [("key", "KEY_OF_DELETED_MODULE")] == taken.violations
        back = client.call("UndeleteCustomModule", id=made.id)
        assert described(house, admin, "c_project") is not None
        off = {"id": made.id, "etag": back.etag, "disabled": True}
        client.call("UpdateCustomModule", custom_module=off)
        assert not snapshot(house, admin).custom_modules

    @pytest.mark.parametrize("key", ["Project", "1st", "a b", "项目", "x" * 32, "a'"])
    def test_keys(self, client: Client, key: str) -> None:
        """A key is what paths and permissions take."""
        refusal = refused(client.call, "CreateCustomModule", custom_module={**PROJECT, "key": key})
        assert ["key"] == [field for field, _ in refusal.violations]

    def test_named_by_what_it_is_called(self, client: Client) -> None:
        """Who gives no key gets one that is made of the name, and is free."""
        names = [
            {"label_zh": "合同审批"},
            {"label_en": "Site visit"},
            {"label_en": "Site visit!"},
            {"label_en": "2nd"},
            {},
        ]
        made = [client.call("CreateCustomModule", custom_module=name).key for name in names]
        assert ["hetongshenpi", "site_visit", "site_visit_2", "module_2nd", "module"] == made
        field = {"module": "accounts", "label_zh": "开工日期", "kind": "date"}
        assert ["kaigongriqi", "kaigongriqi_2"] == [
            client.call("CreateCustomField", custom_field=field).key for _ in range(2)
        ]

    def test_one_of_a_key(self, client: Client) -> None:
        """Two modules of one organization are called differently, and neither is ever called otherwise."""
        made = client.call("CreateCustomModule", custom_module=PROJECT)
        taken = refused(client.call, "CreateCustomModule", custom_module=PROJECT)
        assert [("key", "TAKEN")] == taken.violations
        change = {"id": made.id, "etag": made.etag, "key": "plan"}
        assert [("key", "IMMUTABLE")] == refused(client.call, "UpdateCustomModule", custom_module=change).violations


class TestRoles:
    """Who may use a new module is what its maker says."""

    @pytest.mark.parametrize(
        ("open_to", "manager", "agent"),
        [
            ("", {}, {}),
            ("administrators", {}, {}),
            ("as_accounts", {"view": "tree", "assign": "tree"}, {"view": "all"}),
            ("everyone", {"view": "all", "create": "all", "delete": "own"}, {"view": "all", "edit": "all"}),
        ],
    )
    def test_opened(self, client: Client, open_to: str, manager: dict[str, str], agent: dict[str, str]) -> None:
        """Roles are granted what they have of accounts, or all the same, or nothing."""
        client.call("CreateCustomModule", custom_module={**PROJECT, "open_to": open_to})
        for key, expected in (("sales_manager", manager), ("service_agent", agent)):
            found = granted(client, key, "c_project")
            assert expected.items() <= found.items()
            assert bool(expected) == bool(found)

    def test_grants(self, client: Client) -> None:
        """A role grants the modules that there are, and keeps a grant while its module is away."""
        grants = [{"module": "c_project", "operation": "view", "scope": "all"}]
        role = {"name": "Clerk", "grants": grants}
        assert ["grants[0].module"] == [field for field, _ in refused(client.call, "CreateRole", role=role).violations]
        module = client.call("CreateCustomModule", custom_module=PROJECT)
        made = client.call("CreateRole", role=role)
        client.call("DeleteCustomModule", id=module.id)
        wider = [*grants, {"module": "accounts", "operation": "view", "scope": "all"}]
        client.call("UpdateRole", role={"id": made.id, "etag": made.etag, "grants": wider})

    def test_without_the_right(self, admin: Admin) -> None:
        """Modules are made by who may make them."""
        nobody, _ = admin.member([("accounts", "*", "all")])
        assert "PERMISSION_DENIED" == refused(nobody.call, "CreateCustomModule", custom_module=PROJECT).code

    def test_only_what_one_may_view_is_described(self, admin: Admin, client: Client) -> None:
        """Others are not told that there is such a module."""
        client.call("CreateCustomModule", custom_module=PROJECT)
        nobody, _ = admin.member([("accounts", "*", "all")])
        assert "c_project" not in [module.name for module in nobody.call("GetMetadata").modules]


class TestElsewhere:
    """What names modules takes those of the organization."""

    @pytest.fixture(autouse=True)
    def project(self, client: Client) -> None:
        client.call("CreateCustomModule", custom_module=PROJECT)

    def test_saved_views(self, client: Client) -> None:
        """Views of its lists are kept."""
        view: dict[str, Any] = {"name": "Mine", "module": "c_project", "visibility": "private"}
        assert "c_project" == client.call("CreateSavedView", saved_view=view).module
        refusal = refused(client.call, "CreateSavedView", saved_view={**view, "module": "c_plan"})
        assert ("module", "UNKNOWN_MODULE") in refusal.violations

    def test_custom_fields(self, client: Client) -> None:
        """Fields are added to it, and point to it."""
        link = {"module": "accounts", "key": "project", "kind": "reference", "reference": "customers.c_project"}
        assert "customers.c_project" == client.call("CreateCustomField", custom_field=link).reference
        for wrong in (
            {"module": "c_plan", "key": "a", "kind": "text"},
            {**link, "key": "b", "reference": "customers.c_x"},
        ):
            assert ["UNKNOWN_MODULE"] == [
                reason for _, reason in refused(client.call, "CreateCustomField", custom_field=wrong).violations
            ]

    def test_scopes(self, client: Client) -> None:
        """A program's token is narrowed to it."""
        made = client.call("CreateApiToken", name="t", scopes=["c_project.view"])
        assert ["c_project.view"] == list(made.api_token.scopes)

    def test_what_a_user_may_do(self, house: House, admin: Admin) -> None:
        """Its operations are among those that somebody has."""
        newer = house.client(house.client().call("CreateSession", email=admin.email, password=PASSWORD).access_token)
        found = newer.call("GetUserAccess", id=admin.user_id).modules
        assert "c_project" in [module.module for module in found]
