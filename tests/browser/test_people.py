"""Administrators let people in, and see to it that they are out."""

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.client import Client, Organization
from tests.support.stack import Stack

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


def test_sessions_are_ended(
    site: Stack, client: Callable[..., Client], colleague: Callable[..., dict[str, Any]], window: Callable[..., Page]
) -> None:
    """On a user's page, and on the page of security for what nobody has used for long; each link there leads somewhere."""
    person = client()
    rep = colleague(person, "Rita Rep", "sales_representative")
    theirs = Client(window(), Organization(person.organization.url, rep["email"], "Heron Ltd")).log_in()
    theirs.call("POST", "/api_tokens", {"name": "old script", "days": 300})
    owner = sa.create_engine(site.database_url("identity", "owner"))
    with owner.begin() as connection:
        for table, days in (("sessions", 16), ("api_tokens", 91)):
            for name in ("create_time", "last_use_time"):
                aged = f"UPDATE {table} SET {name} = now() - interval '{days} days' WHERE user_id = '{rep['id']}'"
                connection.exec_driver_sql(aged)
    owner.dispose()

    page = person.open("/settings/security").page
    tokens = page.get_by_role("region", name=person.t("security.kind.stale_tokens"))
    expect(tokens.get_by_role("link", name="Rita Rep", exact=True)).to_have_attribute("href", f"/users/{rep['id']}")
    tokens.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name=person.t("token.revoke"), exact=True).click()
    expect(tokens.get_by_role("link")).to_have_count(0)
    stale = page.get_by_role("region", name=person.t("security.kind.stale_sessions"))
    stale.get_by_role("link", name="Rita Rep", exact=True).click()
    expect(page.get_by_role("heading", name="Rita Rep", exact=True)).to_be_visible()

    person.button("user.sessions").click()
    held = page.get_by_role("region", name=person.t("user.sessions"))
    held.get_by_role("button", name=person.t("session.end"), exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=person.t("session.end"), exact=True).click()
    expect(held.get_by_text(person.t("user.noSessions"), exact=True)).to_be_visible()
    person.open("/settings/security")
    expect(stale).to_be_visible()
    expect(stale.get_by_role("link")).to_have_count(0)
    for name, leads_to in (
        ("security.mend.organization", "/settings/organization"),
        ("security.mend.log", "/settings/audit?module=sessions&verb=refused"),
        ("Administrator", "/roles/"),
    ):
        person.open("/settings/security").link(person.t(name) if "." in name else name).click()
        page.wait_for_url(f"**{leads_to}*")
        expect(page.locator("h1").first).to_be_visible()
