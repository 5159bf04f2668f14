"""Real files in, a true report out: the whole of a company's sales data through REST."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.process import poll
from tests.browser.samples import Sample, sample
from tests.e2e.api import Api
from tests.support.stack import Stack

# Correctness alone is judged here; how soon the report is level is a figure of the bench.
LEVEL_SECONDS = 60
TEAMS = [
    {"column": 1, "field": "name"},
    {"column": 1, "field": "manager_id", "create_missing": True},
    {"column": 2, "field": "parent_id", "create_missing": True},
]
USERS = [{"column": 0, "field": "name"}, {"column": 1, "field": "team_id"}]
SECTOR = {"field": "industry", "value": "technolgy", "replacement": "technology"}
PRODUCT = {"field": "product_id", "value": "GTXPro", "replacement": "GTX Pro"}


class Company:
    """An organization with the four files in it."""

    def __init__(self, stack: Stack, files: Sample) -> None:
        self.files = files
        self.api = Api.sign_up(stack)
        bring = self.api.bring_in
        bring("teams", files.file("sales_teams"), mappings=TEAMS)
        bring("users", files.file("sales_teams"), mappings=USERS)
        bring("products", files.file("products"))
        bring("accounts", files.file("accounts"), SECTOR)
        self.job = self.api.upload("opportunities", files.file("sales_pipeline"))
        self.validated = self.api.step(self.job, "validate")
        self.issues = self.api.get(f"imports/{self.job['id']}/issues")["issues"]
        self.api.step(self.job, "repair", repairs=[PRODUCT])
        self.done = self.api.step(self.job, "run")

    def level(self) -> bool:
        """Whether the report holds every deal."""
        won, lost = self.api.report("win-rate")["totals"]["values"][2:4]
        return (int(won), int(lost)) == (self.files.won, self.files.lost)


@pytest.fixture(scope="module")
def company(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """One for all tests here; the undo comes last."""
    return Company(stack, sample(tmp_path_factory.mktemp("maven")))


def expected(files: Sample, key: str) -> dict[str, tuple[int, Decimal]]:
    """Won deals and revenue by a column, or by month of closing, as csv code adds them up."""
    found: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    with files.file("sales_pipeline").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["deal_stage"] == "Won":
                name = row["close_date"][:7] if key == "month" else row[key].replace("GTXPro", "GTX Pro")
                found[name][0] += 1
                found[name][1] += Decimal(row["close_value"])
    return {name: (count, revenue) for name, (count, revenue) in found.items()}


def test_problems_are_grouped(company: Company) -> None:
    """The misspelt product is one problem, counted, with the right name proposed."""
    found = [(item["code"], item["value"], item["count"], item["suggestion"]) for item in company.issues]
    assert [("UNKNOWN_REFERENCE", "GTXPro", company.files.misspelt, "GTX Pro")] == found
    assert company.files.misspelt == company.validated["counts"]["invalid"]


def test_all_in(company: Company) -> None:
    """After one correction every row is in."""
    assert ("done", company.files.rows) == (company.done["state"], company.done["counts"]["created"])


def test_report_is_true(company: Company) -> None:
    """After the import's end the report comes to equal the file, in total and by month, agent and product."""
    assert poll(company.level, LEVEL_SECONDS, every=0.2)
    totals = company.api.report("win-rate")["totals"]["values"]
    assert [company.files.win_rate, str(company.files.won), str(company.files.lost)] == totals[1:4]
    assert Decimal(company.files.revenue) == Decimal(totals[4])
    for report, key in (
        ("revenue-by-month", "month"),
        ("revenue-by-salesperson", "sales_agent"),
        ("revenue-by-product", "product"),
    ):
        rows = [row["values"] for row in company.api.report(report)["rows"]]
        figures = {row[0]: (int(row[2]), Decimal(row[1])) for row in rows if row[2] != "0"}
        assert expected(company.files, key) == figures, report


def test_accounts_by_industry(company: Company) -> None:
    """Accounts are counted by their sector, the misspelt ones with the right ones."""
    with company.files.file("accounts").open(encoding="utf-8", newline="") as lines:
        sectors = Counter(row["sector"].replace("technolgy", "technology") for row in csv.DictReader(lines))
    rows = company.api.report("accounts-by-industry")["rows"]
    assert dict(sectors) == {row["values"][0]: int(row["values"][1]) for row in rows}


def test_range_and_filter(company: Company) -> None:
    """A time range and a filter leave what they say."""
    only = company.api.report("revenue-by-month", **{"from": "2017-04-01", "to": "2017-04-30"})["rows"]
    assert ["2017-04"] == [row["values"][0] for row in only]
    one = company.api.report("revenue-by-product", filter='category = "MG"')["rows"]
    assert {"MG Special", "MG Advanced"} == {row["values"][0] for row in one}


def test_again_adds_nothing(company: Company) -> None:
    """The same file again creates nothing and changes nothing."""
    again = company.api.bring_in("opportunities", company.files.file("sales_pipeline"), PRODUCT)
    counts = again["counts"]
    assert (0, 0, company.files.rows) == (counts["created"], counts["updated"], counts["unchanged"])


def test_other_organization_sees_nothing(company: Company) -> None:
    """A second organization sees nothing of the first: no record, no figure, no search hit, no import."""
    other = Api.sign_up(company.api.stack, "Egret Ltd")
    mine = company.api.get("opportunities", page_size=1)["opportunities"][0]["id"]
    assert [0, 0, 0] == [other.total(module) for module in ("opportunities", "accounts", "products")]
    assert [] == other.get("search", query="GTX")["hits"]
    assert [] == other.report("win-rate")["rows"]
    for path in (f"opportunities/{mine}", f"imports/{company.job['id']}"):
        with pytest.raises(Exception, match="404"):
            other.get(path)


def test_undo(company: Company) -> None:
    """Undo removes exactly what the import added."""
    kept = company.api.total("accounts")
    undone = company.api.step(company.job, "undo")
    assert "undone" == undone["state"]
    assert (0, kept) == (company.api.total("opportunities"), company.api.total("accounts"))


def test_file_of_the_sample(tmp_path: Path) -> None:
    """Where the real files are absent, made ones of the same shape and flaws take their place."""
    assert sample(tmp_path).misspelt > 100
