"""Members: how they come in, and how they are out; and that one administrator stays."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.contract import all_resources
from identity.signup.table import signups
from identity.users.table import invitations
from local.process import poll
from tests.services.harness import is_out, refused
from tests.support.house import PASSWORD, Admin, House


class TestMembers:
    def test_last_administrator(self, admin: Admin) -> None:
        """The last administrator can be neither deactivated, stripped nor deleted."""
        client = admin.client()
        me = client.call("GetUser", id=admin.user_id)
        for change in ({"active": False}, {"role_ids": []}):
            error = refused(
                client.call,
                "UpdateUser",
                user={"id": me.id, "etag": me.etag, **change},
                update_mask={"paths": list(change)},
            )
            assert "LAST_ADMINISTRATOR" == error.reason
        assert "DEACTIVATE_FIRST" == refused(client.call, "DeleteUser", id=me.id).reason

    def test_invitation(self, house: House, admin: Admin) -> None:
        """An invited person sets a password, is active, and may do what their role says."""
        client, email = admin.client(), f"r-{uuid.uuid4().hex}@example.com"
        role = next(item for item in client.call("ListRoles").roles if item.key == "sales_representative")
        user = client.call("CreateUser", user={"name": "Rep", "email": email, "role_ids": [role.id]})
        assert not user.active
        invited = client.call("InviteUser", id=user.id)
        assert invited.HasField("invite_time")
        assert invited.etag != user.etag
        invitation = house.invitation(email)
        anyone = house.client()
        anyone.call("AcceptInvitation", token=invitation, password=PASSWORD)
        assert "INVITATION_ENDED" in str(refused(anyone.call, "AcceptInvitation", token=invitation, password=PASSWORD))
        tokens = anyone.call("CreateSession", email=email, password=PASSWORD)
        rep = house.client(tokens.access_token)
        assert "PERMISSION_DENIED" == refused(rep.call, "CreateUser", user={"name": "X"}).code
        modules = {module.name: list(module.operations) for module in rep.call("GetMetadata").modules}
        assert ["view", "create", "edit"] == modules["opportunities"]
        assert "roles" not in modules

    def test_active_only_by_invitation(self, admin: Admin) -> None:
        """Nobody becomes active without having proved their address."""
        error = refused(admin.client().call, "CreateUser", user={"name": "X", "email": "x@example.com", "active": True})
        assert [("active", "NOT_INVITED")] == error.violations

    def test_deactivated(self, house: House, admin: Admin) -> None:
        """A second administrator who is deactivated is out within a minute, refresh token and all."""
        client, email = admin.client(), f"d-{uuid.uuid4().hex}@example.com"
        role = next(item for item in client.call("ListRoles").roles if item.key == "administrator")
        user = client.call("CreateUser", user={"name": "Second", "email": email, "role_ids": [role.id]})
        client.call("InviteUser", id=user.id)
        invitation = house.invitation(email)
        house.client().call("AcceptInvitation", token=invitation, password=PASSWORD)
        tokens = house.client().call("CreateSession", email=email, password=PASSWORD)
        second = client.call("GetUser", id=user.id)
        client.call(
            "UpdateUser", user={"id": user.id, "etag": second.etag, "active": False}, update_mask={"paths": ["active"]}
        )
        out = house.client(tokens.access_token)
        assert poll(lambda: is_out(out), 60)
        assert "UNAUTHENTICATED" == refused(out.call, "RefreshSession", refresh_token=tokens.refresh_token).code

    def test_a_leaving_managers_teams(self, admin: Admin) -> None:
        """The successor manages them; who may not say who manages teams hands over the rest alone."""
        client = admin.client()
        for may in (True, False):
            _, leaving = admin.member([])
            team = client.call("CreateTeam", team={"name": uuid.uuid4().hex, "manager_id": leaving})
            caller = client
            if not may:
                modules = [contract.module for contract in all_resources().values() if contract.options.owned]
                assigns = [(module, "assign", "all") for module in modules]
                caller, _ = admin.member([*assigns, ("users", "view", "all"), ("users", "administer", "all")])
            caller.call("DeactivateUser", id=leaving, successor_id=admin.user_id)
            now = client.call("GetTeam", id=team.id).manager_id
            assert now == (admin.user_id if may else leaving)


class Invited:
    """Somebody who was asked in, and has not come yet."""

    def __init__(self, admin: Admin) -> None:
        self.house, self.admin, self.email = admin.house, admin, f"i-{uuid.uuid4().hex}@example.com"
        client = admin.client()
        self.id = client.call("CreateUser", user={"name": "Guest", "email": self.email}).id
        client.call("InviteUser", id=self.id)
        self.token = self.house.invitation(self.email)

    def accept(self) -> Any:
        """Open the link."""
        return self.house.client().call("AcceptInvitation", token=self.token, password=PASSWORD)

    def change(self, **fields: Any) -> None:
        """As the administrator does."""
        client = self.admin.client()
        user = {"id": self.id, "etag": client.call("GetUser", id=self.id).etag, **fields}
        client.call("UpdateUser", user=user, update_mask={"paths": list(fields)})

    def older(self, how: str) -> None:
        """As if the invitation had been sent so much earlier."""
        call = system_call(uuid.UUID(self.admin.org_id))
        mine = (invitations.c.org_id == call.org_id, invitations.c.user_id == uuid.UUID(self.id))
        earlier = invitations.c.expire_time - sa.text(f"interval '{how}'")
        with self.house.identity.database.write(call) as transaction:
            transaction.execute(sa.update(invitations).where(*mine).values(expire_time=earlier))


class TestInvitation:
    @pytest.fixture
    def invited(self, admin: Admin) -> Invited:
        """Somebody."""
        return Invited(admin)

    def looked_up(self, invited: Invited) -> Any:
        """What the link's page is told."""
        return invited.house.client().call("LookUpInvitation", token=invited.token)

    def test_looked_up(self, invited: Invited) -> None:
        """Who has the link is told whom it is for, and where it leads; a token that is none tells nothing."""
        found = self.looked_up(invited)
        assert ("鹭", invited.email) == (found.organization_name, found.email)
        for wrong in ("", "x", invited.token + "x", f"{uuid.uuid4()}.{invited.token.split('.')[1]}"):
            error = refused(invited.house.client().call, "LookUpInvitation", token=wrong)
            assert [("token", "INVITATION_ENDED")] == error.violations
        invited.accept()
        assert [("token", "INVITATION_ENDED")] == refused(self.looked_up, invited).violations

    def ended(self, invited: Invited) -> None:
        """The link is worth nothing, and nobody came in by it."""
        assert [("token", "INVITATION_ENDED")] == refused(self.looked_up, invited).violations
        assert [("token", "INVITATION_ENDED")] == refused(invited.accept).violations
        assert not invited.admin.client().call("GetUser", id=invited.id).active

    def test_seven_days(self, invited: Invited) -> None:
        """It lasts seven days, and not a minute more."""
        invited.older("7 days 1 minute")
        self.ended(invited)

    def test_not_fewer(self, invited: Invited) -> None:
        """A minute before its end it lets in."""
        invited.older("6 days 23 hours 59 minutes")
        assert invited.email == invited.accept().email

    @pytest.mark.parametrize("later", ["", "back"])
    def test_another_address(self, invited: Invited, later: str) -> None:
        """Who has the old mailbox is not let in with a new address, nor when the old one is entered again."""
        invited.change(email=f"o-{uuid.uuid4().hex}@example.com")
        if later:
            invited.change(email=invited.email)
        self.ended(invited)

    def test_another_number(self, admin: Admin, invited: Invited) -> None:
        """What was sent to an e-mail address is worth nothing once the user has only a number."""
        invited.change(email="", phone=f"138{uuid.uuid4().int % 10**8:08}")
        self.ended(invited)

    def test_deactivated(self, invited: Invited) -> None:
        """Who is deactivated before they came does not come in any more."""
        invited.admin.client().call("DeactivateUser", id=invited.id)
        self.ended(invited)

    def test_status(self, house: House, admin: Admin, invited: Invited) -> None:
        """A user's way in and out, in one word; a filter finds it."""
        client = admin.client()

        def status() -> str:
            return str(client.call("GetUser", id=invited.id).status)

        other = client.call("CreateUser", user={"name": "Later", "email": f"l-{uuid.uuid4().hex}@example.com"})
        assert ("not_invited", "invited") == (other.status, status())
        client.call("DeactivateUser", id=invited.id)
        assert "invited" == status()
        assert "NOT_INVITED" in str(refused(client.call, "ActivateUser", id=invited.id).violations)
        client.call("InviteUser", id=invited.id)
        house.client().call("AcceptInvitation", token=house.invitation(invited.email), password=PASSWORD)
        assert "active" == status()
        client.call("DeactivateUser", id=invited.id)
        assert "deactivated" == status()
        found = client.call("ListUsers", filter='status = "deactivated"').users
        assert [invited.id] == [user.id for user in found]
        client.call("ActivateUser", id=invited.id)
        assert "active" == status()

    def test_sent_again(self, invited: Invited) -> None:
        """The link before ends when another is sent."""
        invited.admin.client().call("InviteUser", id=invited.id)
        self.ended(invited)


class TestSignupCode:
    @pytest.mark.parametrize(("age", "lasts"), [("14 minutes", True), ("15 minutes 1 second", False)])
    def test_fifteen_minutes(self, house: House, age: str, lasts: bool) -> None:
        """So long is the code good."""
        client, email = house.client(), f"s-{uuid.uuid4().hex}@example.com"
        signup = client.call("CreateSignup", organization_name="X", name="B", email=email, password=PASSWORD)
        code = house.code(email)
        with house.identity.database.work() as connection:
            mine = sa.update(signups).where(signups.c.id == uuid.UUID(signup.signup_id))
            connection.execute(mine.values(expire_time=signups.c.expire_time - sa.text(f"interval '{age}'")))
        if lasts:
            assert client.call("VerifySignup", signup_id=signup.signup_id, code=code).organization_id
        else:
            error = refused(client.call, "VerifySignup", signup_id=signup.signup_id, code=code)
            assert [("code", "WRONG_CODE")] == error.violations
