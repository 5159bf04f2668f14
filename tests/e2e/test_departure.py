"""Somebody leaves: what belonged to them is the successor's in every service, and nobody else's is touched."""

import uuid
from typing import Any

import pytest

from local.process import poll
from tests.e2e.api import Api, Refusal
from tests.support.stack import Stack

SECONDS = 60
ACCOUNTS = 7


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Api:
    """The administrator of an organization of these tests alone."""
    return Api.sign_up(stack, "Departures Ltd")


def role(admin: Api) -> str:
    """A role that may work with everything of one's own."""
    grants = [
        {"module": module, "operation": operation, "scope": "own"}
        for module in ("accounts", "opportunities")
        for operation in ("view", "create", "edit")
    ] + [{"module": module, "operation": "view", "scope": "all"} for module in ("stages", "pipelines")]
    return str(admin.post("roles", name=uuid.uuid4().hex, grants=grants)["id"])


def me(person: Api) -> str:
    """Who they are."""
    return str(person.get("sessions/current")["user_id"])


def counts(answer: dict[str, Any], name: str = "count") -> dict[str, int]:
    """Module → number, where there is any."""
    return {each["module"]: int(each[name]) for each in answer["modules"] if int(each.get(name, 0))}


def test_hand_over(admin: Api, stack: Stack) -> None:
    """Deactivation with a successor: sessions end, every record goes over with an event and an audit entry each, and only
    then the user can be deleted, whose address is free and whose name stays.
    """
    rep, successor = admin.member("Rep", role(admin)), admin.member("Successor", role(admin))
    rep_id, successor_id = me(rep), me(successor)
    stranger = Api.sign_up(stack, "Elsewhere Ltd")
    kept = stranger.post("accounts", name="Theirs")
    accounts = [rep.post("accounts", name=f"Account {number}") for number in range(ACCOUNTS)]
    deal = rep.post("opportunities", name="Deal", account_id=accounts[0]["id"])
    admins = admin.post("accounts", name="The administrator's")

    assert {"accounts": ACCOUNTS, "opportunities": 1} == counts(admin.get(f"users/{rep_id}:previewHandOver"))
    with pytest.raises(Refusal) as refused:
        admin.call("DELETE", f"users/{rep_id}")
    assert "DEACTIVATE_FIRST" == refused.value.problem["reason"]
    admin.post(f"users/{rep_id}:deactivate")
    with pytest.raises(Refusal) as refused:
        admin.call("DELETE", f"users/{rep_id}")
    assert "USER_OWNS_RECORDS" == refused.value.problem["reason"]
    assert f"Accounts {ACCOUNTS}, Opportunities 1" in refused.value.problem["detail"]

    user = admin.post(f"users/{rep_id}:deactivate", successor_id=successor_id)
    assert not user.get("active")
    assert poll(lambda: admin.get(f"users/{rep_id}:handOver").get("done"), SECONDS)
    progress = admin.get(f"users/{rep_id}:handOver")
    assert {"accounts": ACCOUNTS, "opportunities": 1} == counts(progress, "moved")
    assert {successor_id} == {each["successor_id"] for each in progress["modules"]}
    assert poll(lambda: ended(rep), SECONDS)
    assert ACCOUNTS == successor.total("accounts")
    assert successor_id == successor.get(f"opportunities/{deal['id']}")["owner_id"]
    assert me(admin) == admin.get(f"accounts/{admins['id']}")["owner_id"]
    assert kept["etag"] == stranger.get(f"accounts/{kept['id']}")["etag"]
    records = [*accounts, deal]
    assert poll(lambda: all(["handed_over", "created"] == verbs(admin, record) for record in records), SECONDS)

    admin.call("DELETE", f"users/{rep_id}")
    assert "Rep" == admin.get(f"users/{rep_id}", show_deleted=True)["name"]
    again = admin.post("users", name="Rep again", email=user["email"])
    admin.post(f"users/{again['id']}:invite")


def ended(person: Api) -> bool:
    """Whether somebody is not let in any more."""
    try:
        person.get("accounts", page_size=1)
    except Refusal as refusal:
        return refusal.status in (401, 403)
    return False


def verbs(admin: Api, record: dict[str, Any]) -> list[str]:
    """What the audit log tells of a record, newest first."""
    return [entry["verb"] for entry in admin.get("audit_entries", record_id=record["id"])["audit_entries"]]
