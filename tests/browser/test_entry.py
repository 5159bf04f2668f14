"""Coming in and going out."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.client import PASSWORD, Client, Organization, text
from tests.support.stack import Stack

LANGUAGES = ["zh-CN", "en"]
OTHER_PASSWORD = "amber kettle drifting"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sign_up_leads_inside_with_the_code_from_the_mail(
    site: Stack, window: Callable[..., Page], language: str
) -> None:
    """Whoever fills in the form and types the mailed code stands in their own organization."""
    page = window(language=language)
    email = f"founder-{language.lower()}@{language.lower()}.example.com"
    page.goto(f"{site.url}/signup")
    page.get_by_label(text(language, "entry.organization")).fill("白鹭有限公司")
    page.get_by_label(text(language, "entry.name")).fill("王芳")
    page.get_by_label(text(language, "entry.workEmail")).fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    expect(page.get_by_label(text(language, "entry.timeZone")).first).to_have_value("Asia/Shanghai (GMT+8)")
    page.get_by_role("button", name=text(language, "entry.continue")).click()
    expect(page.get_by_role("heading", name=text(language, "entry.verifyTitle"))).to_be_visible()
    page.locator("main input").first.focus()
    page.keyboard.type(str(site.inbox.wait_for(email).code))
    expect(page.get_by_role("heading", name=text(language, "home.welcome", name="王芳"))).to_be_visible()
    expect(page.get_by_text("白鹭有限公司").first).to_be_visible()


def test_the_language_chosen_in_the_menu_is_the_organizations(site: Stack, window: Callable[..., Page]) -> None:
    """An English browser turned to Chinese before the sign-up: the mail, the roles and the stages are Chinese."""
    page = window(language="en")
    email = "menu@menu.example.com"
    page.goto(f"{site.url}/signup")
    page.get_by_role("button", name=text("en", "nav.language")).click()
    page.get_by_role("menuitem", name="简体中文").click()
    page.get_by_label(text("zh-CN", "entry.organization")).fill("白鹭有限公司")
    page.get_by_label(text("zh-CN", "entry.name")).fill("王芳")
    page.get_by_label(text("zh-CN", "entry.workEmail")).fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=text("zh-CN", "entry.continue")).click()
    mail = site.inbox.wait_for(email)
    assert "验证码" in mail.subject
    page.locator("main input").first.focus()
    page.keyboard.type("000000" if mail.code != "000000" else "111111")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("main input").first).to_be_focused()
    page.keyboard.type(str(mail.code))
    expect(page.get_by_role("heading", name=text("zh-CN", "home.welcome", name="王芳"))).to_be_visible()
    page.goto(f"{site.url}/stages")
    expect(page.get_by_role("link", name="赢单").locator("visible=true")).to_be_visible()


def test_what_was_typed_outlives_the_session(client: Callable[..., Client]) -> None:
    """The password is asked for over the open form, and then the form is saved as it stands."""
    person = client()
    made = person.create("accounts", name="Heron Instruments")
    page = person.open(f"/accounts/{made['id']}").page
    person.button("action.edit").click()
    person.field("Location").fill("Hangzhou, 12th floor")
    page.context.clear_cookies()
    person.button("action.save").click()
    dialog = page.get_by_role("dialog", name=person.t("session.over"))
    expect(dialog.locator("input[type=password]")).to_be_focused()
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(person.field("Location")).to_have_value("Hangzhou, 12th floor")
    person.button("action.save").click()
    expect(person.says("form.saved")).to_be_visible()
    assert person.call("GET", f"/accounts/{made['id']}")["location"] == "Hangzhou, 12th floor"


def test_a_log_in_in_another_window_does_not_stop_this_one(client: Callable[..., Client]) -> None:
    """The same person's new session counts here, too: the form is saved at the first press."""
    person = client()
    page = person.open("/accounts/new").page
    person.field("Name").fill("Heron Windows")
    person.log_in()
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="Heron Windows")).to_be_visible()


