"""A company settles how it looks and how it writes."""

import struct
import zlib
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.client import Client, text


def picture() -> bytes:
    """A PNG of 64 by 16 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 64, 16, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x00\x80\x60" * 64) * 16)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def drawn(page: Page) -> bool:
    """Whether a logo is on the page, as a picture and not as a broken one."""
    return bool(
        page.evaluate(
            "[...document.images].some(one => one.src.includes('/logos/') && one.complete && one.naturalWidth == 64)"
        )
    )


def test_a_logo_stands_in_the_client_and_on_the_pages_of_the_way_in(client: Callable[..., Client]) -> None:
    """A script in a picture's clothes is refused with the remedy; a PNG shows at once, and at the log-in afterwards."""
    person = client()
    page = person.open("/settings/organization").page
    files = page.locator("input[type=file]")
    files.set_input_files({"name": "logo.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"})
    expect(page.get_by_role("alert")).to_contain_text("Upload a PNG or a JPEG")
    files.set_input_files({"name": "logo.svg", "mimeType": "image/png", "buffer": picture()})
    expect(person.button("organization.removeLogo")).to_be_visible()
    person.wait_for(lambda: drawn(page))
    expect(page.get_by_role("banner").get_by_text("Heron Ltd")).to_be_visible()
    person.call("DELETE", "/sessions/current")
    page.goto(f"{person.organization.url}/login")
    expect(page.get_by_text("Heron Ltd")).to_be_visible()
    person.wait_for(lambda: drawn(page))


def test_days_and_numbers_are_written_as_the_company_settled(client: Callable[..., Client]) -> None:
    """What is chosen is explained where it is chosen, and holds on every page from then on."""
    person = client()
    made = person.create("opportunities", **_opportunity(person))
    page = person.open("/settings/organization").page
    person.button("action.edit").click()
    expect(page.get_by_text("For reading only: imports and the API are not touched by it")).to_be_visible()
    person.choose("Date format", "22.11.2026")
    person.choose("Number format", "1.234.567,89")
    person.choose("Fiscal year begins in", "April")
    person.button("action.save").click()
    expect(page.get_by_text(person.t("form.saved"))).to_be_visible()
    expect(page.get_by_text("April")).to_be_visible()
    person.open(f"/opportunities/{made['id']}")
    expect(page.get_by_text("$1.234.567,5", exact=False).first).to_be_visible()
    expect(page.get_by_text("09.01.2027").first).to_be_visible()
    person.button("action.edit").click()
    expect(page.get_by_label("Close date").first).to_have_value("09.01.2027")
    person.open("/reports/revenue-by-month")
    page.get_by_label(person.t("report.range")).first.click()
    expect(page.get_by_role("option", name=person.t("report.preset.fiscalYear"))).to_be_visible()


def _opportunity(person: Client) -> dict[str, object]:
    account = person.create("accounts", name="Heron Clinic")
    pipeline = person.call("GET", "/pipelines")["pipelines"][0]
    return {
        "name": "Lamps",
        "account_id": account["id"],
        "pipeline_id": pipeline["id"],
        "amount": {"currency_code": "USD", "amount": "1234567.50"},
        "close_date": "2027-01-09",
    }


def test_what_was_typed_is_not_lost_on_the_way_out(client: Callable[..., Client]) -> None:
    """Leaving settings with something unsaved asks first, and a wrong entry says at its field what to do."""
    person = client(language="zh-CN")
    page = person.open("/settings/organization").page
    person.button("action.edit").click()
    person.field("电话").fill("无")
    person.button("action.save").click()
    expect(
        page.get_by_text("“电话”不是有效的电话号码").or_(page.get_by_text("不是有效的电话号码")).first
    ).to_be_visible()
    person.link(text("zh-CN", "nav.settings")).first.click()
    expect(page.get_by_text(person.t("form.unsaved"))).to_be_visible()
    person.button("form.stay").click()
    expect(person.field("电话")).to_have_value("无")


def test_a_person_reads_in_their_own_way(client: Callable[..., Client]) -> None:
    """Own formats and time zone hold for the person who settled them; leaving the form half-way asks first."""
    person = client()
    made = person.create("opportunities", **_opportunity(person))
    page = person.open("/settings/account").page
    person.choose(person.t("profile.dateFormat"), "2026/11/22")
    person.link(person.t("nav.settings")).first.click()
    expect(page.get_by_text(person.t("form.unsaved"))).to_be_visible()
    person.button("form.stay").click()
    page.locator("section").filter(has_text=person.t("profile.preferences")).get_by_role(
        "button", name=person.t("action.save"), exact=True
    ).click()
    expect(page.get_by_text(person.t("form.saved"))).to_be_visible()
    person.open(f"/opportunities/{made['id']}")
    expect(page.get_by_text("2027/01/09").first).to_be_visible()
