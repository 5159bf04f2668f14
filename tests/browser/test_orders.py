"""An order, from its lines to its shipment, with the keyboard."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.client import Client


def test_an_order(client: Callable[..., Client]) -> None:
    """Lines are typed and pasted, the total is right at once, goods are reserved and leave, and the customer's page sums up."""
    person = client(language="en")
    account = person.create("accounts", name="Heron")
    product = person.create(
        "products", name="Terminal", tracks_stock=True, tax_rate="10", price={"currency_code": "USD", "amount": "9.99"}
    )
    person.create("stock_movements", product_id=product["id"], kind="receipt", quantity="5")
    page = person.open(f'/orders/new?preset={{"account_id":"{account["id"]}"}}').page

    def cell(column: str, line: int) -> str:
        return person.t("sales.cell", column=person.t(f"sales.column.{column}"), number=str(line))

    # A product brings its price and tax; Enter goes on below.
    page.get_by_label(cell("description", 1), exact=True).fill("Term")
    expect(page.locator("datalist option[value=Terminal]")).to_have_count(1)
    page.get_by_label(cell("description", 1), exact=True).fill("Terminal")
    expect(page.get_by_label(cell("unit_price", 1), exact=True)).to_have_value("9.99")
    page.get_by_label(cell("quantity", 1), exact=True).fill("3")
    page.keyboard.press("Enter")
    expect(page.get_by_label(cell("description", 2), exact=True)).to_be_focused()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", "Freight\\t1\\t\\t10\\t50%\\t\\nSetup\\t2\\th\\t7.5\\t5");
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.get_by_label(cell("quantity", 3), exact=True)).to_have_value("2")
    expect(page.locator("dd[data-total]")).to_have_text("$47.97")
    person.button("form.create").click()

    person.button("order.confirm").click()
    expect(page.get_by_text("Confirmed", exact=True).first).to_be_visible()
    person.button("order.ship").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(person.t("order.tracking"), exact=True).fill("SF100")
    dialog.get_by_role("button", name=person.t("order.ship"), exact=True).click()
    expect(person.button("order.complete")).to_be_visible()
    assert "2" == person.call("GET", f"/products/{product['id']}")["available"]
    person.open(f"/accounts/{account['id']}")
    history = page.get_by_role("region", name=person.t("purchases.title"), exact=True)
    expect(history.get_by_role("link", name="Terminal", exact=True)).to_be_visible()
