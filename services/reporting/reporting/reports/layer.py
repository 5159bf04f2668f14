"""The semantic layer: dimensions and measures over facts, each with its name in zh and en and the fields it is made of.

A measure or dimension goes when one of its source fields is hidden from the caller; that is how hidden fields stay out
of totals.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from reporting.facts.table import account_facts, opportunity_facts, product_facts

FACT = opportunity_facts.c


@dataclass(frozen=True)
class Dimension:
    """What figures are grouped by."""

    name: str
    zh: str
    en: str
    # `month`, `text`, `choice` or `reference`.
    kind: str
    value: sa.ColumnElement[Any]
    # (module, field) that must not be hidden.
    sources: tuple[tuple[str, str], ...]
    # A text for each value, where the value is an id.
    title: sa.ColumnElement[Any] | None = None
    reference: str = ""


@dataclass(frozen=True)
class Measure:
    """A figure."""

    name: str
    zh: str
    en: str
    # `integer`, `money` or `percent`.
    kind: str
    value: sa.ColumnElement[Any]
    sources: tuple[tuple[str, str], ...]


_WON = FACT.status == "won"
_LOST = FACT.status == "lost"
_won = sa.func.count().filter(_WON)
_lost = sa.func.count().filter(_LOST)
_revenue = sa.func.coalesce(sa.func.sum(FACT.amount).filter(_WON), 0)

_STATUS = ("opportunities", "stage_id")
_AMOUNT = ("opportunities", "amount")
_CLOSED = ("opportunities", "close_date")

DIMENSIONS = {
    item.name: item
    for item in (
        Dimension("month", "月份", "Month", "month", sa.func.to_char(FACT.close_date, "YYYY-MM"), (_CLOSED,)),
        Dimension(
            "owner_id",
            "销售员",
            "Salesperson",
            "reference",
            FACT.owner_id,
            (("opportunities", "owner_id"),),
            reference="identity.User",
        ),
        Dimension(
            "product_id",
            "产品",
            "Product",
            "reference",
            FACT.product_id,
            (("opportunities", "product_id"), ("products", "name")),
            title=product_facts.c.name,
            reference="sales.Product",
        ),
        Dimension(
            "category",
            "产品类别",
            "Product category",
            "text",
            product_facts.c.category,
            (("opportunities", "product_id"), ("products", "category")),
        ),
        Dimension(
            "account_id",
            "客户",
            "Account",
            "reference",
            FACT.account_id,
            (("opportunities", "account_id"), ("accounts", "name")),
            title=account_facts.c.name,
            reference="customers.Account",
        ),
        Dimension(
            "industry",
            "行业",
            "Industry",
            "choice",
            account_facts.c.industry,
            (("opportunities", "account_id"), ("accounts", "industry")),
        ),
    )
}

MEASURES = {
    item.name: item
    for item in (
        Measure("won", "赢单数", "Won", "integer", _won, (_STATUS,)),
        Measure("lost", "输单数", "Lost", "integer", _lost, (_STATUS,)),
        Measure("revenue", "收入", "Revenue", "money", _revenue, (_STATUS, _AMOUNT)),
        Measure(
            "win_rate",
            "赢单率",
            "Win rate",
            "percent",
            sa.func.round(100 * _won / sa.func.nullif(_won + _lost, 0).cast(sa.Numeric), 2),
            (_STATUS,),
        ),
        Measure(
            "average",
            "平均成交额",
            "Average deal",
            "money",
            sa.func.round(sa.func.avg(FACT.amount).filter(_WON), 2),
            (_STATUS, _AMOUNT),
        ),
    )
}

# Facts of opportunities with their account and product beside them.
OPPORTUNITIES = opportunity_facts.outerjoin(
    account_facts, sa.and_(account_facts.c.org_id == FACT.org_id, account_facts.c.id == FACT.account_id)
).outerjoin(product_facts, sa.and_(product_facts.c.org_id == FACT.org_id, product_facts.c.id == FACT.product_id))

ACCOUNTS_INDUSTRY = Dimension(
    "industry", "行业", "Industry", "choice", account_facts.c.industry, (("accounts", "industry"),)
)
ACCOUNTS_COUNT = Measure("accounts", "客户数", "Accounts", "integer", sa.func.count(), ())
