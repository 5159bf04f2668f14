"""Headers find their fields: names, labels in both languages, synonyms, small mistakes."""

import pytest

from chassis.imports.suggest import suggest
from chassis.resources import Resource
from customers.accounts.resource import ACCOUNTS
from identity.teams.resource import TEAMS
from identity.users.resource import USERS
from sales.opportunities.resource import OPPORTUNITIES
from sales.products.resource import product_resource

PRODUCTS = product_resource({})


def mapped(resource: Resource, headers: list[str], samples: list[list[str]] | None = None) -> dict[str, str]:
    found = suggest(resource, headers, samples or [["a", "b"] for _ in headers], [], frozenset())
    return {item.field: headers[item.column] for item in found}


@pytest.mark.parametrize(
    ("resource", "headers"),
    [
        (
            ACCOUNTS,
            {
                "name": "account",
                "industry": "sector",
                "year_established": "year_established",
                "annual_revenue": "revenue",
                "employees": "employees",
                "location": "office_location",
                "parent_id": "subsidiary_of",
            },
        ),
        (PRODUCTS, {"name": "product", "category": "series", "price": "sales_price"}),
        (
            OPPORTUNITIES,
            {
                "external_ids.import": "opportunity_id",
                "owner_id": "sales_agent",
                "product_id": "product",
                "account_id": "account",
                "stage_id": "deal_stage",
                "engage_date": "engage_date",
                "close_date": "close_date",
                "amount": "close_value",
            },
        ),
        (ACCOUNTS, {"name": "客户名称", "industry": "行业", "phone": "电话", "owner_id": "负责人"}),
        (ACCOUNTS, {"name": "Company", "employees": "Employes", "website": "Web site"}),
        (USERS, {"name": "sales_agent", "email": "E-Mail"}),
    ],
)
def test_headers_of_real_files(resource, headers):
    """Files as companies have them map themselves."""
    assert mapped(resource, list(headers.values())) == headers


def test_a_column_may_fill_two_fields():
    """A manager's name names the team and points to the manager."""
    assert mapped(TEAMS, ["manager", "regional_office"]) == {
        "name": "manager",
        "manager_id": "manager",
        "parent_id": "regional_office",
    }


def test_denied_and_strange_columns_stay_unmapped():
    """What the importer may not change is not suggested, and what nobody knows is left alone."""
    found = suggest(ACCOUNTS, ["name", "industry", "zodiac"], [["A"], ["retail"], ["x"]], [], frozenset({"industry"}))
    assert [item.field for item in found] == ["name"]


def test_codes_that_repeat_are_no_external_ids():
    """A column called id that holds the same code twice identifies nothing."""
    assert "external_ids.import" not in mapped(ACCOUNTS, ["id", "name"], [["1", "1"], ["A", "B"]])
    assert mapped(ACCOUNTS, ["id", "name"], [["1", "2"], ["A", "B"]])["external_ids.import"] == "id"
