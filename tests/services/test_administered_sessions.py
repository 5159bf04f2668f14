"""An administrator sees where users are logged in, and ends it; nobody ends the sessions of who may do more."""

from typing import Any

import pytest

from local.process import poll
from tests.services.harness import Client, is_out, refused
from tests.services.test_passwords import happenings
from tests.support.house import Admin, House

VIEW = ("users", "view", "all")


@pytest.fixture
def person(admin: Admin) -> tuple[Client, str]:
    """Somebody who is logged in and has an API token, and their id."""
    client, user_id = admin.member([VIEW])
    client.call("CreateApiToken", name="script", days=30)
    return client, user_id


def held(admin: Admin, user_id: str) -> Any:
    """What a user has."""
    return admin.client().call("ListUserSessions", id=user_id)


class TestList:
    def test_works(self, admin: Admin, person: tuple[Client, str]) -> None:
        """With device, address and times; no secret of it."""
        found = held(admin, person[1])
        [session], [token] = found.sessions, found.api_tokens
        assert session.address.startswith("test-")
        assert session.HasField("last_use_time")
        assert not session.current
        assert ("script", 30) == (token.name, (token.expire_time.ToDatetime() - token.create_time.ToDatetime()).days)
        assert [True] == [one.current for one in held(admin, admin.user_id).sessions]

    def test_right(self, house: House, admin: Admin, person: tuple[Client, str]) -> None:
        """For who administers users, of their own organization."""
        assert "PERMISSION_DENIED" == refused(person[0].call, "ListUserSessions", id=admin.user_id).code
        assert "NOT_FOUND" == refused(held, house.sign_up(), person[1]).code


class TestEnd:
    def test_one(self, house: House, admin: Admin, person: tuple[Client, str]) -> None:
        """It is over within a minute; the audit log says who ended it. Another user's id does not reach it."""
        client, user_id = person
        [session] = held(admin, user_id).sessions
        wrong = {"id": admin.user_id, "session_id": session.id}
        assert "NOT_FOUND" == refused(admin.client().call, "DeleteUserSession", **wrong).code
        admin.client().call("DeleteUserSession", id=user_id, session_id=session.id)
        assert poll(lambda: is_out(client), 60)
        assert not held(admin, user_id).sessions
        last = happenings(house, admin.org_id, "identity.Session")[-1]
        assert ("ended", admin.user_id, user_id) == (last.verb, last.actor.user_id, last.changes[0].id)
        gone = {"id": user_id, "session_id": session.id}
        assert "NOT_FOUND" == refused(admin.client().call, "DeleteUserSession", **gone).code

    def test_all(self, admin: Admin, person: tuple[Client, str]) -> None:
        """Of one's own all but the one that calls."""
        for user_id, left in ((person[1], 0), (admin.user_id, 1)):
            admin.client().call("DeleteUserSession", id=user_id, session_id="-")
            assert left == len(held(admin, user_id).sessions)

    def test_token(self, house: House, admin: Admin, person: tuple[Client, str]) -> None:
        """A token, too; every service asks at once which are void."""
        [token] = held(admin, person[1]).api_tokens
        admin.client().call("DeleteUserApiToken", id=person[1], api_token_id=token.id)
        found = held(admin, person[1])
        assert (1, 0) == (len(found.sessions), len(found.api_tokens))
        last = happenings(house, admin.org_id, "identity.ApiToken")[-1]
        assert ("ended", admin.user_id, token.id) == (last.verb, last.actor.user_id, last.changes[0].id)

    def test_not_of_who_may_do_more(self, admin: Admin) -> None:
        """Who administers users and nothing else ends no administrator's sessions or tokens."""
        lesser, _ = admin.member([VIEW, ("users", "administer", "all")])
        for name, what in (("DeleteUserSession", "session_id"), ("DeleteUserApiToken", "api_token_id")):
            error = refused(lesser.call, name, **{"id": admin.user_id, what: "-"})
            assert "BEYOND_OWN_RIGHTS" == error.reason
        assert held(admin, admin.user_id).sessions
