"""A new company brings in what it has, repairs it in the browser, and reads a report that is right."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.client import Client
from tests.browser.samples import Sample, sample

LONG = 120_000  # milliseconds for thousands of rows on a busy machine


def _upload(person: Client, module: str, path: Path) -> None:
    page = person.open(f"/imports/new?module={module}").page
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("heading", name=person.t("import.mapping.title"))).to_be_visible(timeout=LONG)


def _check(person: Client) -> None:
    person.button("import.check").click()
    expect(person.page.get_by_role("region", name=person.t("import.result"))).to_be_visible(timeout=LONG)


def _run(person: Client) -> None:
    person.page.get_by_role("button", name=re.compile(r"^Import [\d,]+ rows?")).click()
    expect(person.page.get_by_role("heading", name=person.t("import.state.done"))).to_be_visible(timeout=LONG)


def _tile(person: Client, name: str) -> Locator:
    label = person.page.get_by_text(person.t(f"import.count.{name}"), exact=True)
    return person.page.locator("dl > div").filter(has=label).locator("dd")


def _count(number: int) -> str:
    return f"{number:,}"


def _bring_in_the_rest(person: Client, files: Sample) -> None:
    """Teams below their regions with their managers, users, products, accounts: what the opportunities refer to."""
    page = person.page
    _upload(person, "teams", files.file("sales_teams"))
    expect(page.get_by_test_id("skipped")).to_contain_text("sales_agent")
    _check(person)
    for what in ("Teams", "Users"):
        page.get_by_role("button", name=person.t("import.createMissing", what=what)).click()
    expect(_tile(person, "invalid")).to_have_text("0")
    _run(person)
    expect(_tile(person, "created")).to_have_text("6")
    teams = {team["id"]: team for team in person.call("GET", "/teams?page_size=50")["teams"]}
    below = [team for team in teams.values() if team.get("manager_id")]
    assert (len(teams), len(below)) == (9, 6)
    assert {teams[team["parent_id"]]["name"] for team in below} == {"Central", "East", "West"}

    _upload(person, "users", files.file("sales_teams"))
    expect(page.get_by_test_id("skipped")).to_contain_text("regional_office")
    _check(person)
    _run(person)
    expect(_tile(person, "created")).to_have_text("35")

    _upload(person, "products", files.file("products"))
    _check(person)
    _run(person)

    _upload(person, "accounts", files.file("accounts"))
    unit = page.get_by_role("listitem").filter(has_text=re.compile("^revenue")).get_by_label(
        person.t("import.mapping.unit")
    )  # fmt: skip
    unit.locator("visible=true").first.click()
    page.get_by_role("option", name=person.t("import.unit.million")).click()
    _check(person)
    issue = page.get_by_test_id("issue").filter(has_text="technolgy")
    issue.get_by_role("button", name=person.t("import.repairAll")).click()
    expect(_tile(person, "invalid")).to_have_text("0")
    _run(person)
    expect(_tile(person, "created")).to_have_text("85")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_company_moves_in_and_its_first_report_is_right(client: Callable[..., Client], tmp_path: Path) -> None:
    """One correction repairs every misspelt row; the report equals the file; a second import adds nothing; undo takes
    all of it back.
    """
    person, files = client(), sample(tmp_path)
    page = person.open("/").page
    _bring_in_the_rest(person, files)

    _upload(person, "opportunities", files.file("sales_pipeline"))
    _check(person)
    expect(_tile(person, "invalid")).to_have_text(_count(files.misspelt))
    issue = page.get_by_test_id("issue")
    expect(issue).to_have_count(1)
    expect(issue).to_contain_text(f"{_count(files.misspelt)} rows")
    expect(issue).to_contain_text("There is no product “GTXPro”")
    expect(issue.get_by_label(person.t("import.replacement")).first).to_have_value("GTX Pro")
    issue.get_by_role("button", name=person.t("import.repairAll")).click()
    expect(_tile(person, "invalid")).to_have_text("0", timeout=LONG)
    _run(person)
    expect(_tile(person, "created")).to_have_text(_count(files.rows))
    done = page.url

    person.open("/reports/win-rate")
    for measure, value in (
        ("won", _count(files.won)),
        ("lost", _count(files.lost)),
        ("win_rate", f"{files.win_rate}%"),
    ):
        expect(page.locator(f"[data-measure={measure}] dd")).to_have_text(value)
    person.open("/reports/revenue-by-month")
    expect(page.locator("[data-measure=revenue] dd")).to_have_text(f"${_count(files.revenue)}")
    expect(page.locator("[role=img] svg")).to_be_visible()

    _upload(person, "opportunities", files.file("sales_pipeline"))
    _check(person)
    page.get_by_test_id("issue").get_by_role("button", name=person.t("import.repairAll")).click()
    expect(_tile(person, "invalid")).to_have_text("0", timeout=LONG)
    _run(person)
    expect(_tile(person, "created")).to_have_text("0")
    expect(_tile(person, "unchanged")).to_have_text(_count(files.rows))

    page.goto(done)
    person.button("import.undo").click()
    page.get_by_role("dialog").get_by_role("button", name=person.t("import.undo")).click()
    expect(page.get_by_role("heading", name=person.t("import.state.undone"))).to_be_visible(timeout=LONG)
    assert person.call("GET", "/opportunities?page_size=1")["total_size"] == 0


def test_stages_are_known_by_their_names_in_both_languages(client: Callable[..., Client], tmp_path: Path) -> None:
    """A Chinese company's stages have Chinese names, and its files from abroad fit all the same."""
    path = tmp_path / "deals.csv"
    path.write_text("名称,阶段\n一,Won\n二,赢单\n三,Prospecting\n", encoding="utf-8")
    person = client(language="zh-CN")
    _upload(person, "opportunities", path)
    _check(person)
    expect(_tile(person, "valid")).to_have_text("3")


