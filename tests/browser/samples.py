"""Four files as a new customer brings them: the real ones where they lie beside the checkout, else made ones of the
same shape and flaws (a product misspelt in many rows, a misspelt sector, amounts in millions, deals without account).
"""

import csv
import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.browser.client import ROOT

REAL = ROOT.parent / "shared" / "data" / "maven-crm"
PRODUCTS = {
    "GTX Basic": 550, "GTX Pro": 4821, "MG Special": 55, "MG Advanced": 3393, "GTX Plus Pro": 5482,
    "GTX Plus Basic": 1096, "GTK 500": 26768,
}  # fmt: skip
SECTORS = ["technolgy", "medical", "retail", "software", "finance", "telecommunications"]
MADE_ROWS = 1200


@dataclass(frozen=True)
class Sample:
    """The files, and what a few lines of csv code say is in them."""

    folder: Path
    rows: int
    misspelt: int
    won: int
    lost: int
    revenue: int

    @property
    def win_rate(self) -> str:
        """In percent, two decimals."""
        return f"{Decimal(100 * self.won) / Decimal(self.won + self.lost):.2f}"

    def file(self, name: str) -> Path:
        """`accounts`, `products`, `sales_teams` or `sales_pipeline`."""
        return self.folder / f"{name}.csv"


def sample(folder: Path) -> Sample:
    """The real files if they are there; otherwise made in `folder`."""
    if not REAL.is_dir():
        _make(folder)
    there = REAL if REAL.is_dir() else folder
    with (there / "sales_pipeline.csv").open(encoding="utf-8", newline="") as lines:
        deals = list(csv.DictReader(lines))
    won = [deal for deal in deals if deal["deal_stage"] == "Won"]
    return Sample(
        folder=there,
        rows=len(deals),
        misspelt=sum(deal["product"] == "GTXPro" for deal in deals),
        won=len(won),
        lost=sum(deal["deal_stage"] == "Lost" for deal in deals),
        revenue=sum(int(deal["close_value"]) for deal in won),
    )


def _write(path: Path, header: str, rows: list[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _make(folder: Path) -> None:
    chance = random.Random(7)
    agents = [f"Agent {number:02}" for number in range(1, 36)]
    managers = [f"Manager {number}" for number in range(1, 7)]
    regions = ["Central", "East", "West"]
    _write(
        folder / "sales_teams.csv",
        "sales_agent,manager,regional_office",
        [(agent, managers[at % 6], regions[at % 3]) for at, agent in enumerate(agents)],
    )
    _write(
        folder / "products.csv",
        "product,series,sales_price",
        [(name, name.split()[0], price) for name, price in PRODUCTS.items()],
    )
    accounts = [f"Company {number:02}" for number in range(1, 86)]
    _write(
        folder / "accounts.csv",
        "account,sector,year_established,revenue,employees,office_location,subsidiary_of",
        [
            (name, SECTORS[at % 6], 1980 + at % 30, f"{100 + at * 7.25:.2f}", 50 + at * 31, "United States",
             accounts[0] if at % 12 == 5 else "")
            for at, name in enumerate(accounts)
        ],
    )  # fmt: skip
    deals: list[tuple[object, ...]] = []
    for number in range(MADE_ROWS):
        stage = chance.choices(["Won", "Lost", "Engaging", "Prospecting"], [48, 28, 18, 6])[0]
        product = chance.choice(list(PRODUCTS))
        engaged = date(2016, 10, 20) + timedelta(days=chance.randrange(400))
        closed = engaged + timedelta(days=chance.randrange(5, 60))
        deals.append((
            f"D{number:07}", chance.choice(agents), "GTXPro" if product == "GTX Pro" else product,
            "" if chance.random() < 0.16 else chance.choice(accounts), stage,
            "" if stage == "Prospecting" else engaged, closed if stage in {"Won", "Lost"} else "",
            PRODUCTS[product] + chance.randrange(-20, 20) if stage == "Won" else 0 if stage == "Lost" else "",
        ))  # fmt: skip
    _write(
        folder / "sales_pipeline.csv",
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        deals,
    )
