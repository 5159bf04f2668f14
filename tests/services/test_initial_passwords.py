"""Passwords that an administrator sets: good for choosing one's own, in that organization, and nothing to others."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.resources.standard import StandardMethods
from guanxi.type.v1 import requests_pb2
from identity.users.table import logins
from local.process import poll
from tests.services.harness import is_out, refused
from tests.services.test_passwords import (
    OTHER,
    THIRD,
    happenings,
    link_for,
    log_in,
    second_organization,
    set_policy,
    sql,
)
from tests.support.house import PASSWORD, Admin, House
from tests.support.statements import recorded

INITIAL = "copper lanterns waiting"


def address() -> str:
    """One that nobody has."""
    return f"i-{uuid.uuid4().hex}@example.com"


def role_id(admin: Admin, key: str = "sales_representative") -> str:
    """Of a role by its key."""
    return str(next(role.id for role in admin.client().call("ListRoles").roles if role.key == key))


def made(admin: Admin, email: str, **fields: Any) -> Any:
    """A new user who is let in by a password."""
    user = {"name": "Wren", "email": email, "role_ids": [role_id(admin)], "initial_password": INITIAL, **fields}
    return admin.client().call("CreateUser", user=user)


def chosen(house: House, email: str, password: str = OTHER, **more: Any) -> Any:
    """Tokens of the first log-in, at which another password is chosen."""
    return log_in(house, email, INITIAL, new_password=password, **more)


def members_of(house: House, token: str) -> list[str]:
    """The organizations that somebody may choose from."""
    found = house.client(token).call("GetCurrentSession").memberships
    return [one.organization_id for one in found]


class TestFirstLogIn:
    def test_ones_own_is_chosen(self, house: House, admin: Admin) -> None:
        """It lets in once, to choose another; the audit log says who set it, and nobody sees it again."""
        email = address()
        user = made(admin, email)
        assert user.active
        assert not user.initial_password
        asked = log_in(house, email, INITIAL)
        assert ["new_password"] == list(asked.factors)
        assert "" == asked.access_token == asked.challenge
        for wrong, reason in ((INITIAL, "PASSWORD_REPEATED"), ("12345678", "PASSWORD_COMMON")):
            assert [("new_password", reason)] == refused(chosen, house, email, wrong).violations
        tokens = chosen(house, email)
        assert user.id == house.client(tokens.access_token).call("GetCurrentSession").user_id
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email, INITIAL).reason
        assert log_in(house, email, OTHER).access_token
        told = [
            (event.verb, event.actor.user_id, event.changes[0].id)
            for event in happenings(house, admin.org_id, "identity.Password")
        ]
        assert [("assigned", admin.user_id, user.id), ("changed", user.id, user.id)] == told
        assert not house.subjects(email)  # nobody has shown that the mailbox is theirs

    def test_by_number(self, house: House, admin: Admin) -> None:
        """Who has no e-mail address logs in with the mobile number."""
        number = f"138{uuid.uuid4().int % 10**8:08}"
        made(admin, "", phone=number)
        assert chosen(house, f"+86{number}").access_token

    def test_it_ends(self, house: House, admin: Admin) -> None:
        """After its time it lets nobody in."""
        email = address()
        made(admin, email)
        past = sa.update(logins).where(logins.c.email == email).values(initial_until=datetime(2026, 1, 1, tzinfo=UTC))
        sql(house, past)
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email, INITIAL).reason

    def test_the_policy_holds(self, house: House, admin: Admin) -> None:
        """What an administrator sets satisfies the organization's policy, too; and somebody it must belong to."""
        set_policy(admin, password_minimum_length=40)
        assert [("initial_password", "PASSWORD_SHORT")] == refused(made, admin, address()).violations
        set_policy(admin, password_minimum_length=8)
        assert "ADDRESS_MISSING" == refused(made, admin, "").reason

    def test_only_when_made(self, admin: Admin) -> None:
        """Not by an edit, nor by an upsert that finds the user."""
        user = made(admin, address())
        change = {"id": user.id, "initial_password": OTHER}
        error = refused(
            admin.client().call,
            "UpdateUser",
            user={**change, "etag": user.etag},
            update_mask={"paths": ["initial_password"]},
        )
        assert [("initial_password", "IMMUTABLE")] == error.violations
        assert "initial_password" in str(refused(admin.client().call, "BatchUpsertUsers", users=[change]).violations)


