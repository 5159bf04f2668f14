"""A program that reads and writes through the gateway meets no surprises: pages, etags, repetitions."""

import uuid
from typing import Any

import pytest

from tests.e2e.api import Api, Refusal
from tests.support.stack import Stack

PAGE = 7


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    """The administrator of an organization of these tests alone."""
    return Api.sign_up(stack, "Pages Ltd")


def made(api: Api, prefix: str, count: int) -> list[str]:
    """Ids of new accounts, in order of their names."""
    return [api.post("accounts", name=f"{prefix} {number:03d}")["id"] for number in range(count)]


def pages(api: Api, prefix: str, between: Any) -> list[str]:
    """Ids of a list by name, page by page; `between` is called after each page with its number."""
    seen: list[str] = []
    token, number = "", 0
    while True:
        page = api.get("accounts", filter=f'name : "{prefix}"', order_by="name", page_size=PAGE, page_token=token)
        seen += [one["id"] for one in page["accounts"]]
        token, number = page["next_page_token"], number + 1
        if not token:
            return seen
        between(number)


def test_a_list_that_changes_is_read_to_its_end(api: Api) -> None:
    """While records come and go, every record that was there all the time is seen, and exactly once."""
    prefix = "Moving"
    ids = made(api, prefix, 30)
    gone: set[str] = set()

    def change(number: int) -> None:
        api.post("accounts", name=f"{prefix} 000 new {number}")  # before what was read
        api.post("accounts", name=f"{prefix} 029 new {number}")  # after it
        for victim in (ids[number], ids[-number]):
            if victim not in gone:
                api.call("DELETE", f"accounts/{victim}")
                gone.add(victim)

    seen = pages(api, prefix, change)
    assert len(seen) == len(set(seen))
    assert set(ids) - gone <= set(seen)


def test_a_page_token_belongs_to_its_list(api: Api) -> None:
    """With another filter, order or in another module a token is refused by name, not read as something else."""
    made(api, "Token", 3)
    token = api.get("accounts", filter='name : "Token"', page_size=1)["next_page_token"]
    for path, query in (
        ("accounts", {"filter": 'name : "Other"'}),
        ("accounts", {"filter": 'name : "Token"', "order_by": "name"}),
        ("contacts", {"filter": 'name : "Token"'}),
    ):
        with pytest.raises(Refusal) as refusal:
            api.get(path, page_token=token, **query)
        assert refusal.value.status == 400
        assert refusal.value.problem["violations"][0]["field"] == "page_token"
    for wrong in ("x", token[:-2], token + "A", "💥"):
        with pytest.raises(Refusal) as refusal:
            api.get("accounts", filter='name : "Token"', page_token=wrong)
        assert refusal.value.problem["violations"][0]["field"] == "page_token"


def test_a_stale_etag_changes_nothing(api: Api) -> None:
    """In the body it is 409, in If-Match 412; without one 400 names it; and the record stays as it is."""
    account = api.post("accounts", name="Etag")
    path, first = f"accounts/{account['id']}", account["etag"]
    newer = api.call("PATCH", path, json={"etag": first, "phone": "+86 10 1234 5678"})
    assert newer["etag"] != first
    stale: list[tuple[int, dict[str, Any]]] = [
        (409, {"json": {"etag": first, "name": "Lost"}}),
        (412, {"json": {"name": "Lost"}, "headers": {"If-Match": f'"{first}"'}}),
        (400, {"json": {"name": "Lost"}}),
        (400, {"json": {"name": "Lost", "etag": newer["etag"]}, "headers": {"If-Match": f'"{first}"'}}),
    ]
    for status, options in stale:
        with pytest.raises(Refusal) as refusal:
            api.call("PATCH", path, **options)
        assert refusal.value.status == status, refusal.value
        assert refusal.value.problem["detail"]
    assert api.get(path) == newer


def test_a_repeated_write_happens_once(api: Api) -> None:
    """The same key and content give the same answer; other content under the key is refused; no key, no memory."""
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = api.call("POST", "accounts", json={"name": "Once"}, headers=dict(key))
    again = api.call("POST", "accounts", json={"name": "Once"}, headers=dict(key))
    assert again == first
    with pytest.raises(Refusal) as refusal:
        api.call("POST", "accounts", json={"name": "Twice"}, headers=dict(key))
    violation = refusal.value.problem["violations"][0]
    assert (violation["field"], violation["reason"]) == ("Idempotency-Key", "KEY_REUSED")
    assert api.get("accounts", filter='name = "Once"')["total_size"] == 1
    assert api.get("accounts", filter='name = "Twice"')["total_size"] == 0
    change = {"json": {"etag": first["etag"], "name": "Once more"}, "headers": {"Idempotency-Key": uuid.uuid4().hex}}
    path = f"accounts/{first['id']}"
    assert api.call("PATCH", path, **change) == api.call("PATCH", path, **change)  # the second finds its etag stale


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_wrong_is_named(stack: Stack, api: Api, language: str) -> None:
    """Whoever finds it, gateway or service: the parameter or field is named, in the caller's language."""
    program = Api(stack, api.token, language)
    cases: list[tuple[str, str, dict[str, Any], str]] = [
        ("GET", "accounts", {"params": {"page_sise": 5}}, "page_sise"),
        ("GET", "accounts", {"params": {"page_size": "many"}}, "page_size"),
        ("GET", "accounts", {"params": {"page_size": -1}}, "page_size"),
        ("GET", "accounts", {"params": {"filter": "name = "}}, "filter"),
        ("GET", "accounts", {"params": {"filter": 'nmae = "x"'}}, "filter"),
        ("GET", "accounts", {"params": {"order_by": "nmae"}}, "order_by"),
        ("GET", "accounts/no-uuid", {}, "id"),
        ("POST", "accounts", {"json": {}}, "name"),
        ("POST", "accounts", {"json": {"name": "x", "employees": "5"}}, "employees"),
        ("POST", "accounts", {"json": {"name": "x", "annual_revenue": {"amount": "1,5"}}}, "annual_revenue.amount"),
        ("POST", "accounts", {"json": {"name": "x", "parent_id": "x"}}, "parent_id"),
        ("POST", "accounts", {"json": {"name": "x" * 2000}}, "name"),
        ("POST", "accounts", {"json": {"name": "x", "custom": {"nothing": "x"}}}, "custom.nothing"),
    ]
    for method, path, options, field in cases:
        with pytest.raises(Refusal) as refusal:
            program.call(method, path, **options)
        problem = refusal.value.problem
        assert refusal.value.status == 400, problem
        violation = next(one for one in problem["violations"] if one["field"] == field)
        assert any("\u4e00" <= one <= "\u9fff" for one in violation["description"]) == (language == "zh"), violation
        assert len(problem["trace_id"]) == 32