def test_a_wrong_password_is_said_in_the_users_language(
    window: Callable[..., Page], organization: Callable[..., Organization]
) -> None:
    """The form stays, with a sentence that a person can read."""
    made = organization(language="zh")
    page = window(language="zh-CN")
    page.goto(f"{made.url}/login")
    page.get_by_label(text("zh-CN", "entry.email")).fill(made.email)
    page.locator("input[type=password]").fill("not the password")
    page.get_by_role("button", name=text("zh-CN", "entry.logIn")).click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in alert.inner_text())


def test_after_logging_in_again_one_is_where_one_was(client: Callable[..., Client]) -> None:
    """A session that ended leads to the log-in, and the log-in back to the page and its search."""
    person = client().open("/accounts?q=heron")
    person.page.context.clear_cookies()
    person.page.reload()
    expect(person.button("entry.logIn")).to_be_visible()
    person.page.get_by_label(person.t("entry.email")).fill(person.organization.email)
    person.page.locator("input[type=password]").fill(PASSWORD)
    person.button("entry.logIn").click()
    expect(person.page.get_by_role("heading", name="Accounts")).to_be_visible()
    expect(person.page.get_by_label(person.t("list.search"))).to_have_value("heron")


def test_an_invited_colleague_chooses_a_password_and_is_in(
    site: Stack, client: Callable[..., Client], window: Callable[..., Page]
) -> None:
    """The administrator presses one button; the link in the mail is all the colleague needs."""
    person = client()
    email = f"li-{uuid.uuid4().hex}@example.com"
    made = person.create("users", name="李娜", email=email)
    person.open(f"/users/{made['id']}").button("user.invite").click()
    expect(person.says("user.invited", email=email)).to_be_visible()
    link = re.search(r"https?://\S+/invitation#\S+", site.inbox.wait_for(email).text)
    assert link is not None
    page = window()
    page.goto(link.group().rstrip(".。"))
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=person.t("entry.accept")).click()
    expect(page.get_by_role("heading", name=person.t("home.welcome", name="李娜"))).to_be_visible()


def test_who_has_a_password_joins_another_organization_and_changes_between_them(
    site: Stack, client: Callable[..., Client], organization: Callable[..., Organization], window: Callable[..., Page]
) -> None:
    """A new password does not replace theirs, which is said at the log-in; the menu leads back to the first one."""
    person, host = organization(), client()
    made = host.create("users", name="Ada Wang", email=person.email)
    host.call("POST", f"/users/{made['id']}:invite", {})
    link = re.search(r"https?://\S+/invitation#\S+", site.inbox.wait_for(person.email, count=2).text)
    assert link is not None
    page = window(width=390, height=844)
    page.goto(link.group())
    expect(page.get_by_role("heading", name=text("en", "entry.invitationTo", organization="Heron Ltd"))).to_be_visible()
    expect(page.get_by_text(text("en", "entry.invitationFor", email=person.email), exact=True)).to_be_visible()
    page.locator("input[type=password]").fill(OTHER_PASSWORD)
    page.get_by_role("button", name=text("en", "entry.accept")).click()
    expect(page.get_by_text(text("en", "entry.told.joined"), exact=True)).to_be_visible()
    expect(page.get_by_label(text("en", "entry.email"))).to_have_value(person.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=text("en", "entry.logIn")).click()
    welcome = page.get_by_role("heading", name=text("en", "home.welcome", name="Ada Wang"))
    expect(welcome).to_be_visible()

    def present() -> str:
        return str(page.request.get(f"{site.url}/api/v1/sessions/current").json()["organization_id"])

    joined = present()
    page.get_by_role("button", name=text("en", "nav.userMenu", name="Ada Wang")).click()
    page.get_by_role("menuitem", name="Heron Ltd", exact=True).click()
    asked = page.get_by_role("dialog", name=text("en", "session.switchTo", organization="Heron Ltd"))
    asked.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(welcome).to_be_visible()
    assert present() != joined

    page.goto("about:blank")
    page.goto(link.group())
    expect(page.get_by_role("alert")).to_be_visible()  # the link has ended, and says so before anything is typed
    expect(page.locator("input[type=password]")).to_have_count(0)
    page.get_by_role("link", name=text("en", "entry.logIn"), exact=True).click()
    expect(page.get_by_label(text("en", "entry.email"))).to_be_visible()


