"""The reports there are."""

from dataclasses import dataclass

import sqlalchemy as sa

from reporting.facts.table import account_facts, opportunity_facts
from reporting.reports.layer import (
    ACCOUNTS_COUNT,
    ACCOUNTS_INDUSTRY,
    DIMENSIONS,
    MEASURES,
    OPPORTUNITIES,
    Dimension,
    Measure,
)


@dataclass(frozen=True)
class Definition:
    """A report: facts, what they are grouped by, and the figures."""

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    chart: str
    module: str
    facts: sa.FromClause
    table: sa.Table
    groups: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    ranged: bool
    # Ordered by this measure, largest first; by the group itself where it is empty.
    order: str = ""

    @property
    def group(self) -> Dimension:
        """What it is grouped by unless the caller chooses."""
        return self.groups[0]


def _measures(*names: str) -> tuple[Measure, ...]:
    return tuple(MEASURES[name] for name in names)


def _groups(first: str) -> tuple[Dimension, ...]:
    return (DIMENSIONS[first], *(item for name, item in DIMENSIONS.items() if name != first))


def _of_opportunities(
    report_id: str, names: tuple[str, str], about: tuple[str, str], chart: str, group: str, *measures: str
) -> Definition:
    return Definition(
        report_id,
        *names,
        *about,
        chart,
        "opportunities",
        OPPORTUNITIES,
        opportunity_facts,
        _groups(group),
        _measures(*measures),
        ranged=True,
        order="" if group == "month" else measures[0],
    )


REPORTS = {
    item.id: item
    for item in (
        _of_opportunities(
            "revenue-by-month",
            ("月度收入", "Revenue by month"),
            ("按成交月份统计赢单金额", "What was won, by the month it was closed in"),
            "line",
            "month",
            "revenue",
            "won",
            "average",
        ),
        _of_opportunities(
            "revenue-by-salesperson",
            ("销售员收入", "Revenue by salesperson"),
            ("每位销售员的赢单金额与赢单率", "What everybody won, and how often"),
            "bar",
            "owner_id",
            "revenue",
            "won",
            "lost",
            "win_rate",
        ),
        _of_opportunities(
            "revenue-by-product",
            ("产品收入", "Revenue by product"),
            ("每种产品的赢单数与金额", "What was won of every product"),
            "bar",
            "product_id",
            "revenue",
            "won",
            "average",
        ),
        _of_opportunities(
            "win-rate",
            ("赢单率", "Win rate"),
            ("赢单数占已结束商机的比例", "Won, as a share of won and lost"),
            "bar",
            "owner_id",
            "win_rate",
            "won",
            "lost",
            "revenue",
        ),
        Definition(
            "accounts-by-industry",
            "客户行业分布",
            "Accounts by industry",
            "每个行业的客户数",
            "How many accounts there are in every industry",
            "pie",
            "accounts",
            account_facts,
            account_facts,
            (ACCOUNTS_INDUSTRY,),
            (ACCOUNTS_COUNT,),
            ranged=False,
            order="accounts",
        ),
    )
}
