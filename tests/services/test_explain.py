"""What somebody may do with a record, and why: the answer is what their own calls meet, whoever asks and however it came."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.ids import uuid7
from tests.services.harness import Client, Refused, Running, Tenant, refused

RIGHTS = ("view", "edit", "delete")


@dataclass
class Firm:
    """Teams in three storeys, somebody in the middle one, and an owner everywhere around them."""

    tenant: Tenant
    client: Client
    running: Running
    owners: dict[str, uuid.UUID]
    middle: str

    def account(self, owner: str) -> str:
        """A new account of an owner's; returns its id."""
        made = self.client.call("CreateAccount", account={"name": "A", "owner_id": str(self.owners[owner])})
        return str(made.id)

    def explain(self, user_id: uuid.UUID, account_id: str, *, language: str = "en", by: Client | None = None) -> Any:
        """The answer."""
        asking = by or self.running.client(self.tenant, language=language)
        return asking.call("ExplainAccess", user_id=str(user_id), module="accounts", record_id=account_id)

    def texts(self, *arguments: Any, **options: Any) -> list[str]:
        """What it says."""
        return [reason.text for reason in self.explain(*arguments, **options).reasons]


@pytest.fixture
def firm(customers: Running, tenant: Tenant) -> Firm:
    """A new one."""
    top = tenant.team("Top")
    middle = tenant.team("Middle", top)
    below = tenant.team("Below", middle)
    owners = {
        "above": tenant.user("Ann Above", team=top),
        "beside": tenant.user("Ben Beside", team=middle),
        "below": tenant.user("Bea Below", team=below),
    }
    return Firm(tenant, customers.client(tenant), customers, owners, middle)


def tried(firm: Firm, user_id: uuid.UUID, account_id: str) -> tuple[bool, bool, bool]:
    """What their own calls meet: Get, Update and Delete, which is undone."""
    theirs = firm.running.client(firm.tenant, user_id)

    def works(name: str, **fields: Any) -> bool:
        try:
            theirs.call(name, **fields)
        except Refused as error:
            if error.code in ("NOT_FOUND", "PERMISSION_DENIED"):
                return False
            raise
        return True

    etag = firm.client.call("GetAccount", id=account_id).etag
    change = {"id": account_id, "etag": etag, "name": uuid.uuid4().hex}
    found = (
        works("GetAccount", id=account_id),
        works("UpdateAccount", account=change, update_mask={"paths": ["name"]}),
        works("DeleteAccount", id=account_id),
    )
    if found[2]:
        firm.client.call("UndeleteAccount", id=account_id)
    return found


