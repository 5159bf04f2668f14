"""Setting a company up: what the generic pages do not do alone."""

from collections.abc import Callable

from playwright.sync_api import expect

from local.process import poll
from tests.browser.client import Client


def test_the_organizations_currency_shows_at_once(client: Callable[..., Client]) -> None:
    """After the change, new amounts are asked for in it."""
    person = client()
    page = person.open("/settings/organization").page
    person.button("action.edit").click()
    person.choose("Currency", "EUR · Euro")
    person.button("action.save").click()
    expect(person.says("form.saved")).to_be_visible()
    person.open("/products/new")
    expect(page.get_by_text("EUR", exact=True)).to_have_count(2)  # price and cost


def test_a_roles_reach_is_set_cell_by_cell(client: Callable[..., Client]) -> None:
    """The matrix shows what a role may do, and one cell changes one grant."""
    person = client()
    role = person.create("roles", name="Intern", grants=[{"module": "accounts", "operation": "view", "scope": "own"}])
    page = person.open(f"/roles/{role['id']}").page
    person.button("action.edit").click()
    page.get_by_label("Accounts: View").locator("visible=true").first.click()
    page.get_by_role("option", name=person.t("scope.team"), exact=True).click()
    person.button("action.save").click()
    expect(person.says("form.saved")).to_be_visible()
    grants = person.call("GET", f"/roles/{role['id']}")["grants"]
    assert grants == [{"module": "accounts", "operation": "view", "scope": "team"}]


def test_teams_are_drawn_as_the_tree_they_are(client: Callable[..., Client]) -> None:
    """A team added below another stands below it."""
    person = client()
    person.create("teams", name="华东区")
    page = person.open("/settings/teams").page
    page.get_by_role("link", name=person.t("settings.addBelowOf", team="华东区")).click()
    person.field("Name").fill("上海组")
    person.button("form.create").click()
    expect(page.get_by_role("heading", name="上海组")).to_be_visible()
    person.open("/settings/teams")
    expect(page.locator("li li").get_by_role("link", name="上海组", exact=True)).to_be_visible()


def test_a_token_is_shown_once_works_and_ends_when_revoked(client: Callable[..., Client]) -> None:
    """What the dialog shows lets a program in, until the button ends it."""
    person = client()
    page = person.open("/settings/tokens").page
    person.button("token.create").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(person.t("token.name")).fill("ERP")
    dialog.get_by_role("button", name=person.t("token.create")).click()
    token = dialog.get_by_test_id("token").inner_text()
    dialog.get_by_role("button", name=person.t("action.close"), exact=True).last.click()
    program = page.context.browser
    assert program is not None
    api = program.new_context().request
    address = f"{person.organization.url}/api/v1/accounts"
    bearer = {"Authorization": f"Bearer {token}"}
    assert api.get(address, headers=bearer).ok
    page.reload()
    expect(page.get_by_text("ERP")).to_be_visible()
    assert token not in page.content()
    person.button("token.revoke").click()
    expect(person.says("token.none")).to_be_visible()
    person.wait_for(lambda: api.get(address, headers=bearer).status == 401, 90)


def test_a_choice_field_is_made_with_its_choices(client: Callable[..., Client]) -> None:
    """The form of a custom field asks for choices where its type has them, and accounts offer them."""
    person = client()
    page = person.open("/custom_fields/new").page
    person.field("Key").fill("tier")
    person.choose("Module", "Accounts")
    person.field("English label").fill("Tier")
    person.field("Chinese label").fill("级别")
    person.choose("Type", "Single choice")
    person.button("choice.add").click()
    page.get_by_placeholder(person.t("choice.value")).fill("gold")
    page.get_by_placeholder(person.t("choice.en")).fill("Gold")
    page.get_by_placeholder(person.t("choice.zh")).fill("金牌")
    person.button("form.create").click()
    expect(person.says("form.created")).to_be_visible()
    # A definition is in force everywhere within a second; a form opened before that is opened again.
    assert poll(lambda: person.open("/accounts/new").page.get_by_label("Tier").count() > 0, 20, every=1)
    person.choose("Tier", "Gold")


def test_a_definition_asks_for_what_its_type_has(client: Callable[..., Client]) -> None:
    """A number has bounds, a link has a target; forms show the section, the help and the default."""
    person = client()
    page = person.open("/custom_fields/new").page
    person.field("Key").fill("discount")
    person.choose("Module", "Accounts")
    person.choose("Type", "Link to a record")
    expect(person.field("Links to")).to_be_visible()
    expect(page.get_by_label("Smallest value")).to_have_count(0)
    person.choose("Type", "Percent")
    expect(page.get_by_label("Links to")).to_have_count(0)
    person.field("English label").fill("Discount")
    person.field("Smallest value").fill("0")
    person.field("Largest value").fill("30")
    person.field("Default value").fill("12.5")
    person.field("Help in English").fill("What we usually give")
    person.field("Section in English").fill("Terms")
    person.button("form.create").click()
    expect(person.says("form.created")).to_be_visible()

    assert poll(lambda: person.open("/accounts/new").page.get_by_label("Discount").count() > 0, 20, every=1)
    terms = page.get_by_role("region", name="Terms")
    expect(terms.get_by_text("What we usually give")).to_be_visible()
    expect(terms.get_by_label("Discount")).to_have_value("12.5%")
    person.field("Name").fill("Heron")
    terms.get_by_label("Discount").fill("31")
    person.button("form.create").click()
    expect(page.get_by_text("must be between 0 and 30")).to_be_visible()
    terms.get_by_label("Discount").fill("7.5")
    person.button("form.create").click()
    expect(page.get_by_text("7.5%")).to_be_visible()
    expect(page.get_by_text("Terms", exact=True)).to_be_visible()


def test_a_role_hides_fields(client: Callable[..., Client]) -> None:
    """On the role's page, module by module, also on a phone: what is hidden, and what is read-only."""
    person = client(language="zh-CN", width=390, height=844)
    grants = [{"module": "accounts", "operation": "view", "scope": "all"}]
    role = person.create("roles", name="实习生", grants=grants)
    page = person.open(f"/roles/{role['id']}").page
    person.button("action.edit").click()
    page.get_by_role("button", name="客户", exact=True).click()
    for field, level in (("电话", "hidden"), ("网站", "read_only")):
        levels = page.get_by_role("radiogroup", name=f"客户: {field}", exact=True)
        levels.get_by_text(person.t(f"role.level.{level}"), exact=True).click()
    assert person.overflow() == 0
    person.button("action.save").click()
    expect(person.says("form.saved")).to_be_visible()
    expect(page.get_by_text(person.t("access.hidden", fields="电话"), exact=True)).to_be_visible()
    rules = person.call("GET", f"/roles/{role['id']}")["field_rules"]
    assert {("phone", "hidden"), ("website", "read_only")} == {(rule["field"], rule["access"]) for rule in rules}
