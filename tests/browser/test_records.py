"""Records of any module: one implementation, driven by the metadata."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.client import Client

# Labels that the server gives, by language.
WORDS = {
    "en": {"accounts": "Accounts", "name": "Name", "phone": "Phone", "industry": "Industry", "medical": "Medical"},
    "zh-CN": {"accounts": "客户", "name": "名称", "phone": "电话", "industry": "行业", "medical": "医疗"},
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_an_account_is_made_found_changed_deleted_and_brought_back(
    client: Callable[..., Client], language: str
) -> None:
    """The whole life of a record by its forms and lists, in both languages."""
    person, words = client(language=language), WORDS[language]
    page = person.open("/accounts").page
    expect(person.says("list.none", what=words["accounts"])).to_be_visible()
    person.link(person.t("list.add")).first.click()
    person.button("form.create").click()
    expect(person.says("form.required")).to_be_visible()
    person.field(words["name"]).fill("上海白鹭科技")
    person.choose(words["industry"], words["medical"])
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="上海白鹭科技")).to_be_visible()
    expect(page.get_by_text(words["medical"])).to_be_visible()

    person.open("/accounts")
    page.get_by_label(person.t("list.search")).fill("白鹭")
    expect(page).to_have_url(re.compile("q="))
    person.link("上海白鹭科技").locator("visible=true").click()
    person.button("action.edit").click()
    person.field(words["phone"]).fill("+86 21 5888 6666")
    person.button("action.save").click()
    expect(page.get_by_role("link", name=re.compile("5888 ?6666"))).to_be_visible()

    person.button("action.more").click()
    page.get_by_role("menuitem", name=person.t("action.delete")).click()
    expect(person.says("list.none", what=words["accounts"])).to_be_visible()
    person.button("action.undo").click()
    expect(person.link("上海白鹭科技").locator("visible=true")).to_be_visible()


def test_nothing_typed_is_left_without_a_question(client: Callable[..., Client]) -> None:
    """Esc closes an open list and no more; leaving a changed form, by key or by link, is asked about first."""
    person = client()
    made = person.create("accounts", name="Heron Instruments")
    page = person.open(f"/accounts/{made['id']}").page
    person.button("action.edit").click()
    person.field("Location").fill("Hangzhou")
    person.field("Industry").click()
    expect(page.get_by_role("option", name="Medical")).to_be_visible()
    page.keyboard.press("Escape")
    question = page.get_by_role("dialog", name=person.t("form.unsaved"))
    expect(page.get_by_role("option", name="Medical")).to_have_count(0)
    expect(question).to_have_count(0)
    page.keyboard.press("Escape")
    question.get_by_role("button", name=person.t("form.stay")).click()
    expect(question).to_have_count(0)
    page.get_by_role("navigation").get_by_role("link", name="Contacts").click()
    question.get_by_role("button", name=person.t("form.stay")).click()
    expect(person.field("Location")).to_have_value("Hangzhou")
    page.route("**/api/v1/accounts/*", lambda route: route.abort())
    person.button("action.save").click()
    expect(page.get_by_role("alert").filter(has_text=person.t("error.network"))).to_be_visible()
    person.field("Location").press("Escape")
    question.get_by_role("button", name=person.t("form.leave")).click()
    person.button("action.edit").click()
    expect(person.field("Location")).to_have_value("")


def test_two_people_who_change_the_same_field_choose_which_value_stays(client: Callable[..., Client]) -> None:
    """The second to save sees both values, and the one chosen is written; what only the first changed is kept."""
    person = client()
    made = person.create("accounts", name="Heron Instruments", location="Shanghai")
    page = person.open(f"/accounts/{made['id']}").page
    person.button("action.edit").click()
    person.field("Location").fill("Hangzhou")
    person.call(
        "PATCH", f"/accounts/{made['id']}", {"location": "Suzhou", "employees": 12}, **{"If-Match": made["etag"]}
    )
    person.button("action.save").click()
    card = page.get_by_test_id("conflict")
    expect(card).to_contain_text("Hangzhou")
    expect(card).to_contain_text("Suzhou")
    card.get_by_role("radio", name=person.t("conflict.mine")).click()
    person.button("conflict.continue").click()
    person.button("action.save").click()
    expect(page.get_by_text("Hangzhou")).to_be_visible()
    after = person.call("GET", f"/accounts/{made['id']}")
    assert (after["location"], after["employees"]) == ("Hangzhou", 12)


def test_changes_to_different_fields_need_no_choice(client: Callable[..., Client]) -> None:
    """Disjoint edits of two people are both kept, silently."""
    person = client()
    made = person.create("accounts", name="Heron Instruments", location="Shanghai")
    page = person.open(f"/accounts/{made['id']}").page
    person.button("action.edit").click()
    person.field("Location").fill("Hangzhou")
    person.call("PATCH", f"/accounts/{made['id']}", {"employees": 12}, **{"If-Match": made["etag"]})
    person.button("action.save").click()
    expect(page.get_by_text("Hangzhou")).to_be_visible()
    after = person.call("GET", f"/accounts/{made['id']}")
    assert (after["location"], after["employees"]) == ("Hangzhou", 12)


def test_a_filter_narrows_the_list_and_lives_in_its_address(client: Callable[..., Client]) -> None:
    """What the builder makes is a filter the server understands, and a reload keeps it."""
    person = client()
    person.create("accounts", name="Heron Clinic", industry="medical")
    person.create("accounts", name="Heron Shops", industry="retail")
    page = person.open("/accounts").page
    person.button("filter.add").click()
    person.choose(person.t("filter.field"), "Industry")
    page.get_by_label("Medical").check()
    person.button("filter.apply").click()
    for _again in range(2):
        expect(person.link("Heron Clinic").locator("visible=true")).to_be_visible()
        expect(person.link("Heron Shops").locator("visible=true")).to_have_count(0)
        page.reload()
    page.get_by_role("button", name=person.t("filter.remove")).click()
    expect(person.link("Heron Shops").locator("visible=true")).to_be_visible()


def test_a_custom_field_is_in_forms_and_records_like_any_other(client: Callable[..., Client]) -> None:
    """A field that the organization added is filled in and shown, with its own labels and choices."""
    person = client()
    person.create(
        "custom_fields",
        module="accounts",
        key="tier",
        label_zh="级别",
        label_en="Tier",
        kind="choice",
        choices=[{"value": "gold", "label_zh": "金牌", "label_en": "Gold", "color": "yellow"}],
    )
    page = person.open("/accounts/new").page
    person.field("Name").fill("Heron Gold")
    person.choose("Tier", "Gold")
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="Heron Gold")).to_be_visible()
    expect(page.get_by_text("Gold", exact=True)).to_be_visible()


def test_a_contact_is_added_from_its_account(client: Callable[..., Client]) -> None:
    """The form comes with the account filled in, and the account lists the contact."""
    person = client()
    made = person.create("accounts", name="Heron Instruments")
    page = person.open(f"/accounts/{made['id']}").page
    person.link(person.t("form.new", what="Contact")).click()
    expect(person.field("Account")).to_have_value("Heron Instruments")
    person.field("Name").fill("张伟")
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="张伟")).to_be_visible()
    person.link("Heron Instruments").click()
    expect(page.get_by_role("region", name="Contacts").get_by_role("link", name="张伟")).to_be_visible()


def test_what_another_person_adds_appears_without_a_reload(client: Callable[..., Client]) -> None:
    """The live stream makes open lists read again."""
    person = client()
    person.create("accounts", name="Heron One")
    person.open("/accounts")
    expect(person.link("Heron One").locator("visible=true")).to_be_visible()
    other = client(of=person.organization)
    other.create("accounts", name="Heron Two")
    expect(person.link("Heron Two").locator("visible=true")).to_be_visible()


def test_search_finds_by_pinyin_across_modules(client: Callable[..., Client]) -> None:
    """One box finds a customer by the initials of its Chinese name."""
    person = client()
    person.create("accounts", name="上海白鹭科技")
    page = person.open("/").page
    page.keyboard.press("Control+k")
    page.get_by_placeholder(person.t("search.placeholder")).fill("shbl")
    page.get_by_text("上海白鹭科技").click()
    expect(page.get_by_role("heading", name="上海白鹭科技")).to_be_visible()


def test_long_lists_are_turned_page_by_page(client: Callable[..., Client]) -> None:
    """Next shows other records than the first page, and previous leads back to it."""
    person = client()
    for start in range(0, 60, 30):
        names = [
            {"name": f"Heron {number:03}", "external_ids": {"t": str(number)}} for number in range(start, start + 30)
        ]
        person.call("POST", "/accounts:batchUpsert", {"accounts": names, "match_system": "t"})
    page = person.open("/accounts?order=name").page
    expect(person.link("Heron 000").locator("visible=true")).to_be_visible()
    person.button("list.next").click()
    expect(person.link("Heron 059").locator("visible=true")).to_be_visible()
    expect(person.link("Heron 000").locator("visible=true")).to_have_count(0)
    person.button("list.previous").click()
    expect(person.link("Heron 000").locator("visible=true")).to_be_visible()
    expect(page.get_by_text("60", exact=True)).to_be_visible()


def test_further_phones(client: Callable[..., Client]) -> None:
    """Lists of small objects: lines are added, filled in, refused where they stand, and read."""
    person = client(width=390)
    page = person.open("/contacts/new").page
    person.field("Name").fill("Zhang Wei")
    phones = page.get_by_role("group", name="More phones")
    phones.get_by_role("button").click()
    phones.get_by_label("Type").click()
    page.get_by_role("option", name="Work", exact=True).click()
    phones.get_by_label("Number").fill("none")
    assert person.overflow() == 0
    person.button("form.create").click()
    expect(phones.get_by_role("alert")).to_be_visible()
    phones.get_by_label("Number").fill("0571 8888 6666")
    person.button("form.create").click()
    expect(page.get_by_role("link", name="+8657188886666")).to_be_visible()
    expect(page.get_by_text("Work", exact=True)).to_be_visible()