class TestVerdict:
    @pytest.mark.parametrize("scope", ["own", "team", "tree", "all"])
    def test_what_their_calls_meet(self, firm: Firm, scope: str) -> None:
        """Whoever owns the record, however far each right reaches, with a second role or without."""
        firm.tenant.role("wide", [("accounts", "view", scope), ("accounts", "edit", scope)])
        firm.tenant.role("narrow", [("accounts", "*", "own")])
        asked = firm.tenant.user("Una User", "wide", "narrow", team=firm.middle)
        firm.owners["self"] = asked
        seen = set()
        for owner in firm.owners:
            account_id = firm.account(owner)
            answer = firm.explain(asked, account_id)
            verdict = (answer.visible, answer.editable, answer.deletable)
            assert tried(firm, asked, account_id) == verdict, owner
            assert [reason.allowed for reason in answer.reasons] == list(verdict)
            assert list(RIGHTS) == [reason.operation for reason in answer.reasons]
            if answer.visible:
                seen.add(owner)
        expected = {"own": {"self"}, "team": {"self", "beside"}, "tree": {"self", "beside", "below"}}
        assert expected.get(scope, set(firm.owners)) == seen

    def test_manager(self, firm: Firm) -> None:
        """A team that somebody leads counts as theirs."""
        boss = firm.tenant.user("Boss", "manager")
        firm.tenant.role("manager", [("accounts", "view", "team")])
        firm.tenant.snapshot.members[-1].role_ids.append(firm.tenant.snapshot.roles[-1].id)
        firm.tenant.team("Led", manager=boss)
        firm.tenant.snapshot.members[1].team_id = firm.tenant.snapshot.teams[-1].id
        firm.tenant.snapshot.version += 1
        account_id = firm.account("above")
        assert firm.explain(boss, account_id).visible
        assert tried(firm, boss, account_id)[0]

    def test_without_roles(self, firm: Firm) -> None:
        """Least privilege: who has no role may do nothing, and that is said."""
        nobody = firm.tenant.user("Nora")
        account_id = firm.account("beside")
        answer = firm.explain(nobody, account_id)
        assert (False, False, False) == (answer.visible, answer.editable, answer.deletable)
        assert tried(firm, nobody, account_id) == (False, False, False)
        assert ["Nora has no role"] == [reason.text for reason in answer.reasons]

    def test_role_that_grants_nothing(self, firm: Firm) -> None:
        """A new role grants nothing until something is granted by it."""
        firm.tenant.role("empty", [])
        somebody = firm.tenant.user("Emma", "empty")
        account_id = firm.account("beside")
        assert tried(firm, somebody, account_id) == (False, False, False)
        assert "None of Emma’s roles lets them view “Accounts”" in firm.texts(somebody, account_id)

    def test_inactive(self, firm: Firm) -> None:
        """Who is not active sees nothing, whatever the roles say."""
        firm.tenant.user("Ian", "administrator")
        firm.tenant.snapshot.members[-1].active = False
        firm.tenant.snapshot.version += 1
        ian = uuid.UUID(firm.tenant.snapshot.members[-1].id)
        answer = firm.explain(ian, firm.account("beside"))
        assert (False, False, False) == (answer.visible, answer.editable, answer.deletable)
        assert ["Ian is not active, and sees nothing whatever their roles say"] == [r.text for r in answer.reasons]

    def test_program(self, firm: Firm) -> None:
        """An API client holds roles as a user does, narrowed to its scopes."""
        role_id = firm.tenant.snapshot.roles[0].id
        made = firm.tenant.snapshot.api_clients.add(
            id=str(uuid7()), name="ERP", role_ids=[role_id], scopes=["accounts.view"]
        )
        firm.tenant.snapshot.version += 1
        answer = firm.explain(uuid.UUID(made.id), firm.account("beside"))
        assert (True, False, False) == (answer.visible, answer.editable, answer.deletable)
        assert "None of ERP’s roles lets them edit “Accounts”" == answer.reasons[1].text

    def test_deleted(self, firm: Firm) -> None:
        """A deleted record is visible among deleted ones, and cannot be changed."""
        account_id = firm.account("beside")
        firm.client.call("DeleteAccount", id=account_id)
        answer = firm.explain(firm.tenant.admin, account_id)
        assert (True, False, False) == (answer.visible, answer.editable, answer.deletable)
        assert "deleted" in answer.reasons[0].text


class TestReasons:
    def test_which_role_and_whose(self, firm: Firm) -> None:
        """The roles that reach furthest are named, and where the owner stands; in the asker's language."""
        firm.tenant.role("reps", [("accounts", "*", "own")])
        firm.tenant.role("leads", [("accounts", "view", "tree")])
        firm.tenant.role("lookers", [("accounts", "view", "tree")])
        asked = firm.tenant.user("Una", "reps", "leads", "lookers", team=firm.middle)
        account_id = firm.account("below")
        below = "its owner Bea Below is in a team below theirs"
        assert [
            f"Through “leads”, “lookers” they may view “Accounts” of their team and the teams below it: {below}",
            f"Through “reps” they may edit “Accounts” of their own: {below}",
            f"Through “reps” they may delete “Accounts” of their own: {below}",
        ] == firm.texts(asked, account_id)
        assert (
            "角色“leads”、“lookers”允许查看本团队及下级团队的“客户”：负责人Bea Below在其下级团队中"
            == firm.texts(asked, account_id, language="zh")[0]
        )
        outside = firm.texts(asked, firm.account("above"))
        assert outside[0].endswith("its owner Ann Above is in none of their teams")
        assert firm.texts(firm.tenant.admin, account_id)[0] == "Through “administrator” they may view all “Accounts”"

    def test_fields(self, firm: Firm) -> None:
        """Fields that they do not see or do not change are named as the organization calls them."""
        firm.tenant.custom_field("accounts", "grade", "text", label_zh="等级", label_en="Grade")
        rules = [("accounts", "employees", "hidden"), ("accounts", "custom.grade", "read_only")]
        firm.tenant.role("clerk", [("accounts", "*", "all")], rules)
        asked = firm.tenant.user("Cleo", "clerk")
        account_id = firm.account("beside")
        assert ["Fields they do not see: Employees", "Fields they cannot change: Grade"] == firm.texts(
            asked, account_id
        )[3:]
        assert firm.texts(asked, account_id, language="zh")[4] == "不能修改的字段：等级"


