"""A module of one's own, from nothing to a record that is found where it belongs, as an administrator makes it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from local.process import poll
from tests.browser.client import Client


def add_field(person: Client, label: str, kind: str, target: str = "") -> None:
    """By the dialog of the page of modules."""
    person.button("modules.addField").click()
    dialog = person.page.get_by_role("dialog")
    dialog.get_by_label("中文名称", exact=True).fill(label)
    person.choose("类型", kind)
    if target:
        person.choose("关联到", target)
    dialog.get_by_role("button", name=person.t("form.create"), exact=True).click()
    expect(dialog).to_have_count(0)
    expect(person.page.get_by_role("main").get_by_role("link", name=label, exact=True)).to_be_visible()


def titles(page: Page) -> list[str]:
    """The fields of the module in the order of its forms."""
    return page.locator("[data-rfd-draggable-id] a").all_inner_texts()


def test_a_module_is_made_and_used(client: Callable[..., Client]) -> None:
    """With four fields, one of which is a customer: a record is added, filtered and found on the customer's page."""
    person = client(language="zh-CN")
    account = person.create("accounts", name="蓝海科技")
    page = person.open("/settings/modules").page
    person.button("modules.new").click()
    page.get_by_role("dialog").get_by_label("中文名称", exact=True).fill("项目")
    page.get_by_role("dialog").get_by_role("button", name=person.t("form.create"), exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="项目", exact=True)).to_be_visible()  # in the navigation
    for label, kind, target in (
        ("预算", "数字", ""),
        ("开工日期", "日期", ""),
        ("网址", "网址", ""),
        ("客户", "关联记录", "客户"),
    ):
        add_field(person, label, kind, target)
    # The way for whoever does not drag.
    person.button("modules.move", name="客户").click()
    page.get_by_role("menuitem", name=person.t("modules.up"), exact=True).click()
    expect(page.locator("[data-rfd-draggable-id] a").nth(2)).to_have_text("客户")
    assert ["预算", "开工日期", "客户", "网址"] == titles(page)

    assert poll(lambda: person.open("/c_xiangmu/new").page.get_by_label("预算").count() > 0, 20, every=1)
    person.field("名称").fill("滨江塔楼")
    person.field("预算").fill("1200")
    page.get_by_role("main").get_by_label("客户", exact=True).fill("蓝海")
    page.get_by_role("option", name="蓝海科技", exact=True).click()
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="滨江塔楼")).to_be_visible()

    person.open("/c_xiangmu?q=binjiang")
    expect(page.get_by_role("link", name="滨江塔楼", exact=True).first).to_be_visible()
    person.open(f"/accounts/{account['id']}")
    expect(page.get_by_role("region", name="项目", exact=True).get_by_role("link", name="滨江塔楼")).to_be_visible()
