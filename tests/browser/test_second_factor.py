"""Two-step verification, as a person sets it up and uses it."""

import time
from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.client import PASSWORD, Client
from tests.support.stack import Stack

STEP = 30


def code_of(secret: str, step: int) -> str:
    """What an app shows during these 30 seconds."""
    return str(pyotp.TOTP(secret.replace(" ", "")).generate_otp(step))


def first_step(page: Page, person: Client) -> None:
    """Address and password."""
    page.goto(f"{person.organization.url}/login")
    page.get_by_label(person.t("entry.email")).fill(person.organization.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name=person.t("entry.logIn"), exact=True).click()


def test_set_up_and_used(site: Stack, client: Callable[..., Client], window: Callable[..., Page]) -> None:
    """Enrolled in My account, asked for at the next log-in, and a recovery code helps without the phone."""
    person = client()
    page = person.open("/settings/account").page
    person.button("factor.enroll").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=password]").fill(PASSWORD)
    dialog.get_by_role("button", name=person.t("entry.continue")).click()
    expect(dialog.get_by_role("img", name=person.t("factor.qr"))).to_be_visible()
    secret, now = dialog.get_by_test_id("secret").inner_text(), int(time.time()) // STEP
    dialog.get_by_label(person.t("factor.code")).fill(code_of(secret, now))
    dialog.get_by_role("button", name=person.t("factor.confirm")).click()
    codes = dialog.get_by_test_id("recovery-codes").inner_text().split()
    assert len(codes) == 10
    dialog.get_by_role("button", name=person.t("factor.kept")).click()
    expect(page.get_by_text(person.t("factor.on"), exact=True)).to_be_visible()

    other = window()
    first_step(other, person)
    expect(other.get_by_role("heading", name=person.t("factor.title"))).to_be_visible()
    other.get_by_label(person.t("factor.code")).fill(code_of(secret, now))
    other.keyboard.press("Enter")
    expect(other.get_by_role("alert")).to_be_visible()  # it was used to enroll
    other.get_by_label(person.t("factor.code")).fill(code_of(secret, now + 1))
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name=person.t("home.welcome", name="Ada Wang"))).to_be_visible()

    third = window()
    first_step(third, person)
    third.get_by_role("button", name=person.t("factor.useRecovery")).click()
    third.get_by_label(person.t("factor.recoveryCode")).fill(codes[0])
    third.keyboard.press("Enter")
    expect(third.get_by_role("heading", name=person.t("home.welcome", name="Ada Wang"))).to_be_visible()


def test_demanded_by_the_organization(site: Stack, client: Callable[..., Client], window: Callable[..., Page]) -> None:
    """Who has none sets it up on the way in, is shown the recovery codes, and is then inside."""
    person = client(language="zh-CN")
    found = person.call("GET", "/organizations")["organizations"][0]
    changes = {"second_factor_required": True, "etag": found["etag"]}
    person.call("PATCH", f"/organizations/{found['id']}", changes)
    page = window(language="zh-CN")
    first_step(page, person)
    expect(page.get_by_role("heading", name=person.t("factor.enrollTitle"))).to_be_visible()
    secret = page.get_by_test_id("secret").inner_text()
    page.get_by_label(person.t("factor.code")).fill(code_of(secret, int(time.time()) // STEP))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("recovery-codes")).to_be_visible()
    page.get_by_role("button", name=person.t("factor.kept")).click()
    expect(page.get_by_role("heading", name=person.t("home.welcome", name="Ada Wang"))).to_be_visible()
