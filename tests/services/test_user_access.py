"""What users may do, as identity tells it; copies of roles; and what nobody has granted is not allowed."""

import uuid
from typing import Any

import pytest

from chassis.ids import uuid7
from tests.services.harness import Client, refused
from tests.support.house import Admin, House

VIEWERS = [("users", "view", "all"), ("roles", "view", "all")]


@pytest.fixture(scope="module")
def admin(house: House) -> Admin:
    """An organization's administrator."""
    return house.sign_up()


def role(client: Client, *grants: tuple[str, str, str], rules: tuple[tuple[str, str, str], ...] = ()) -> Any:
    """A new role."""
    fields = {
        "name": uuid.uuid4().hex,
        "grants": [dict(zip(("module", "operation", "scope"), grant, strict=True)) for grant in grants],
        "field_rules": [dict(zip(("module", "field", "access"), rule, strict=True)) for rule in rules],
    }
    return client.call("CreateRole", role=fields)


def user(client: Client, *roles: Any, **fields: Any) -> Any:
    """A new user who holds these roles, not invited yet."""
    return client.call("CreateUser", user={"name": "Uma", "role_ids": [each.id for each in roles], **fields})


def told(answer: Any) -> dict[str, dict[str, tuple[str, set[str]]]]:
    """Module → operation → scope and roles."""
    return {
        module.module: {item.operation: (item.scope, set(item.role_ids)) for item in module.operations}
        for module in answer.modules
    }


class TestEffective:
    def test_united(self, admin: Admin) -> None:
        """The widest scope of several roles, and exactly the roles that reach as far."""
        client = admin.client()
        own = role(client, ("accounts", "view", "own"), ("accounts", "edit", "own"), ("reports", "view", "all"))
        tree = role(client, ("accounts", "view", "tree"), ("contacts", "view", "team"))
        same = role(client, ("accounts", "*", "own"), ("*", "view", "team"))
        answer = client.call("GetUserAccess", id=user(client, own, tree, same).id)
        assert [each.id for each in (own, tree, same)] == [each.id for each in answer.roles]
        assert not answer.active
        access = told(answer)
        assert ("tree", {tree.id}) == access["accounts"]["view"]
        assert ("own", {own.id, same.id}) == access["accounts"]["edit"]
        assert ("own", {same.id}) == access["accounts"]["delete"]
        assert ("team", {tree.id, same.id}) == access["contacts"]["view"]
        assert {"view": ("all", {own.id})} == access["reports"]
        assert {"view"} == access["tickets"].keys()

    def test_fields(self, admin: Admin) -> None:
        """A field is hidden where every role that sees the module hides it; read-only where each restricts it."""
        client = admin.client()
        grant = ("accounts", "view", "all")
        first = role(
            client, grant, rules=(("accounts", "employees", "hidden"), ("accounts", "annual_revenue", "hidden"))
        )
        second = role(
            client, grant, rules=(("accounts", "employees", "hidden"), ("accounts", "annual_revenue", "read_only"))
        )
        blind = role(client, ("contacts", "view", "all"))
        (accounts, _) = client.call("GetUserAccess", id=user(client, first, second, blind).id).modules
        assert (["employees"], ["annual_revenue"]) == (list(accounts.hidden_fields), list(accounts.read_only_fields))
        third = role(client, grant)
        (accounts,) = client.call("GetUserAccess", id=user(client, first, third).id).modules
        assert ([], []) == (list(accounts.hidden_fields), list(accounts.read_only_fields))

    def test_what_they_may_really(self, admin: Admin) -> None:
        """What is told is what their own metadata says."""
        member, user_id = admin.member([("accounts", "view", "own"), ("teams", "*", "all"), ("audit", "view", "all")])
        access = told(admin.client().call("GetUserAccess", id=user_id))
        metadata = member.call("GetMetadata")
        theirs = {module.name: set(module.operations) for module in metadata.modules}
        theirs |= {area.name: set(area.operations) for area in metadata.areas if area.operations}
        assert theirs == {module: set(operations) for module, operations in access.items()}
        assert admin.client().call("GetUserAccess", id=user_id).active

    @pytest.mark.parametrize("missing", range(2))
    def test_both_rights(self, admin: Admin, missing: int) -> None:
        """Who sees only users, or only roles, is denied; both together are enough."""
        half, _ = admin.member([VIEWERS[1 - missing]])
        assert "PERMISSION_DENIED" == refused(half.call, "GetUserAccess", id=admin.user_id).code
        blind, _ = admin.member(VIEWERS, [("roles", "grants", "hidden")])
        assert "PERMISSION_DENIED" == refused(blind.call, "GetUserAccess", id=admin.user_id).code
        both, _ = admin.member(VIEWERS)
        assert both.call("GetUserAccess", id=admin.user_id).modules

    def test_of_others(self, house: House, admin: Admin) -> None:
        """Another organization's user is as unknown as one that does not exist."""
        stranger = house.sign_up()
        for user_id in (stranger.user_id, str(uuid7())):
            assert "NOT_FOUND" == refused(admin.client().call, "GetUserAccess", id=user_id).code


