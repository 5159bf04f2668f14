"""A change of roles is in force everywhere within seconds, for people whose tokens are older."""

import time
import uuid
from functools import partial

import pytest

from local.process import poll
from tests.e2e.api import Api, Refusal
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Api:
    """The administrator of an organization of these tests alone."""
    return Api.sign_up(stack, "Policy Ltd")


def test_a_role_changes_for_older_tokens(admin: Api) -> None:
    """Rights that a role gains or loses are felt by its holders at once: services are told, they need not ask."""
    role = admin.post(
        "roles", name=uuid.uuid4().hex, grants=[{"module": "accounts", "operation": "view", "scope": "all"}]
    )
    person = admin.member("Rep", role["id"])
    assert person.get("accounts")["accounts"] == []
    grants = [{"module": "products", "operation": "view", "scope": "all"}]
    admin.call("PATCH", f"roles/{role['id']}", json={"grants": grants}, headers={"If-Match": role["etag"]})
    begun = time.monotonic()
    assert poll(lambda: refused(person, "accounts"), 60)
    assert poll(lambda: not refused(person, "products"), 60)
    # A poll would take 15 seconds; being told takes a fraction of one.
    assert time.monotonic() - begun < 10


def test_moves_between_teams(admin: Api) -> None:
    """Who moves to another team sees its records in every service at once, and those of the former team no more; the same
    where a team moves below another, and where a user does whose records they see.
    """
    grants = [
        {"module": module, "operation": operation, "scope": "tree"}
        for module in ("accounts", "opportunities")
        for operation in ("view", "create")
    ] + [{"module": module, "operation": "view", "scope": "all"} for module in ("stages", "pipelines")]
    role = admin.post("roles", name=uuid.uuid4().hex, grants=grants)
    north, south, shop = (admin.post("teams", name=f"{name} {uuid.uuid4().hex}") for name in ("North", "South", "Shop"))
    head = admin.member("Head", role["id"], team_id=north["id"])
    owners = {team["name"]: admin.member("Owner", role["id"], team_id=team["id"]) for team in (north, south, shop)}
    for name, owner in owners.items():
        account = owner.post("accounts", name=name)
        owner.post("opportunities", name=name, account_id=account["id"])

    def seen(*teams: dict[str, str]) -> None:
        """Both services show these teams' records, soon."""
        expected = {team["name"] for team in teams}
        begun = time.monotonic()
        for module in ("accounts", "opportunities"):
            assert poll(partial(shows, head, module, expected), 60), (module, names(head, module), expected)
        assert time.monotonic() - begun < 10

    seen(north)
    change(admin, "users", me(head), team_id=south["id"])
    seen(south)
    change(admin, "teams", shop["id"], parent_id=south["id"])
    seen(south, shop)
    change(admin, "users", me(owners[shop["name"]]), team_id=north["id"])
    seen(south)
    change(admin, "teams", north["id"], manager_id=me(head))
    seen(south, north, shop)  # the shop's owner is in the north now


def me(person: Api) -> str:
    """Who they are."""
    return str(person.get("sessions/current")["user_id"])


def names(person: Api, module: str) -> set[str]:
    """What somebody's list shows."""
    return {record["name"] for record in person.get(module)[module]}


def shows(person: Api, module: str, expected: set[str]) -> bool:
    """Whether a list shows these and no others."""
    return names(person, module) == expected


def change(admin: Api, module: str, record_id: str, **fields: str) -> None:
    """Change a record."""
    etag = admin.get(f"{module}/{record_id}")["etag"]
    admin.call("PATCH", f"{module}/{record_id}", json={**fields, "etag": etag})


def refused(person: Api, module: str) -> bool:
    """Whether a list is denied, with the token the person has."""
    try:
        person.get(module, page_size=1)
    except Refusal as refusal:
        return refusal.status == 403
    return False
