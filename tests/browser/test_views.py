"""Lists as somebody likes to see them, and the same change of many records: the main way through."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.client import Client


def test_a_view_is_saved_and_many_records_are_changed_and_changed_back(client: Callable[..., Client]) -> None:
    """Records that are chosen get a new tag at once and lose it again; a filter with its columns is saved as a view,
    opened, taken for the default, deleted and brought back.
    """
    person = client()
    for name, rating in (("Heron", "hot"), ("Egret", "hot"), ("Stork", "cold")):
        person.create("accounts", name=name, rating=rating)
    page = person.open("/accounts").page

    for name in ("Heron", "Egret"):
        page.get_by_label(person.t("mass.choose", title=name)).locator("visible=true").check()
    expect(person.says("mass.chosen", total="2")).to_be_visible()
    page.get_by_role("region", name=person.t("mass.title")).get_by_role("button", name="Tags", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tags").locator("visible=true").last.fill("VIP")
    page.get_by_role("option", name=person.t("field.createNamed", name="VIP")).click()
    expect(dialog.get_by_text("VIP", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=person.t("mass.preview")).click()
    expect(dialog.get_by_text("Heron", exact=True)).to_be_visible()
    dialog.get_by_role("button", name=person.t("mass.apply")).click()
    expect(dialog.get_by_role("status")).to_have_text(person.t("mass.state.done"))
    tagged = page.get_by_role("row").filter(has=page.get_by_text("VIP", exact=True))
    expect(tagged).to_have_count(2)
    dialog.get_by_role("button", name=person.t("action.undo")).click()
    expect(dialog.get_by_role("status")).to_have_text(person.t("mass.state.undone"))
    expect(tagged).to_have_count(0)
    dialog.get_by_role("button", name=person.t("action.close")).click()

    page.get_by_role("button", name=person.t("filter.add")).click()
    person.choose(person.t("filter.field"), "Rating")
    page.get_by_label("Hot", exact=True).check()
    person.button("filter.apply").click()
    expect(page.get_by_role("row").filter(has_text="Stork")).to_have_count(0)
    person.button("list.columns").click()
    page.get_by_label("Rating", exact=True).check()
    page.get_by_label("Rating", exact=True).press("Alt+ArrowUp")
    page.keyboard.press("Escape")
    person.button("views.saveAs").click()
    dialog.get_by_label(person.t("views.name")).fill("Hot ones")
    dialog.get_by_role("button", name=person.t("action.save")).click()
    views = page.get_by_role("group", name=person.t("views.title"))
    tab = views.get_by_role("button", name="Hot ones")
    expect(tab).to_have_attribute("aria-current", "true")
    heads = page.get_by_role("columnheader").all_text_contents()
    assert "Rating" in heads
    assert "Rating" != heads[-1]

    person.button("views.actions").click()
    page.get_by_role("menuitem", name=person.t("views.makeDefault")).click()
    person.open("/accounts")
    expect(tab).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("row").filter(has_text="Stork")).to_have_count(0)
    person.button("views.actions").click()
    page.get_by_role("menuitem", name=person.t("views.delete")).click()
    expect(tab).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="Stork")).to_have_count(1)
    person.button("action.undo").click()
    expect(tab).to_be_visible()


def test_a_value_is_changed_in_its_place_and_a_card_on_the_board(client: Callable[..., Client]) -> None:
    """A double click changes a value in the list, a card goes to another column from its menu, a star makes a favorite."""
    person = client()
    made = person.create("accounts", name="Heron", location="Kenya", rating="hot")
    page = person.open("/accounts").page
    page.get_by_role("cell", name="Kenya").dblclick()
    page.get_by_role("row").get_by_label("Location").fill("Poland")
    page.keyboard.press("Enter")
    person.wait_for(lambda: person.call("GET", f"/accounts/{made['id']}")["location"] == "Poland")
    expect(page.get_by_role("cell", name="Poland", exact=True)).to_be_visible()

    person.open("/accounts?layout=board&group=rating")
    board = page.get_by_role("group", name=person.t("board.title"))
    hot, cold = (board.get_by_role("region", name=name, exact=True) for name in ("Hot", "Cold"))
    expect(hot.get_by_role("link", name="Heron")).to_be_visible()
    hot.get_by_role("button", name=person.t("board.move", title="Heron")).click()
    page.get_by_role("menuitem", name="Cold").click()
    expect(cold.get_by_role("link", name="Heron")).to_be_visible()
    expect(hot.get_by_role("link", name="Heron")).to_have_count(0)
    person.wait_for(lambda: person.call("GET", f"/accounts/{made['id']}")["rating"] == "cold")

    person.open(f"/accounts/{made['id']}")
    person.button("stars.star").click()
    favorites = page.get_by_role("group", name=person.t("stars.title"))
    expect(favorites.get_by_role("link", name="Heron")).to_be_visible()
