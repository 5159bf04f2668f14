"""The audit log as an administrator reads it: a record's history, filters, words, and the file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.process import poll
from tests.browser.client import Client
from tests.browser.test_accessibility import faults


def logged(person: Client, count: int, **wanted: str) -> None:
    """Wait until the log has so many entries."""

    def there() -> bool:
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        found = person.call("GET", f"/audit_entries?{query}").get("audit_entries", [])
        return len(found) >= count

    assert poll(there, 30)


def test_a_records_history_says_from_what_to_what(client: Callable[..., Client]) -> None:
    """Who changed which field, from which value to which: money and days, too, as they are written elsewhere."""
    person = client()
    amount = {"currency_code": "USD", "amount": "1250.50"}
    made = person.create("accounts", name="Heron", annual_revenue=amount)
    changed = {"etag": made["etag"], "name": "Grey heron", "annual_revenue": {**amount, "amount": "99.25"}}
    person.call("PATCH", f"/accounts/{made['id']}", changed)
    logged(person, 2, record_id=made["id"])
    page = person.open(f"/accounts/{made['id']}").page
    person.button("record.history").click()
    history = page.get_by_role("region", name=person.t("record.history"))
    expect(history.get_by_text("Heron → Grey heron")).to_be_visible()
    expect(history.get_by_text("$1,250.50 → $99.25")).to_be_visible()
    expect(history.get_by_text("Ada Wang changed this")).to_be_visible()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh-CN", 390)])
def test_the_log_is_filtered_searched_and_taken_along(
    client: Callable[..., Client], tmp_path: Path, language: str, width: int
) -> None:
    """Each filter narrows what is shown, the address keeps it, and the file holds the same."""
    person = client(language=language, width=width, height=844)
    person.create("accounts", name="苍鹭仪器")
    person.create("products", name="Lantern", code="L-1")
    logged(person, 1, module="accounts")
    logged(person, 1, module="products")
    page = person.open("/settings/audit").page
    entries = page.get_by_role("listitem")
    expect(page.get_by_text("苍鹭仪器").first).to_be_visible()
    expect(page.get_by_text("Lantern").first).to_be_visible()
    expect(page.get_by_text(person.t("audit.own.sessions")).first).to_be_visible()
    assert not person.overflow()
    assert faults(page) == []
    words = page.get_by_label(person.t("audit.query"))
    words.fill("canglu")
    words.press("Enter")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("苍鹭仪器")
    page.reload()
    expect(entries).to_have_count(1)
    with page.expect_download() as downloading:
        person.button("audit.export").click()
    file = tmp_path / "audit.csv"
    downloading.value.save_as(file)
    text = file.read_text("utf-8-sig")
    assert text.count("\n") == 2
    assert "苍鹭仪器" in text
    words.fill("nothing like it")
    words.press("Enter")
    expect(page.get_by_text(person.t("audit.none"))).to_be_visible()
    logged(person, 1, module="exports")
    person.open("/settings/audit?module=exports")
    expect(entries).to_have_count(1)


def test_a_failed_log_in_is_in_the_log(client: Callable[..., Client]) -> None:
    """With whose account, from where."""
    person = client()
    browser = person.page.context.browser
    assert browser is not None
    wrong = {"email": person.organization.email, "password": "not the password"}
    address = f"{person.organization.url}/api/v1/sessions"
    assert browser.new_context().request.post(address, data=wrong).status == 401
    logged(person, 1, module="sessions", verb="refused")
    page = person.open("/settings/audit?module=sessions&verb=refused").page
    entry = page.get_by_role("listitem")
    expect(entry).to_contain_text(person.t("audit.verbs.refused"))
    expect(entry).to_contain_text("127.0.0.1")
