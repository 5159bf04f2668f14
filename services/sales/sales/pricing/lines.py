"""Lines of quotes and orders: what they take from products, and what they come to."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.resources import Draft
from chassis.resources.custom import count, numbered
from chassis.resources.lines import as_stored
from sales.exchange_rates.table import exchange_rates
from sales.pricing.rules import ZERO, Totals, places_of, price_lines, rounded, wrong_discounts
from sales.products.table import products

# What the server alone writes in a line.
COMPUTED = ("amount", "tax_amount", "shipped", "reserved")


def set_money(values: dict[str, Any], name: str, amount: Decimal | None, currency: str) -> None:
    """Fill in an amount, or empty it."""
    values |= {name: amount, f"{name}_currency": None if amount is None else currency}


def given_of(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines without what the server computes of them."""
    return [{name: value for name, value in line.items() if name not in COMPUTED} for line in lines]


def products_of(transaction: Transaction, drafts: Sequence[Draft]) -> dict[UUID, Any]:
    """The products that lines of drafts name."""
    wanted = {UUID(line["product_id"]) for draft in drafts for line in draft.values["lines"] if line.get("product_id")}
    if not wanted:
        return {}
    table = products
    rows: Any = transaction.execute(
        sa.select(table).where(table.c.org_id == transaction.call.org_id, table.c.id.in_(wanted))
    )
    return {row.id: row for row in rows}


def complete_lines(values: dict[str, Any], known: Mapping[UUID, Any]) -> None:
    """Number lines, and fill in what they leave to their product."""
    taken = {line["id"] for line in values["lines"] if line.get("id")}
    following = (str(number) for number in range(1, 10_000) if str(number) not in taken)
    lines = []
    for given in given_of(values["lines"]):
        line = (
            {**_from_product(known.get(UUID(given["product_id"])), values["currency"])}
            if given.get("product_id")
            else {}
        )
        line |= given
        line["id"] = line.get("id") or next(following)
        line.setdefault("quantity", 1)
        lines.append(line)
    values["lines"] = lines
    if len({line["id"] for line in lines}) < len(lines):
        raise InvalidArgumentError.of("lines", "TAKEN")


def _from_product(product: Any, currency: str) -> dict[str, Any]:
    if product is None:
        return {}
    found = {"description": product.name, "unit": product.unit, "tax_percent": product.tax_rate}
    if product.price_currency == currency:
        found["unit_price"] = product.price
    return {name: as_stored(value) for name, value in found.items() if value is not None}


def compute(values: dict[str, Any]) -> Totals:
    """Amounts of lines and of the whole, rounded. Raises InvalidArgumentError."""
    places = places_of(values["currency"])
    if problems := wrong_discounts(values, places):
        raise InvalidArgumentError(violations=problems)
    found = price_lines(values["lines"], values["discount_percent"], values["discount_amount"], places)
    for line in values["lines"]:
        line |= {name: as_stored(line[name]) for name in ("amount", "tax_amount")}
    return found


def set_totals(values: dict[str, Any], totals: Totals) -> None:
    """Fill in what lines come to."""
    found = {"subtotal": totals.subtotal, "discount": totals.discount, "tax": totals.tax, "total": totals.total}
    for name, amount in found.items():
        set_money(values, name, amount, values["currency"])


def set_margin(values: dict[str, Any], known: Mapping[UUID, Any]) -> None:
    """Fill in cost and margin, where every product's cost is known in this currency; what is no product costs nothing."""
    costs: list[Decimal | None] = []
    for line in values["lines"]:
        product = known.get(UUID(line["product_id"])) if line.get("product_id") else None
        if product is not None:
            same = product.cost is not None and product.cost_currency == values["currency"]
            costs.append(product.cost * Decimal(line["quantity"]) if same else None)
    cost = None
    if costs and None not in costs:
        cost = rounded(sum((item for item in costs if item is not None), ZERO), places_of(values["currency"]))
    set_money(values, "cost", cost, values["currency"])
    margin = None if cost is None else values["subtotal"] - values["discount"] - cost
    set_money(values, "margin", margin, values["currency"])


def rate_of(transaction: Transaction, values: Mapping[str, Any], day: Any) -> Decimal | None:
    """What one unit of a record's currency is worth in the organization's on a day; None where nobody said."""
    if values["currency"] == transaction.call.organization.currency:
        return Decimal(1)
    if values["exchange_rate"] is not None:
        return Decimal(values["exchange_rate"])
    table = exchange_rates
    newest = (
        sa.select(table.c.rate)
        .where(
            table.c.org_id == transaction.call.org_id,
            table.c.delete_time.is_(None),
            table.c.currency == values["currency"],
            table.c.valid_from <= day,
        )
        .order_by(table.c.valid_from.desc(), table.c.create_time.desc())
        .limit(1)
    )
    found: Decimal | None = transaction.execute(newest).scalar()
    return found


def number_records(transaction: Transaction, module: str, prefix: str, drafts: Sequence[Draft]) -> None:
    """Give numbers to new records that have none: `SO-2026-00001`, counted for each year."""
    by_year: dict[int, list[Draft]] = {}
    for draft in drafts:
        if draft.is_new and not draft.values.get("number"):
            day = next(draft.values[name] for name in ("order_date", "quote_date", "pay_date") if name in draft.values)
            by_year.setdefault(day.year, []).append(draft)
    for year, fresh in sorted(by_year.items()):
        last = count(transaction, module, f"number {year}", len(fresh))
        for number, draft in enumerate(fresh, last - len(fresh) + 1):
            draft.values["number"] = numbered(f"{prefix}-{year}-{{00000}}", number)
