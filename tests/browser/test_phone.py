"""A phone's width: everything is there, and nothing is wider than the screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.client import Client

PATHS = [
    "/", "/accounts", "/accounts/new", "/opportunities", "/tickets", "/imports", "/imports/new", "/reports",
    "/reports/revenue-by-month", "/settings", "/settings/organization", "/settings/calendar", "/settings/teams", "/settings/tokens",
    "/settings/account", "/notifications", "/roles", "/custom_fields/new", "/api_clients", "/api_clients/new", "/settings/audit", "/settings/security",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_page_is_wider_than_a_phone(client: Callable[..., Client], language: str) -> None:
    """At 390 pixels nothing has to be scrolled sideways."""
    person = client(language=language, width=390, height=844)
    made = person.create("accounts", name="A company with quite a long name that goes on 和一个很长的中文名称")
    wide = {}
    for path in [*PATHS, "/forgot", "/reset#aaaa", f"/accounts/{made['id']}"]:
        person.open(path)
        person.page.wait_for_load_state("load")
        if excess := person.overflow():
            wide[path] = excess
    assert wide == {}


def test_the_menu_opens_leads_on_and_closes(client: Callable[..., Client]) -> None:
    """The burger shows the navigation; choosing from it shows the page and hides the navigation."""
    person = client(width=390, height=844)
    page = person.open("/").page
    entry = page.get_by_role("navigation", name=person.t("nav.main")).get_by_role("link", name="Accounts")
    expect(entry).not_to_be_in_viewport()
    person.button("nav.open").click()
    entry.click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    expect(entry).not_to_be_in_viewport()


def test_a_list_is_cards_that_lead_to_records(client: Callable[..., Client]) -> None:
    """A card names its record, shows what the columns would, and opens it."""
    person = client(width=390, height=844)
    person.create("accounts", name="Heron Clinic", industry="medical")
    page = person.open("/accounts").page
    card = page.get_by_role("listitem").filter(has_text="Heron Clinic")
    expect(card).to_contain_text("Medical")
    card.click()
    expect(page.get_by_role("heading", name="Heron Clinic")).to_be_visible()