def test_a_sign_up_outlives_its_page(site: Stack, window: Callable[..., Page]) -> None:
    """Another code may be sent; after the page was loaded again it is asked for still, and the password at the log-in."""
    email = f"{uuid.uuid4().hex}@example.com"
    page = window(width=390, height=844)
    page.goto(f"{site.url}/signup")
    page.get_by_label(text("en", "entry.organization")).fill("Heron Ltd")
    page.get_by_label(text("en", "entry.name")).fill("Ada Wang")
    page.get_by_label(text("en", "entry.workEmail")).fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=text("en", "entry.continue")).click()
    page.get_by_role("button", name=text("en", "entry.sendAgain")).click()
    expect(page.get_by_text(text("en", "entry.sentAgain", email=email), exact=True)).to_be_visible()
    code = site.inbox.wait_for(email, count=2).code
    page.reload()
    boxes = page.locator("main input:not([type=hidden])")
    expect(boxes).to_have_count(6)
    card = page.locator("main > div").bounding_box()
    for box in (boxes.first.bounding_box(), boxes.last.bounding_box()):
        assert card is not None
        assert box is not None
        assert card["x"] < box["x"]
        assert box["x"] + box["width"] < card["x"] + card["width"]
    boxes.first.focus()
    page.keyboard.type(str(code))
    expect(page.get_by_text(text("en", "entry.told.founded"), exact=True)).to_be_visible()
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=text("en", "entry.logIn")).click()
    expect(page.get_by_role("heading", name=text("en", "home.welcome", name="Ada Wang"))).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_company_signs_up_by_mobile_number(site: Stack, window: Callable[..., Page], language: str) -> None:
    """The code comes by SMS; the number logs in, however it is written; a phone's screen is wide enough."""
    number = f"138{uuid.uuid4().int % 10**8:08d}"
    page = window(language=language, width=390, height=844)
    page.goto(f"{site.url}/signup")
    page.get_by_text(text(language, "entry.byPhone"), exact=True).click()
    page.get_by_label(text(language, "entry.organization")).fill("鹭")
    page.get_by_label(text(language, "entry.name")).fill("Ada Wang")
    page.get_by_role("textbox", name=text(language, "entry.phone")).fill(number)
    page.locator("input[type=password]").fill(PASSWORD)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name=text(language, "entry.continue")).click()
    expect(page.get_by_role("heading", name=text(language, "entry.verifyTitle"))).to_be_visible()
    code = site.inbox.wait_for(f"+86{number}").code
    assert code is not None
    page.locator("input[autocomplete=one-time-code]").first.focus()
    page.keyboard.type(code)
    expect(page.get_by_role("heading", name=text(language, "home.welcome", name="Ada Wang"))).to_be_visible()
    again = window(language=language)
    again.goto(f"{site.url}/login")
    again.get_by_label(text(language, "entry.contact")).fill(f"+86 {number[:3]} {number[3:7]} {number[7:]}")
    again.locator("input[type=password]").fill(PASSWORD)
    again.get_by_role("button", name=text(language, "entry.logIn")).click()
    expect(again.get_by_role("heading", name=text(language, "home.welcome", name="Ada Wang"))).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(
    site: Stack, window: Callable[..., Page], organization: Callable[..., Organization], language: str
) -> None:
    """From the log-in page to the mail, to a new password, and in; the link does not work twice."""
    made = organization(language=language[:2])
    page = window(language=language)
    page.goto(f"{made.url}/login")
    page.get_by_label(text(language, "entry.email")).fill(made.email)
    page.get_by_role("link", name=text(language, "entry.forgot")).click()
    expect(page.get_by_label(text(language, "entry.email"))).to_have_value(made.email)
    page.get_by_role("button", name=text(language, "entry.forgotSend")).click()
    expect(page.get_by_role("status")).to_contain_text(made.email)
    link = re.search(r"https?://\S+/reset#\S+", site.inbox.wait_for(made.email, count=2).text)
    assert link is not None
    for password, accepted in (("password1!", False), (OTHER_PASSWORD, True)):
        page.goto("about:blank")
        page.goto(link.group())
        page.locator("input[type=password]").fill(password)
        page.get_by_role("button", name=text(language, "entry.resetDo")).click()
        if not accepted:
            expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("heading", name=text(language, "entry.logIn"))).to_be_visible()
    page.get_by_label(text(language, "entry.email")).fill(made.email)
    page.locator("input[type=password]").fill(OTHER_PASSWORD)
    page.get_by_role("button", name=text(language, "entry.logIn")).click()
    expect(page.get_by_role("heading", name=text(language, "home.welcome", name="Ada Wang"))).to_be_visible()
    page.goto(link.group())
    page.locator("input[type=password]").fill(OTHER_PASSWORD)
    page.get_by_role("button", name=text(language, "entry.resetDo")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_changed_password_ends_the_other_windows(client: Callable[..., Client]) -> None:
    """The account page refuses a wrong present password at its field; a right one changes it, here and nowhere else."""
    person = client()
    other = client(of=person.organization).open("/accounts")
    page = person.open("/settings/account").page
    expect(person.button("session.endOthers")).to_be_visible()
    for current, shown in (("not the password", False), (PASSWORD, True)):
        page.get_by_label(person.t("password.current")).fill(current)
        page.get_by_label(person.t("entry.newPassword"), exact=True).fill(OTHER_PASSWORD)
        person.button("password.change").click()
        if not shown:
            expect(page.get_by_text("The password is wrong")).to_be_visible()
    expect(person.says("password.changed")).to_be_visible()
    expect(person.button("session.endOthers")).to_have_count(0)
    current = f"{person.organization.url}/api/v1/sessions/current"
    other.wait_for(lambda: other.page.request.get(current).status == 401)
    other.page.reload()
    expect(other.button("entry.logIn")).to_be_visible()


def test_all_other_devices_are_logged_out_at_once(client: Callable[..., Client]) -> None:
    """One button; the list then shows this device alone."""
    person = client()
    client(of=person.organization)
    person.open("/settings/account")
    person.button("session.endOthers").click()
    expect(person.button("session.end")).to_have_count(0)
    expect(person.says("session.current")).to_be_visible()


def test_logging_out_ends_the_session(client: Callable[..., Client]) -> None:
    """After it the same cookies open nothing."""
    person = client().open("/")
    person.page.get_by_role("button", name=person.t("nav.userMenu", name="Ada Wang")).click()
    person.page.get_by_role("menuitem", name=person.t("nav.logOut")).click()
    expect(person.button("entry.logIn")).to_be_visible()
    person.page.goto(f"{person.organization.url}/accounts")
    expect(person.button("entry.logIn")).to_be_visible()


def test_the_language_changes_at_once_and_is_remembered(client: Callable[..., Client]) -> None:
    """Texts of the client and labels of the server both follow the switch, also after a reload."""
    person = client().open("/accounts")
    person.page.get_by_role("button", name=person.t("nav.language")).click()
    person.page.get_by_role("menuitem", name="简体中文").click()
    expect(person.page.get_by_role("heading", name="客户")).to_be_visible()
    person.page.reload()
    expect(person.page.get_by_role("heading", name="客户")).to_be_visible()
    assert person.page.locator("html").get_attribute("lang") == "zh-CN"