def test_a_column_may_fill_two_fields(client: Callable[..., Client], tmp_path: Path) -> None:
    """One more field is chosen for a column, and both get its values."""
    path = tmp_path / "accounts.csv"
    path.write_text("name,town\nHeron,Hangzhou\n", encoding="utf-8")
    person = client()
    _upload(person, "accounts", path)
    page = person.page
    label = person.t("import.mapping.fieldFor", column="town")
    expect(page.get_by_test_id("skipped")).to_contain_text("town")
    for field in ("Location", "Description"):
        if field == "Description":
            person.button("import.mapping.alsoFor", column="town").click()
        page.get_by_label(label).locator("visible=true").last.click()
        page.get_by_role("option", name=field, exact=True).click()
    expect(page.get_by_test_id("skipped")).to_have_count(0)
    _check(person)
    _run(person)
    made = person.call("GET", "/accounts")["accounts"][0]
    assert (made["location"], made["description"]) == ("Hangzhou", "Hangzhou")


def test_a_cell_is_corrected_where_it_stands(client: Callable[..., Client], tmp_path: Path) -> None:
    """Row by row: a wrong cell is typed over in the grid, and the row becomes ready."""
    path = tmp_path / "客户.csv"
    path.write_bytes("名称,行业\n白鹭科技,医疗\n苍鹭物流,物鎏\n".encode("gb18030"))
    person = client()
    _upload(person, "accounts", path)
    expect(person.field(person.t("import.format.encoding"))).to_have_value("GB18030")
    _check(person)
    expect(_tile(person, "invalid")).to_have_text("1")
    person.page.get_by_text(person.t("import.byRow"), exact=True).click()
    cell = person.page.locator("tbody input")
    cell.fill("物流")
    cell.press("Enter")
    expect(_tile(person, "invalid")).to_have_text("0")
    _run(person)
    expect(_tile(person, "created")).to_have_text("2")


def test_a_file_that_is_none_is_refused_with_a_reason(client: Callable[..., Client], tmp_path: Path) -> None:
    """A binary called .csv gives a sentence, and the page goes on working."""
    path = tmp_path / "accounts.csv"
    path.write_bytes(bytes(range(256)) * 64)
    person = client()
    page = person.open("/imports/new?module=accounts").page
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(person.button("import.choose")).to_be_enabled()


def test_bad_rows_and_reports_are_taken_away_as_files(client: Callable[..., Client], tmp_path: Path) -> None:
    """The rows with problems, with what is wrong; a report with the figures it shows; a list as the server has it."""
    path = tmp_path / "accounts.csv"
    path.write_text("name,industry\nHeron,medical\n=Egret(),nonsense\n", encoding="utf-8")
    person = client()
    _upload(person, "accounts", path)
    _check(person)
    with person.page.expect_download() as bad:
        person.button("import.downloadBad").click()
    lines = Path(bad.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=Egret(),nonsense,")
    _run(person)
    person.open("/reports/accounts-by-industry")
    person.wait_for(lambda: person.page.locator("[data-measure] dd").first.inner_text() == "1")
    with person.page.expect_download() as table:
        person.page.get_by_role("button", name="CSV").click()
    assert "Medical,1" in Path(table.value.path()).read_text("utf-8-sig")
    person.open("/accounts").button("action.more").click()
    with person.page.expect_download() as listed:
        person.page.get_by_role("menuitem", name=person.t("list.export")).click()
    assert "Heron" in Path(listed.value.path()).read_text("utf-8-sig")
