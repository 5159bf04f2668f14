"""Closed opportunities: what was won and lost, by whom, of what and when."""

from reporting.cubes.cube import Cube, Dimension, Report, average, count, percentage, total
from reporting.facts.table import account_facts, opportunity_facts, product_facts

_FACT = opportunity_facts.c
_WON, _LOST = _FACT.status == "won", _FACT.status == "lost"
_CLOSED = _FACT.status.in_(("won", "lost"))

OPPORTUNITIES = Cube(
    opportunity_facts,
    joins={"account_id": account_facts, "product_id": product_facts},
    where=_CLOSED,
    time="close_date",
    currency="currency",
    dimensions=(
        Dimension("month", "close_date", ("月份", "Month"), granularity="month"),
        Dimension("owner_id", label=("销售员", "Salesperson")),
        Dimension("product_id"),
        Dimension("category", "product_id.category", ("产品类别", "Product category")),
        Dimension("account_id"),
        Dimension("industry", "account_id.industry"),
        Dimension("currency", label=("币种", "Currency")),
    ),
    filters=("status", "amount", "close_date"),
    measures=(
        count("won", ("赢单数", "Won"), _WON),
        count("lost", ("输单数", "Lost"), _LOST),
        total("revenue", ("收入", "Revenue"), _FACT.amount, _WON),
        percentage("win_rate", ("赢单率", "Win rate"), _WON, of=_CLOSED),
        average("average", ("平均成交额", "Average deal"), _FACT.amount, _WON),
    ),
)

REPORTS = (
    Report(
        "revenue-by-month",
        ("月度收入", "Revenue by month"),
        ("按成交月份统计赢单金额", "What was won, by the month it was closed in"),
        "line",
        OPPORTUNITIES,
        "month",
        ("revenue", "won", "average"),
    ),
    Report(
        "revenue-by-salesperson",
        ("销售员收入", "Revenue by salesperson"),
        ("每位销售员的赢单金额与赢单率", "What everybody won, and how often"),
        "bar",
        OPPORTUNITIES,
        "owner_id",
        ("revenue", "won", "lost", "win_rate"),
    ),
    Report(
        "revenue-by-product",
        ("产品收入", "Revenue by product"),
        ("每种产品的赢单数与金额", "What was won of every product"),
        "bar",
        OPPORTUNITIES,
        "product_id",
        ("revenue", "won", "average"),
    ),
    Report(
        "win-rate",
        ("赢单率", "Win rate"),
        ("赢单数占已结束商机的比例", "Won, as a share of won and lost"),
        "bar",
        OPPORTUNITIES,
        "owner_id",
        ("win_rate", "won", "lost", "revenue"),
    ),
)
