"""An administrator finds out what somebody may do, and why; and copies a role."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.client import Client


def test_roles_and_effective_permissions(
    client: Callable[..., Client], colleague: Callable[..., dict[str, Any]]
) -> None:
    """The list of users names the roles and says in short what they unite to; all of it, and from which role it comes, by
    a click there, and on the page of one.
    """
    person = client()
    rep = colleague(person, "Rita Rep", "sales_representative")
    page = person.open("/users").page
    listed = page.get_by_role("row").filter(has_text="Rita Rep")
    expect(listed).to_contain_text("Sales representative")
    viewed = person.t("access.counted", operation=person.t("operation.view"), modules="")
    listed.get_by_role("button").filter(has_text=viewed.strip()).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("rowheader", name="Accounts", exact=True).click()
    expect(dialog).to_be_visible()  # what is clicked in it is not the row below
    page.keyboard.press("Escape")
    person.open(f"/users/{rep['id']}")
    person.button("access.effective").click()
    table = page.get_by_role("region", name=person.t("access.effective")).get_by_role("table")
    row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Accounts", exact=True))
    cells = row.get_by_role("cell")
    expect(cells.nth(0)).to_contain_text(person.t("scope.own"))
    expect(cells.nth(0)).to_contain_text("Sales representative")
    expect(cells.nth(3)).to_have_text("—")
    expect(table.get_by_role("rowheader", name="Tickets", exact=True)).to_have_count(0)


def test_copy_of_a_role(client: Callable[..., Client]) -> None:
    """From the role's page, under another name, with the same grants."""
    person = client()
    roles = person.call("GET", "/roles?page_size=50")["roles"]
    marketer = next(role for role in roles if role.get("key") == "marketer")
    page = person.open(f"/roles/{marketer['id']}").page
    person.button("role.clone").click()
    dialog = page.get_by_role("dialog", name=person.t("role.clone"))
    name = dialog.get_by_label(person.t("role.newName"))
    expect(name).to_have_value(person.t("role.copyOf", name=marketer["name"]))
    name.fill(marketer["name"])
    dialog.get_by_role("button", name=person.t("role.clone"), exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()  # that name is taken
    name.fill("Events")
    dialog.get_by_role("button", name=person.t("role.clone"), exact=True).click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    made = person.call("GET", f"/roles/{page.url.rpartition('/')[2]}")
    assert (made["grants"], made.get("key", "")) == (marketer["grants"], "")


@pytest.mark.parametrize(
    ("language", "width", "why"),
    [
        ("en", 1280, "its owner Ada Wang is in none of their teams"),
        ("zh-CN", 390, "负责人Ada Wang不在其团队或下级团队中"),
    ],
    ids=["en", "zh at 390 px"],
)
def test_who_may_see_a_record(
    client: Callable[..., Client], colleague: Callable[..., dict[str, Any]], language: str, width: int, why: str
) -> None:
    """On the record's page: choose a user, and be told what they may do with it, and why."""
    person = client(language=language, width=width, height=844)
    rep = colleague(person, "Rita Rep", "sales_representative")
    account = person.create("accounts", name="Heron Clinic")
    page = person.open(f"/accounts/{account['id']}").page
    person.button("access.whoMaySee").click()
    person.choose(person.t("access.user"), "Rita Rep")
    expect(person.says("access.mayNothing")).to_be_visible()
    expect(page.get_by_text(why).first).to_be_visible()
    assert person.overflow() == 0

    etag = person.call("GET", f"/accounts/{account['id']}")["etag"]
    person.call("PATCH", f"/accounts/{account['id']}", {"owner_id": rep["id"], "etag": etag})
    person.open(f"/accounts/{account['id']}")
    person.button("access.whoMaySee").click()
    person.choose(person.t("access.user"), "Rita Rep")
    both = person.t("access.comma").join(person.t(f"operation.{name}") for name in ("view", "edit"))
    expect(person.says("access.may", operations=both)).to_be_visible()
