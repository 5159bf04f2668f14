"""A change of roles is in force everywhere within seconds, for people whose tokens are older."""

import time
import uuid

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


def refused(person: Api, module: str) -> bool:
    """Whether a list is denied, with the token the person has."""
    try:
        person.get(module, page_size=1)
    except Refusal as refusal:
        return refusal.status == 403
    return False
