"""Somebody leaves: an administrator deactivates them, and sees what belonged to them go to the successor."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.client import Client

ACCOUNTS = 12


def _dialog(person: Client, user: dict[str, Any]) -> Locator:
    """The dialog of deactivation, opened from the user's page."""
    page = person.open(f"/users/{user['id']}").page
    person.button("user.deactivate").click()
    return page.get_by_role("dialog", name=person.t("handOver.deactivate", name=user["name"]))


@pytest.mark.parametrize(
    ("language", "width", "accounts"), [("en", 1280, "Accounts"), ("zh-CN", 390, "客户")], ids=["en", "zh at 390 px"]
)
def test_records_go_to_the_successor(
    client: Callable[..., Client],
    colleague: Callable[..., dict[str, Any]],
    language: str,
    width: int,
    accounts: str,
) -> None:
    """The dialog counts what there is, takes a successor, shows the end; then the records are the successor's."""
    person = client(language=language, width=width, height=844)
    leaver, successor = colleague(person, "Lee Leaver"), colleague(person, "Sun Successor")
    made = [person.create("accounts", name=f"Account {row}", owner_id=leaver["id"]) for row in range(ACCOUNTS)]
    kept = person.create("accounts", name="Somebody else's")

    dialog = _dialog(person, leaver)
    row = dialog.get_by_role("table", name=person.t("handOver.records")).get_by_role("row")
    expect(row).to_have_text(re.compile(rf"^{accounts}\s*{ACCOUNTS}$"))
    expect(person.says("handOver.later")).to_be_visible()
    person.choose(person.t("handOver.successor"), "Sun Successor")
    expect(person.says("handOver.later")).to_have_count(0)
    assert person.overflow() == 0

    dialog.get_by_role("button", name=person.t("user.deactivate"), exact=True).click()
    running = person.page.get_by_role("dialog", name=person.t("handOver.title", name="Lee Leaver"))
    expect(running.get_by_role("progressbar")).to_be_visible()
    expect(person.says("handOver.done")).to_be_visible()
    expect(running.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    assert person.overflow() == 0
    person.says("action.close").click()
    expect(person.button("user.activate")).to_be_visible()

    owners = {record["id"]: person.call("GET", f"/accounts/{record['id']}")["owner_id"] for record in [*made, kept]}
    assert owners == {**{record["id"]: successor["id"] for record in made}, kept["id"]: kept["owner_id"]}
    person.open(f"/accounts/{made[0]['id']}")
    expect(person.page.get_by_text("Sun Successor").first).to_be_visible()


def test_nothing_to_hand_over(client: Callable[..., Client], colleague: Callable[..., dict[str, Any]]) -> None:
    """Who owns nothing is deactivated without a successor, and let in again from the same place."""
    person = client()
    leaver = colleague(person, "Lee Leaver")
    dialog = _dialog(person, leaver)
    expect(person.says("handOver.nothing")).to_be_visible()
    dialog.get_by_role("button", name=person.t("user.deactivate"), exact=True).click()
    expect(dialog).to_have_count(0)
    person.button("user.activate").click()
    expect(person.button("user.deactivate")).to_be_visible()
    assert person.call("GET", f"/users/{leaver['id']}")["active"]