class TestSet:
    def test_of_a_member(self, house: House, admin: Admin) -> None:
        """Sessions end, the old password is void, and the new one is for choosing one's own."""
        member, user_id = admin.member([("users", "view", "all")])
        email = member.call("GetUser", id=user_id).email
        admin.client().call("SetUserPassword", id=user_id, password=INITIAL)
        assert poll(lambda: is_out(member), 60)
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email).reason
        assert chosen(house, email).access_token

    def test_of_who_never_came(self, house: House, admin: Admin) -> None:
        """A user without a log-in is made active; an invitation that was sent before ends."""
        email, client = address(), admin.client()
        user = client.call("CreateUser", user={"name": "W", "email": email})
        client.call("InviteUser", id=user.id)
        invitation = house.invitation(email)
        assert client.call("SetUserPassword", id=user.id, password=INITIAL).active
        assert chosen(house, email).access_token
        error = refused(house.client().call, "AcceptInvitation", token=invitation, password=THIRD)
        assert [("token", "INVITATION_ENDED")] == error.violations

    def test_not_of_who_may_do_more(self, house: House, admin: Admin) -> None:
        """Who administers users and nothing else sets none for an administrator, old or new, and nobody their own."""
        rights = [("users", verb, "all") for verb in ("view", "create", "edit", "administer")]
        lesser, lesser_id = admin.member(rights)
        call = {"id": admin.user_id, "password": INITIAL}
        assert "BEYOND_OWN_RIGHTS" == refused(lesser.call, "SetUserPassword", **call).reason
        new = {"name": "X", "email": address(), "initial_password": INITIAL}
        boss = {**new, "role_ids": [role_id(admin, "administrator")]}
        assert "BEYOND_OWN_RIGHTS" == refused(lesser.call, "CreateUser", user=boss).reason
        assert "OWN_PASSWORD" == refused(lesser.call, "SetUserPassword", id=lesser_id, password=INITIAL).reason
        assert lesser.call("CreateUser", user=new).active
        creator, _ = admin.member(rights[:3])
        user = {**new, "email": address()}
        assert "ADMINISTER_DENIED" == refused(creator.call, "CreateUser", user=user).reason
        stranger = house.sign_up()
        error = refused(stranger.client().call, "SetUserPassword", id=lesser_id, password=INITIAL)
        assert "NOT_FOUND" == error.code

    def test_not_of_who_reaches_other_teams(self, house: House, admin: Admin) -> None:
        """With the same rights over teams, one sets passwords and ends sessions of who reaches one's own teams alone."""
        client = admin.client()
        rights = [("users", verb, "all") for verb in ("view", "edit", "administer")]
        clerk, clerk_id = admin.member([*rights, ("accounts", "view", "tree")])
        _, boss_id = admin.member([("accounts", "view", "tree")])
        mine = client.call("CreateTeam", team={"name": "South", "manager_id": clerk_id})
        below = client.call("CreateTeam", team={"name": "Below", "parent_id": mine.id, "manager_id": boss_id})
        tokens = log_in(house, clerk.call("GetUser", id=clerk_id).email, PASSWORD)
        clerk = house.client(tokens.access_token)  # who knows of the teams
        assert clerk.call("SetUserPassword", id=boss_id, password=INITIAL).active
        change = {"id": below.id, "etag": below.etag}
        client.call("UpdateTeam", team=change, update_mask={"paths": ["parent_id"]})
        for method, more in (
            ("SetUserPassword", {"password": INITIAL}),
            ("ResetSecondFactor", {}),
            ("DeleteUserSession", {"session_id": "-"}),
            ("DeleteUserApiToken", {"api_token_id": "-"}),
        ):
            assert "BEYOND_OWN_RIGHTS" == refused(clerk.call, method, id=boss_id, **more).reason, method
        wide, _ = admin.member([*rights, ("accounts", "view", "all")])
        assert wide.call("SetUserPassword", id=boss_id, password=INITIAL).active

    def test_not_of_who_logs_in_elsewhere(self, house: House, admin: Admin) -> None:
        """A person's password for several organizations is none's to set."""
        member, user_id = admin.member([("users", "view", "all")])
        second_organization(house, member.call("GetUser", id=user_id).email)
        error = refused(admin.client().call, "SetUserPassword", id=user_id, password=INITIAL)
        assert "LOGIN_ELSEWHERE" == error.reason


