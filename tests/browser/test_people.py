"""Administrators let people in, and see to it that they are out."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.client import Client

OWN = "amber kettle drifting"


def test_initial_password(client: Callable[..., Client], window: Callable[..., Page]) -> None:
    """A new user's form offers a password; the person logs in with it once, and chooses another."""
    person, email = client(), f"{uuid.uuid4().hex}@example.com"
    page = person.open("/users/new").page
    person.field("Name").fill("Wren Li")
    person.field("E-mail").fill(email)
    page.get_by_role("radio", name=person.t("user.byPassword")).check()
    given = person.field(person.t("user.initialPassword")).input_value()
    assert len(given) == 19
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="Wren Li", exact=True)).to_be_visible()

    theirs = window(width=390, height=844)
    theirs.goto(f"{person.organization.url}/login")
    theirs.get_by_label(person.t("entry.email")).fill(email)
    theirs.locator("input[type=password]").fill(given)
    theirs.get_by_role("button", name=person.t("entry.logIn"), exact=True).click()
    expect(theirs.get_by_role("heading", name=person.t("entry.chooseTitle"))).to_be_visible()
    own = theirs.locator("input[autocomplete=new-password]")
    own.fill(given)
    theirs.keyboard.press("Enter")
    expect(theirs.get_by_role("alert")).to_be_visible()  # it is not theirs alone
    own.fill(OWN)
    theirs.keyboard.press("Enter")
    expect(theirs.get_by_role("heading", name=person.t("home.welcome", name="Wren Li"))).to_be_visible()

    person.button("user.setPassword").click()
    dialog = page.get_by_role("dialog", name=person.t("user.setPassword"))
    dialog.get_by_role("button", name=person.t("user.generate")).click()
    dialog.get_by_role("button", name=person.t("user.setPassword"), exact=True).click()
    expect(page.get_by_text(person.t("user.passwordSet", name="Wren Li"), exact=True)).to_be_visible()
