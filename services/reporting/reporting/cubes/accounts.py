"""Accounts: how many there are of which kind."""

from reporting.cubes.cube import Cube, Dimension, Report, count
from reporting.facts.table import account_facts

ACCOUNTS = Cube(
    account_facts, dimensions=(Dimension("industry"),), measures=(count("accounts", ("客户数", "Accounts")),)
)

REPORTS = (
    Report(
        "accounts-by-industry",
        ("客户行业分布", "Accounts by industry"),
        ("每个行业的客户数", "How many accounts there are in every industry"),
        "pie",
        ACCOUNTS,
        "industry",
        ("accounts",),
    ),
)
