"""What an account has bought, of the orders that a caller sees."""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from chassis.call import Call
from chassis.database.connection import Database
from chassis.resources.kinds import to_date, to_decimal, to_money
from chassis.resources.records import Records, record_id
from guanxi.sales.v1 import orders_pb2
from sales.orders.rules import BOUGHT
from sales.orders.table import orders
from sales.pricing.rules import places_of, rounded

MOST_PRODUCTS = 50
# What sums are made of; from whom one of them is hidden, the sums are.
_SUMMED = {"total", "base_total", "status"}


def purchase_history(database: Database, records: Records, call: Call, account: str) -> orders_pb2.PurchaseHistory:
    """Sums by year and by product."""
    hidden = call.access.hidden("orders")
    conditions = [
        *records.query.conditions(call, "view", deleted=False),
        orders.c.account_id == record_id(account, "account_id"),
        orders.c.status.in_(BOUGHT),
    ]
    answer = orders_pb2.PurchaseHistory()
    if {"account_id", "order_date", "status"} & hidden:
        return answer
    own = call.organization.currency
    has_sums = not _SUMMED & hidden
    year = sa.extract("year", orders.c.order_date)
    figures: tuple[Any, ...] = (
        year.label("year"),
        sa.func.count().label("count"),
        sa.func.sum(orders.c.base_total).label("total"),
        sa.func.min(orders.c.order_date).label("first"),
        sa.func.max(orders.c.order_date).label("last"),
    )
    by_year: sa.Select[Any] = sa.select(*figures).where(*conditions).group_by(year).order_by(year.desc())
    summed: Any = database.read(call, by_year)
    for row in summed:
        line = answer.years.add(year=int(row.year), order_count=row.count)
        if has_sums:
            line.total.CopyFrom(to_money(row.total or Decimal(0), own))
    if not summed:
        return answer
    answer.order_count = sum(row.count for row in summed)
    answer.first_order_date.CopyFrom(to_date(min(row.first for row in summed)))
    answer.last_order_date.CopyFrom(to_date(max(row.last for row in summed)))
    if has_sums:
        answer.total.CopyFrom(to_money(sum((row.total or Decimal(0) for row in summed), Decimal(0)), own))
    if "lines" not in hidden and "products" not in hidden:
        _add_products(answer, database, call, conditions, own, has_sums=has_sums)
    return answer


def _add_products(
    answer: orders_pb2.PurchaseHistory,
    database: Database,
    call: Call,
    conditions: list[sa.ColumnElement[bool]],
    own: str,
    *,
    has_sums: bool,
) -> None:
    line = sa.func.jsonb_array_elements(orders.c.lines).table_valued(sa.column("value", JSONB), name="line")
    value = line.c.value
    product = value["product_id"].astext
    name = sa.case((product.is_(None), value["description"].astext), else_=None)
    # What the whole discount leaves of a line, in the organization's currency.
    kept = (orders.c.subtotal - orders.c.discount) / sa.func.nullif(orders.c.subtotal, 0)
    amount = sa.cast(value["amount"].astext, sa.Numeric) * kept * sa.func.coalesce(orders.c.exchange_rate, 1)
    rows: Any = database.read(
        call,
        sa.select(
            product.label("product"),
            sa.func.max(value["description"].astext).label("description"),
            sa.func.sum(sa.cast(value["quantity"].astext, sa.Numeric)).label("quantity"),
            sa.func.sum(amount).label("total"),
            sa.func.max(orders.c.order_date).label("last"),
        )
        .select_from(orders)
        .join(line, sa.true())
        .where(*conditions)
        .group_by(product, name)
        .order_by(sa.desc("total" if has_sums else "last"), product)
        .limit(MOST_PRODUCTS),
    )
    for row in rows:
        last: date = row.last
        found = answer.products.add(
            product_id=row.product or "",
            description=row.description or "",
            quantity=to_decimal(row.quantity),
            last_order_date=to_date(last),
        )
        if has_sums:
            found.total.CopyFrom(to_money(rounded(row.total or Decimal(0), places_of(own)), own))
