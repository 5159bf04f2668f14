"""An administrator lets an ERP in: a client, its secret, what it may do; and a person narrows a token of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.client import Client
from tests.browser.test_accessibility import faults


def status(person: Client, path: str, token: str) -> int:
    """What a program with this bearer token is answered."""
    browser = person.page.context.browser
    assert browser is not None
    address = f"{person.organization.url}/api/v1/{path}"
    return browser.new_context().request.get(address, headers={"Authorization": f"Bearer {token}"}).status


def token_of(person: Client, client_id: str, secret: str) -> Any:
    """The token endpoint's answer."""
    browser = person.page.context.browser
    assert browser is not None
    form: dict[str, str | float | bool] = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
    }
    address = f"{person.organization.url}/api/v1/oauth/token"
    return browser.new_context().request.post(address, form=form)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_client_is_let_in_and_out(client: Callable[..., Client], width: int) -> None:
    """Made with a role and scopes, its secret seen once; it works within them, and ends with the secret."""
    person = client(width=width, height=844)
    person.create("roles", name="ERP role", grants=[{"module": "*", "operation": "*", "scope": "all"}])
    page = person.open("/api_clients/new").page
    person.field("Name").fill("Kingdee ERP")
    person.choose("Roles", "ERP role")
    page.keyboard.press("Escape")
    person.field("Scopes").click()
    person.field("Scopes").fill("Accounts: View")
    page.get_by_role("option", name="Accounts: View", exact=True).click()
    page.keyboard.press("Escape")
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="Kingdee ERP")).to_be_visible()
    expect(page.get_by_text(person.t("client.noSecret"))).to_be_visible()
    person.button("client.addSecret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=person.t("client.addSecret")).click()
    secret = dialog.get_by_test_id("client_secret").inner_text()
    client_id = dialog.get_by_test_id("client_id").inner_text()
    assert not person.overflow()
    dialog.get_by_role("button", name=person.t("action.close"), exact=True).last.click()
    token = token_of(person, client_id, secret).json()["access_token"]
    assert (200, 403) == (status(person, "accounts", token), status(person, "products", token))
    page.reload()
    expect(page.get_by_text(f"…{secret[-4:]}")).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    assert secret not in page.content()
    assert not person.overflow()
    assert faults(page) == []
    page.get_by_role("button", name=person.t("client.deleteSecret", hint=secret[-4:])).click()
    expect(page.get_by_text(person.t("client.noSecret"))).to_be_visible()
    person.wait_for(lambda: status(person, "accounts", token) == 401, 60)
    assert 401 == token_of(person, client_id, secret).status


def test_a_token_is_narrowed_and_renewed(client: Callable[..., Client]) -> None:
    """In Chinese: a token that may only view accounts does no more; renewed, the new one works and the old one ends."""
    person = client(language="zh-CN")
    page = person.open("/settings/tokens").page
    person.button("token.create").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(person.t("token.name")).fill("脚本")
    scopes = dialog.get_by_label(person.t("scopes.title")).locator("visible=true").first
    scopes.click()
    scopes.fill("客户: 查看")
    page.get_by_role("option", name="客户: 查看", exact=True).click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=person.t("token.create")).click()
    old = dialog.get_by_test_id("token").inner_text()
    dialog.get_by_role("button", name=person.t("action.close"), exact=True).last.click()
    assert (200, 403) == (status(person, "accounts", old), status(person, "products", old))
    expect(page.get_by_text("客户: 查看")).to_be_visible()
    person.button("token.rotate").click()
    new = page.get_by_role("dialog").get_by_test_id("token").inner_text()
    assert (200, 403) == (status(person, "accounts", new), status(person, "products", new))
    person.wait_for(lambda: status(person, "accounts", old) == 401, 60)