class TestThief:
    """Somebody sets a password for an address that is not theirs, in an organization of their own."""

    @pytest.fixture
    def thief(self, house: House) -> Admin:
        """Its administrator."""
        return house.sign_up()

    def invited(self, house: House, admin: Admin, email: str) -> tuple[str, Any]:
        """The invitation sent to an address, and the user it is for."""
        user = admin.client().call("CreateUser", user={"name": "Boss", "email": email, "role_ids": [role_id(admin)]})
        admin.client().call("InviteUser", id=user.id)
        return house.invitation(email), user

    def test_another_organization_invites(self, house: House, admin: Admin, thief: Admin) -> None:
        """Whoever has the mailbox gets in by the link; the thief's password opens the thief's organization alone."""
        email = address()
        made(thief, email)
        stolen = chosen(house, email)
        token, user = self.invited(house, admin, email)
        house.client().call("AcceptInvitation", token=token, password=THIRD)
        mine = log_in(house, email, THIRD)
        assert [admin.org_id] == members_of(house, mine.access_token)
        assert user.id == house.client(mine.access_token).call("GetCurrentSession").user_id
        for tokens in (stolen, log_in(house, email, OTHER)):
            assert [thief.org_id] == members_of(house, tokens.access_token)
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email, OTHER, organization_id=admin.org_id).reason
        assert admin.org_id == log_in(house, email, THIRD, organization_id=admin.org_id).session.organization_id
        link_for(house, email)  # goes to the person, and sets the person's password
        thief.client().call("SetUserPassword", id=members(thief, email).id, password=THIRD + " again")
        assert log_in(house, email, THIRD).session.organization_id == admin.org_id

    def test_an_address_that_is_known(self, house: House, admin: Admin, thief: Admin) -> None:
        """The answer is the same for an address that is known elsewhere, and its owner notices nothing."""
        known, unknown = made(thief, admin.email), made(thief, address())
        assert known.active
        assert unknown.active
        assert [thief.org_id] == members_of(house, chosen(house, admin.email).access_token)
        own = log_in(house, admin.email)
        assert [admin.org_id] == members_of(house, own.access_token)
        assert not is_out(admin.client())

    def test_their_own_link(self, house: House, thief: Admin) -> None:
        """Who proves the address by a link has the log-in from then on, and the password set before is void."""
        email = address()
        user = made(thief, email)
        token = link_for(house, email)
        house.client().call("ResetPassword", token=token, password=THIRD)
        assert "WRONG_CREDENTIALS" == refused(chosen, house, email).reason
        assert user.id == log_in(house, email, THIRD).session.user_id

    def test_invited_to_prove_it(self, house: House, admin: Admin) -> None:
        """A user who was let in by a password may be invited: by the link the log-in is theirs, and the other is void."""
        email = address()
        user = made(admin, email)
        before = chosen(house, email)
        admin.client().call("InviteUser", id=user.id)
        house.client().call("AcceptInvitation", token=house.invitation(email), password=THIRD)
        assert user.id == log_in(house, email, THIRD).session.user_id
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email, OTHER).reason
        assert poll(lambda: is_out(house.client(before.access_token)), 60)
        assert "MEMBER_ALREADY" == refused(admin.client().call, "InviteUser", id=user.id).reason

    def test_guesses_are_counted(self, house: House, admin: Admin, thief: Admin) -> None:
        """Logging in with one's own password for an address gives no new guesses at its owner's."""
        made(thief, admin.email)
        chosen(house, admin.email)
        place = house.client(address="203.0.113.9")
        for _ in range(5):
            refused(place.call, "CreateSession", email=admin.email, password="guess")
            place.call("CreateSession", email=admin.email, password=OTHER)
        error = refused(place.call, "CreateSession", email=admin.email, password="guess")
        assert "TOO_MANY_ATTEMPTS" == error.reason

    def test_deleted(self, house: House, thief: Admin) -> None:
        """The address is free again when the user is deleted."""
        email = address()
        user = made(thief, email)
        chosen(house, email)
        thief.client().call("DeactivateUser", id=user.id)
        assert "WRONG_CREDENTIALS" == refused(log_in, house, email, OTHER).reason
        wanted = requests_pb2.DeleteRequest(id=user.id)
        StandardMethods(house.identity.records["users"]).delete(system_call(uuid.UUID(thief.org_id)), wanted)
        assert not sql(house, sa.select(logins.c.id).where(logins.c.email == email)).all()
        made(thief, email)
        assert chosen(house, email).access_token


def members(admin: Admin, email: str) -> Any:
    """The user of an address."""
    return admin.client().call("ListUsers", filter=f'email = "{email}"').users[0]


def test_a_refusal_costs_as_much(house: House, admin: Admin, hashed: list[str]) -> None:
    """Whether an organization has set a password for an address, no answer's time tells: it takes as many hashes, and
    the same statements.
    """
    email = address()
    made(admin, email)
    cost = []
    for of in (email, address()):
        sql(house, sa.text("DELETE FROM throttles"))
        hashed.clear()
        with recorded(house.identity.database, "rpc") as statements:
            refused(house.client().call, "CreateSession", email=of, password="wrong horse lantern")
        cost.append((list(hashed), [text for text, _ in statements]))
    assert cost[0] == cost[1]
    assert cost[0][0]
