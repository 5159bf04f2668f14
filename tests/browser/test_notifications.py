"""Somebody is given a record, hears of it at once, and chooses what to hear of."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.client import Client, Organization


def test_bell(
    client: Callable[..., Client], colleague: Callable[..., dict[str, Any]], window: Callable[..., Page]
) -> None:
    """The bell counts what is new without a reload, leads to the record, and what was opened is read."""
    giver = client()
    lee = colleague(giver, "Lee Wang")
    theirs = Organization(giver.organization.url, lee["email"], giver.organization.name)
    reader = Client(window(language="zh-CN", width=390, height=844), theirs, "zh-CN").log_in()
    reader.call("PATCH", "/preferences", {"language": "zh"})
    reader.open("/")
    expect(reader.button("notifications.title")).to_be_visible()

    giver.create("accounts", name="蓝海科技", owner_id=lee["id"])
    reader.button("notifications.bellUnread", unread="1").click()
    assert reader.overflow() == 0
    reader.page.get_by_role("link", name="Ada Wang将客户“蓝海科技”分配给了您").click()
    expect(reader.page.get_by_role("heading", name="蓝海科技", level=1)).to_be_visible()
    expect(reader.button("notifications.title")).to_be_visible()

    reader.open("/notifications")
    reader.page.get_by_text(reader.t("notifications.onlyUnread"), exact=True).click()
    expect(reader.says("notifications.noneHint")).to_be_visible()
    assert reader.overflow() == 0


def test_choices(client: Callable[..., Client]) -> None:
    """One's own choice is kept at once and can be taken back to the organization's."""
    person = client().open("/settings/account")
    box = person.page.get_by_label(f"Reminders I set: {person.t('notifications.channel.email')}")
    expect(box).to_be_checked()
    person.open("/settings/organization")
    box.click()
    expect(box).not_to_be_checked()
    person.open("/settings/account")
    expect(box).not_to_be_checked()
    box.click()
    expect(box).to_be_checked()
    person.page.get_by_role("button", name=f"{person.t('notifications.reset')}: Reminders I set").click()
    expect(box).not_to_be_checked()
