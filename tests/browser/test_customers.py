"""How customers are won: a person and their company in one form, a lead that becomes both and an opportunity, a web form."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.client import Client


def test_a_customer_joins_the_company_that_is_there(client: Callable[..., Client]) -> None:
    """While the company is typed the one that is there is suggested; taken, the new person belongs to it."""
    person = client(language="zh-CN")
    company = person.create("accounts", name="上海白鹭科技有限公司")
    person.create("accounts", name="白鹭华东分公司", parent_id=company["id"])
    page = person.open("/contacts").page
    person.link(person.t("customer.new")).click()
    person.field("姓名").fill("张伟")
    person.field("手机").fill("138 0013 8000")
    person.field(person.t("customer.companyName")).fill("白鹭科技")
    page.get_by_role("option", name="上海白鹭科技有限公司", exact=True).click()
    expect(person.says("customer.companyKnown")).to_be_visible()
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="张伟", exact=True)).to_be_visible()
    expect(person.link("上海白鹭科技有限公司").locator("visible=true").first).to_be_visible()

    person.open("/contacts")
    row = page.get_by_role("row").filter(has=person.link("张伟"))
    expect(row.get_by_role("link", name="上海白鹭科技有限公司", exact=True)).to_be_visible()
    person.open(f"/accounts/{company['id']}")
    branch = page.get_by_label(person.t("tree.title")).get_by_role("link", name="白鹭华东分公司", exact=True)
    expect(branch).to_be_visible()

    person.open("/customers/new")
    person.field("姓名").fill("张先生")
    person.field("手机").fill("13800138000")
    expect(person.says("customer.maybeThere")).to_be_visible()
    expect(person.button("customer.createAnyway")).to_be_visible()


def test_a_lead_becomes_account_contact_and_opportunity(client: Callable[..., Client]) -> None:
    """Converting a lead takes the company that is there, makes the person and the deal; and is taken back."""
    person = client(width=390)
    account = person.create("accounts", name="Heron Instruments Ltd.")
    lead = person.create("leads", name="Li Na", company="Heron Instruments", email="lina@heron.example")
    page = person.open(f"/leads/{lead['id']}").page
    person.button("lead.convert").click()
    expect(page.get_by_role("radio", name="Heron Instruments Ltd.", exact=True)).to_be_checked()
    page.get_by_role("textbox", name="Amount").fill("5000")
    assert person.overflow() == 0
    page.get_by_role("dialog").get_by_role("button", name=person.t("lead.convertNow"), exact=True).click()
    expect(page.get_by_role("heading", name="Heron Instruments Ltd.", exact=True)).to_be_visible()

    def deals() -> list[object]:
        found: list[object] = person.call("GET", "/opportunities").get("opportunities", [])
        return found

    person.wait_for(lambda: len(deals()) == 1)
    expect(person.link("Li Na").locator("visible=true").first).to_be_visible()
    assert account["id"] == person.call("GET", f"/leads/{lead['id']}")["converted_account_id"]

    person.open(f"/leads/{lead['id']}")
    person.button("lead.revert").click()
    page.get_by_role("dialog").get_by_role("button", name=person.t("lead.revert"), exact=True).click()
    expect(person.button("lead.convert")).to_be_visible()
    person.wait_for(lambda: not deals())


def test_a_stranger_becomes_a_lead_by_a_web_form(client: Callable[..., Client], window: Callable[..., Page]) -> None:
    """An administrator makes a form; somebody without a log-in and without scripts fills it in, and the lead is there."""
    person = client()
    page = person.open("/forms/new").page
    person.field("Name").fill("Site")
    person.field("Heading").fill("Contact us")
    person.choose("Makes", "A lead")
    person.button("webForm.add").click()
    page.get_by_placeholder(person.t("webForm.field")).fill("E-mail")
    page.get_by_role("option", name="E-mail", exact=True).click()
    person.field("In use").check()
    person.button("form.create").click()
    address = page.locator("a[href*='/f/']").get_attribute("href")
    assert address is not None

    stranger = window(width=390, language="zh-CN", java_script_enabled=False)
    stranger.goto(address)
    stranger.get_by_label("姓名", exact=True).fill("Li Na")
    stranger.get_by_label("邮箱（选填）", exact=True).fill("lina@heron.example")
    stranger.wait_for_timeout(3000)  # the least time in which a person fills in a form
    stranger.get_by_role("button", name="提交", exact=True).click()
    expect(stranger.get_by_role("status")).to_have_text("提交成功，谢谢！")

    person.open("/leads")
    expect(person.link("Li Na").locator("visible=true").first).to_be_visible()