class TestLeastPrivilege:
    def test_new_user_and_role(self, admin: Admin) -> None:
        """A user without roles, and one with a new role, may do nothing at all; they see only themselves."""
        client = admin.client()
        assert not client.call("GetUserAccess", id=user(client).id).modules
        empty = client.call("CreateRole", role={"name": uuid.uuid4().hex})
        assert not list(empty.grants)
        assert not client.call("GetUserAccess", id=user(client, empty).id).modules
        member, _ = admin.member([])
        assert not member.call("GetMetadata").modules
        assert member.call("GetCurrentSession").user_id
        for name in ("ListUsers", "ListRoles", "ListTeams", "ListCustomFields", "ListAuditEntries"):
            assert "PERMISSION_DENIED" == refused(member.call, name).code, name


class TestClone:
    def test_copy(self, admin: Admin) -> None:
        """Grants and field rules under another name; the key of a seeded role stays its own; once for a request id."""
        client = admin.client()
        seeded = next(each for each in client.call("ListRoles").roles if each.key == "sales_manager")
        made = client.call("CloneRole", id=seeded.id, name="Region head", request_id="one")
        assert (made.grants, made.name, made.key) == (seeded.grants, "Region head", "")
        assert made.id == client.call("CloneRole", id=seeded.id, name="Region head", request_id="one").id
        ruled = role(client, ("accounts", "view", "all"), rules=(("accounts", "employees", "hidden"),))
        assert ruled.field_rules == client.call("CloneRole", id=ruled.id, name="Ruled").field_rules

    def test_names(self, admin: Admin) -> None:
        """A name is needed, and another than there is."""
        client = admin.client()
        kept = role(client)
        assert [("name", "REQUIRED")] == refused(client.call, "CloneRole", id=kept.id).violations
        assert "ALREADY_EXISTS" == refused(client.call, "CloneRole", id=kept.id, name=kept.name).code

    def test_beyond_own_rights(self, admin: Admin) -> None:
        """Nobody copies a role that grants more than they have; without administering roles, none that grants anything."""
        rights = [("roles", operation, "all") for operation in ("view", "create", "administer")]
        maker, _ = admin.member(rights)
        wide = role(admin.client(), ("accounts", "view", "own"))
        assert "BEYOND_OWN_RIGHTS" == refused(maker.call, "CloneRole", id=wide.id, name="X").reason
        clerk, _ = admin.member([*rights[:2], ("accounts", "view", "all")])
        assert "ADMINISTER_DENIED" == refused(clerk.call, "CloneRole", id=wide.id, name="X").reason

    def test_hidden_rules(self, admin: Admin) -> None:
        """Who does not see what a role restricts makes no copy without it."""
        rights = [("roles", "*", "all"), ("accounts", "view", "all")]
        maker, _ = admin.member(rights, [("roles", "field_rules", "hidden")])
        ruled = role(admin.client(), ("accounts", "view", "all"), rules=(("accounts", "employees", "hidden"),))
        error = refused(maker.call, "CloneRole", id=ruled.id, name="X")
        assert [("field_rules", "FIELD_DENIED")] == error.violations


class TestUserName:
    def test_unique_in_the_organization(self, house: House, admin: Admin) -> None:
        """Optional; whatever the case, one user has it, and another organization's does not count."""
        client = admin.client()
        name = uuid.uuid4().hex
        assert name.upper() == user(client, user_name=name.upper()).user_name
        error = refused(user, client, user_name=name)
        assert ("ALREADY_EXISTS", [("user_name", "TAKEN")]) == (error.code, error.violations)
        assert user(house.sign_up().client(), user_name=name).user_name
        assert not user(client).user_name
        assert not user(client).user_name
        assert 1 == client.call("ListUsers", filter=f'user_name = "{name.upper()}"').total_size


class TestSummaries:
    def test_counted(self, admin: Admin) -> None:
        """How many modules each operation is granted in, and how far it reaches at most; nothing for no roles."""
        client = admin.client()
        own = role(client, ("accounts", "view", "own"), ("contacts", "view", "team"), ("accounts", "edit", "own"))
        wide = role(client, ("*", "*", "all"))
        some, none, every = user(client, own), user(client), user(client, own, wide)
        answer = client.call("BatchGetUserAccessSummaries", ids=[some.id, none.id, every.id]).users
        told = {one.id: {item.operation: (item.modules, item.scope) for item in one.operations} for one in answer}
        assert {"view": (2, "team"), "edit": (1, "own")} == told[some.id]
        assert {} == told[none.id]
        assert [False, False, True] == [one.everything for one in answer]
        whole = client.call("GetUserAccess", id=every.id).modules
        assert len(whole) == told[every.id]["view"][0]

    def test_of_nobody_elses(self, house: House, admin: Admin) -> None:
        """Another organization's users are left out, as if they were not there."""
        other = house.sign_up()
        wanted = [admin.user_id, other.user_id]
        assert [admin.user_id] == [
            one.id for one in admin.client().call("BatchGetUserAccessSummaries", ids=wanted).users
        ]

    def test_not_too_many(self, admin: Admin) -> None:
        """As many as a page holds."""
        ids = [str(uuid7()) for _ in range(201)]
        assert ("ids", "TOO_MANY") in refused(admin.client().call, "BatchGetUserAccessSummaries", ids=ids).violations
