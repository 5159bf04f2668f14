"""Everything that happened with a customer, on the customer's page."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.client import Client


def test_timeline(client: Callable[..., Client]) -> None:
    """What happens anywhere appears on the page without a reload, can be narrowed, and leads to its record."""
    person = client(language="zh-CN", width=390, height=844)
    account = person.create("accounts", name="蓝海科技")
    stream = person.open(f"/accounts/{account['id']}").page.get_by_role("region", name=person.t("timeline.title"))
    expect(stream.get_by_text(person.t("record.verb.created"))).to_be_visible()

    person.create("contacts", name="王伟", account_id=account["id"])
    person.create("interactions", kind="call", subject="首次通话", body="客户想看样机", account_id=account["id"])
    expect(stream.get_by_role("link", name="王伟", exact=True)).to_be_visible()
    expect(stream.get_by_text("客户想看样机", exact=True)).to_be_visible()
    assert person.overflow() == 0

    stream.get_by_text("沟通记录", exact=True).first.click()
    expect(stream.get_by_role("link", name="王伟", exact=True)).to_have_count(0)
    stream.get_by_role("link", name="首次通话", exact=True).click()
    expect(person.page.get_by_role("heading", name="首次通话", level=1)).to_be_visible()
