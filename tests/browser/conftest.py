"""One browser for each file, one window for each test, organizations made as they are needed."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from local import web
from tests.browser.client import PASSWORD, Client, Organization, sign_up
from tests.support.stack import Stack

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000  # milliseconds an action may take on a machine that does much else


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Not for the session: Playwright's event loop would run on under the tests of other files."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(stack: Stack) -> Stack:
    """The whole system, with the client built from the sources as they are."""
    web.build()
    return stack


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes windows: `window(language="zh-CN", width=390)`. What goes wrong in a page fails the test."""
    contexts = []
    errors: list[str] = []

    def make(*, language: str = "en", width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
            service_workers=options.pop("service_workers", "block"),
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def organization(browser: Browser, site: Stack) -> Callable[..., Organization]:
    """Signs up organizations: `organization(language="zh")`."""

    def make(**options: str) -> Organization:
        context = browser.new_context()
        try:
            return sign_up(context.request, site.url, site.inbox, **options)
        finally:
            context.close()

    return make


@pytest.fixture
def client(window: Callable[..., Page], organization: Callable[..., Organization]) -> Callable[..., Client]:
    """Logged-in people of new organizations: `client(language="zh-CN", width=390)`."""

    def make(*, of: Organization | None = None, language: str = "en", **options: Any) -> Client:
        theirs = of or organization(language=language[:2])
        return Client(window(language=language, **options), theirs, language).log_in()

    return make


@pytest.fixture
def colleague(site: Stack) -> Callable[..., dict[str, Any]]:
    """Makes active members: an administrator invites, the invited accepts. `colleague(person, "Lee", "marketer")`."""

    def make(person: Client, name: str, role: str = "administrator") -> dict[str, Any]:
        roles = person.call("GET", "/roles?page_size=50")["roles"]
        roles = [each["id"] for each in roles if each.get("key") == role]
        email = f"{uuid.uuid4().hex}@example.com"
        user = person.create("users", name=name, email=email, role_ids=roles)
        person.call("POST", f"/users/{user['id']}:invite", {})
        link = re.search(r"#(\S+)", site.inbox.wait_for(email).text)
        assert link is not None
        answer = person.page.request.post(
            f"{site.url}/api/v1/invitations:accept", data={"token": link.group(1), "password": PASSWORD}
        )
        assert answer.ok, answer.text()
        return person.call("GET", f"/users/{user['id']}")

    return make
