"""A person at the client: pages by address, controls by the words on them, in either language."""

import json
import re
import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from local.inbox import Inbox

ROOT = Path(__file__).parents[2]
PASSWORD = "seven quiet herons 4"
SECONDS = 1000.0


@cache
def _texts(language: str) -> dict[str, Any]:
    texts: dict[str, Any] = json.loads((ROOT / "web" / "src" / "locales" / f"{language}.json").read_text("utf-8"))
    return texts


def text(language: str, key: str, **values: str) -> str:
    """What the client says in a language (`zh-CN`, `en`), by the key of its texts."""
    found: Any = _texts(language)
    for step in key.split("."):
        found = found[step]
    return re.sub(r"{{(\w+)}}", lambda match: values[match.group(1)], str(found))


@dataclass
class Organization:
    """An organization that just signed up, and its administrator."""

    url: str
    email: str
    name: str


def sign_up(
    api: APIRequestContext, url: str, inbox: Inbox, *, language: str = "en", currency: str = "USD"
) -> Organization:
    """A new organization, made through the API with the code from the mail."""
    email = f"admin-{uuid.uuid4().hex}@example.com"
    answer = api.post(
        f"{url}/api/v1/signup",
        data={
            "organization_name": "Heron Ltd",
            "name": "Ada Wang",
            "email": email,
            "password": PASSWORD,
            "language": language,
            "time_zone": "Asia/Shanghai",
            "currency": currency,
        },
    )
    assert answer.ok, answer.text()
    code = inbox.wait_for(email).code
    verified = api.post(f"{url}/api/v1/signup:verify", data={"signup_id": answer.json()["signup_id"], "code": code})
    assert verified.ok, verified.text()
    return Organization(url, email, "Heron Ltd")


class Client:
    """One browser window of one person."""

    def __init__(self, page: Page, organization: Organization, language: str = "en") -> None:
        self.page = page
        self.organization = organization
        self.language = language
        self.csrf = ""

    def t(self, key: str, **values: str) -> str:
        """A text of the client in this person's language."""
        return text(self.language, key, **values)

    def log_in(self) -> "Client":
        """By API: the cookies land in the window."""
        answer = self.page.request.post(
            f"{self.organization.url}/api/v1/sessions",
            data={"email": self.organization.email, "password": PASSWORD},
        )
        assert answer.ok, answer.text()
        self.csrf = answer.json()["csrf_token"]
        return self

    def open(self, path: str) -> "Client":
        """Go to an address of the client and wait for its heading."""
        self.page.goto(self.organization.url + path)
        expect(self.page.locator("h1").first).to_be_visible()
        return self

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """The API with this person's session; fails on any error."""
        answer = self.page.request.fetch(
            f"{self.organization.url}/api/v1{path}",
            method=method,
            data=body,
            headers={"X-CSRF-Token": self.csrf, **headers},
        )
        assert answer.ok, answer.text()
        result: dict[str, Any] = answer.json() if answer.body() else {}
        return result

    def create(self, module: str, /, **values: Any) -> dict[str, Any]:
        """A record, made through the API."""
        return self.call("POST", f"/{module}", values)

    def button(self, key: str, **values: str) -> Locator:
        """A button by the key of its text."""
        return self.page.get_by_role("button", name=self.t(key, **values), exact=True)

    def link(self, name: str) -> Locator:
        """A link by its words."""
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """The input of a field by its label, required or not."""
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \*)?$")).locator("visible=true").first

    def says(self, key: str, **values: str) -> Locator:
        """The text itself, whole: "Created" is not found in "Created Nov 22, 2026"."""
        return self.page.get_by_text(self.t(key, **values), exact=True)

    def choose(self, label: str, option: str) -> None:
        """Pick an option of a select by label; where it searches, the option is typed first."""
        box = self.field(label)
        box.click()
        if box.get_attribute("readonly") is None:
            box.fill(option)
        self.page.get_by_role("option", name=option, exact=True).click()

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def wait_for(self, condition: Any, seconds: float = 20) -> None:
        """Ask again until the condition holds; fails at the deadline."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "not within the time"
            self.page.wait_for_timeout(100)
