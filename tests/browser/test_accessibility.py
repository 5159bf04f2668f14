"""What people with a screen reader, a keyboard or weak eyes need: WCAG 2.2 AA as far as a program can tell."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.client import ROOT, Client, Organization, text

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATHS = [
    "/", "/accounts", "/accounts?where=%5B%7B%22f%22%3A%22industry%22%2C%22o%22%3A%22any%22%2C%22v%22%3A%5B%22medical%22%5D%7D%5D",
    "/accounts/new", "/imports", "/imports/new", "/reports", "/reports/win-rate", "/settings", "/settings/organization", "/settings/calendar",
    "/settings/teams", "/my-day", "/tasks/new", "/notifications", "/settings/account", "/settings/tokens", "/roles", "/custom_fields/new", "/api_clients/new", "/settings/security",
]  # fmt: skip


@cache
def _axe() -> str:
    return (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def faults(page: Page) -> list[str]:
    """What axe finds on the page as it is: the rule, and where."""
    page.evaluate(_axe())
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", TAGS
    )
    return [f"{rule['id']}: {node['target']}" for rule in result["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_faults_that_axe_can_see(client: Callable[..., Client], scheme: str) -> None:
    """Contrast, names, roles and structure, on every page, in both appearances."""
    person = client(color_scheme=scheme)
    made = person.create("accounts", name="Heron Instruments", industry="medical", phone="+86 21 5888 6666")
    found = {}
    for path in [*PATHS, f"/accounts/{made['id']}"]:
        person.open(path)
        expect(person.page.locator(".mantine-Skeleton-root"), path).to_have_count(0)
        if problems := faults(person.page):
            found[path] = problems
    assert found == {}


def test_the_way_in_has_no_faults(window: Callable[..., Page], organization: Callable[..., Organization]) -> None:
    """Log-in, sign-up and the ways to another password, before anybody is known."""
    url = organization().url
    page = window()
    for path in ("/login", "/signup", "/forgot", "/reset#aaaa"):
        page.goto(url + path)
        expect(page.locator("h1")).to_be_visible()
        assert faults(page) == []


def test_forms_and_menus_work_by_keyboard_alone(client: Callable[..., Client]) -> None:
    """From the list to a new record without a pointer; the focus is never lost."""
    person = client()
    page = person.open("/accounts").page
    page.keyboard.press("Tab")
    expect(person.says("nav.skip")).to_be_focused()
    person.link(person.t("list.add")).first.focus()
    page.keyboard.press("Enter")
    expect(person.field("Name")).to_be_focused()
    page.keyboard.type("Heron by Keyboard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Heron by Keyboard")).to_be_visible()


def test_the_page_runs_no_script_but_its_own(client: Callable[..., Client]) -> None:
    """The content security policy is strict, and nothing the client does meets it."""
    person = client()
    refused: list[str] = []
    person.page.on(
        "console", lambda message: refused.append(message.text) if "Content Security" in message.text else None
    )
    for path in ("/", "/accounts", "/accounts/new", "/reports/win-rate"):
        answer = person.page.goto(person.organization.url + path)
        assert answer is not None
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy.split("script-src")[1].split(";")[0]
        expect(person.page.locator("h1").first).to_be_visible()
    person.page.keyboard.press("Control+k")
    expect(person.page.get_by_placeholder(text("en", "search.placeholder"))).to_be_visible()
    assert refused == []


def test_without_a_connection_the_client_opens_and_says_so(client: Callable[..., Client]) -> None:
    """Once visited, the client itself starts without the network; no answer of the API is ever kept."""
    person = client(service_workers="allow")
    page = person.open("/accounts").page
    page.evaluate("navigator.serviceWorker.ready")
    person.wait_for(lambda: page.evaluate("caches.keys().then(names => names.length > 0)"))
    kept = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(lists => lists.flat().map(request => request.url))"
    )
    assert kept != []
    assert [address for address in kept if "/api/" in address] == []
    page.context.set_offline(True)
    expect(person.says("state.offline")).to_be_visible()