class TestWhoAsks:
    GRANTS = (("roles", "view", "all"), ("users", "view", "all"), ("accounts", "view", "own"))

    def test_only_of_records_they_see(self, firm: Firm) -> None:
        """A record out of the asker's sight, another organization's and one that does not exist are the same."""
        firm.tenant.role("auditor", list(self.GRANTS))
        auditor = firm.tenant.user("Aud", "auditor")
        asking = firm.running.client(firm.tenant, auditor)
        stranger = firm.running.tenants.make()
        theirs = firm.running.client(stranger).call("CreateAccount", account={"name": "Theirs"})
        for account_id in (firm.account("beside"), theirs.id, str(uuid7())):
            assert "NOT_FOUND" == refused(firm.explain, firm.tenant.admin, account_id, by=asking).code
        firm.owners["auditor"] = auditor
        assert firm.explain(firm.tenant.admin, firm.account("auditor"), by=asking).visible
        assert "NOT_FOUND" == refused(firm.explain, stranger.admin, firm.account("auditor")).code

    def test_names_they_do_not_see(self, firm: Firm) -> None:
        """Users whose names are hidden from the asker are not named."""
        firm.tenant.role("auditor", [*self.GRANTS, ("accounts", "view", "all")], [("users", "name", "hidden")])
        asking = firm.running.client(firm.tenant, firm.tenant.user("Aud", "auditor"))
        firm.tenant.role("reps", [("accounts", "view", "own")])
        una, nora = firm.tenant.user("Una", "reps"), firm.tenant.user("Nora")
        account_id = firm.account("above")
        texts = firm.texts(una, account_id, by=asking)
        assert texts[0].endswith("of their own: its owner is in none of their teams")
        assert texts[1] == "None of this user’s roles lets them edit “Accounts”"
        assert ["This user has no role"] == firm.texts(nora, account_id, by=asking)

    @pytest.mark.parametrize("missing", range(3))
    def test_without_a_right(self, firm: Firm, missing: int) -> None:
        """Each of the three rights is needed."""
        firm.tenant.role("half", [grant for number, grant in enumerate(self.GRANTS) if number != missing])
        asking = firm.running.client(firm.tenant, firm.tenant.user("Half", "half"))
        assert "PERMISSION_DENIED" == refused(firm.explain, firm.tenant.admin, firm.account("beside"), by=asking).code

    @pytest.mark.parametrize("field", ["roles.grants", "roles.field_rules", "users.role_ids"])
    def test_rules_they_do_not_see(self, firm: Firm, field: str) -> None:
        """Who does not see what roles grant, or who holds them, is not told by the way."""
        module, name = field.split(".")
        firm.tenant.role("half", list(self.GRANTS), [(module, name, "hidden")])
        asking = firm.running.client(firm.tenant, firm.tenant.user("Half", "half"))
        assert "PERMISSION_DENIED" == refused(firm.explain, firm.tenant.admin, str(uuid7()), by=asking).code

    def test_owner_they_do_not_see(self, firm: Firm) -> None:
        """An owner that is hidden from the asker is not named."""
        firm.tenant.role("auditor", [*self.GRANTS, ("accounts", "view", "all")], [("accounts", "owner_id", "hidden")])
        asking = firm.running.client(firm.tenant, firm.tenant.user("Aud", "auditor"))
        firm.tenant.role("reps", [("accounts", "view", "own")])
        texts = firm.texts(firm.tenant.user("Una", "reps"), firm.account("above"), by=asking)
        assert texts[0].endswith("of their own: its owner is in none of their teams")

    def test_wrong(self, firm: Firm) -> None:
        """What is missing or wrong is named."""
        asking = firm.running.client(firm.tenant)
        for fields, violation in (
            ({"module": "tickets"}, ("module", "UNKNOWN_MODULE")),
            ({"user_id": ""}, ("user_id", "REQUIRED")),
            ({"record_id": "x"}, ("record_id", "INVALID_ID")),
        ):
            request = {"user_id": str(uuid7()), "module": "accounts", "record_id": str(uuid7()), **fields}
            assert [violation] == refused(asking.call, "ExplainAccess", **request).violations
