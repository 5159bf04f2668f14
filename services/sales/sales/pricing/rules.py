"""How amounts are computed and rounded: pure rules. docs/decisions/0010-how-amounts-are-rounded.md says why; the web
client's line editor computes the same (web/src/features/sales/pricing.ts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from chassis.errors import Violation
from chassis.texts import register

register(
    {
        "ONE_DISCOUNT": (
            "折扣率和折扣额只能填一个",
            "Give a discount in percent or as an amount, not both",
        ),
        "DISCOUNT_TOO_HIGH": ("折扣额不能超过金额 {amount}", "The discount is more than the amount of {amount}"),
        "NO_LINES_AND_SUM": (
            "有明细时请不要填写“总额（无明细）”",
            "An order with lines has no lump sum; leave it empty",
        ),
    }
)

# ISO 4217: currencies whose smallest unit is not a hundredth.
_WHOLE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PLACES = dict.fromkeys(_WHOLE, 0) | dict.fromkeys(_THOUSANDTHS, 3)
# Exact for the largest quantity at the largest price; the default context has 28 digits.
_EXACT = Context(prec=60)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Totals:
    """What lines come to, in their currency."""

    subtotal: Decimal
    discount: Decimal
    tax: Decimal

    @property
    def net(self) -> Decimal:
        """Without tax."""
        return self.subtotal - self.discount

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.net + self.tax


def places_of(currency: str) -> int:
    """Digits of a currency's smallest unit (ISO 4217)."""
    return _PLACES.get(currency, 2)


def rounded(amount: Decimal, places: int) -> Decimal:
    """To so many digits, a half away from 0."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT) if amount else ZERO


def price_lines(
    lines: Sequence[dict[str, Any]], percent: Decimal | None, amount: Decimal | None, places: int
) -> Totals:
    """Fill in the amount and the tax of each line; returns what they come to.

    The whole discount is shared out over the lines by their amounts, each share the difference of two rounded sums: the
    shares come to it exactly. A line's tax is rounded by itself, so that the tax is the sum of what the lines say.
    """
    for line in lines:
        line["amount"] = _line_amount(line, places)
    subtotal = sum((line["amount"] for line in lines), ZERO)
    discount = amount if amount is not None else rounded(_EXACT.multiply(subtotal, _share(percent)), places)
    seen, shared, tax = ZERO, ZERO, ZERO
    for line in lines:
        seen += line["amount"]
        upto = rounded(_EXACT.divide(_EXACT.multiply(discount, seen), subtotal), places) if subtotal else ZERO
        taxed = line["amount"] - (upto - shared)
        shared = upto
        line["tax_amount"] = rounded(_EXACT.multiply(taxed, _share(_number(line.get("tax_percent")))), places)
        tax += line["tax_amount"]
    return Totals(subtotal, discount, tax)


def _line_amount(line: Mapping[str, Any], places: int) -> Decimal:
    gross = _gross(line, places)
    given = _number(line.get("discount_amount"))
    if given is not None:
        return gross - given
    return gross - rounded(_EXACT.multiply(gross, _share(_number(line.get("discount_percent")))), places)


def _gross(line: Mapping[str, Any], places: int) -> Decimal:
    quantity, price = _number(line.get("quantity")) or ZERO, _number(line.get("unit_price")) or ZERO
    return rounded(_EXACT.multiply(quantity, price), places)


def _share(percent: Decimal | None) -> Decimal:
    return (percent or ZERO) / 100


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def wrong_discounts(values: Mapping[str, Any], places: int) -> list[Violation]:
    """Discounts that are given twice, or that are more than what they are taken off."""
    problems = []
    for number, line in enumerate(values["lines"]):
        problems += _wrong(f"lines[{number}].", line, _gross(line, places))
    if not problems:
        subtotal = sum((_line_amount(line, places) for line in values["lines"]), ZERO)
        problems += _wrong("", values, subtotal)
    return problems


def _wrong(prefix: str, holder: Mapping[str, Any], base: Decimal) -> list[Violation]:
    given = _number(holder.get("discount_amount"))
    if given is None:
        return []
    if holder.get("discount_percent") is not None:
        return [Violation(f"{prefix}discount_amount", "ONE_DISCOUNT")]
    if given > base:
        return [Violation(f"{prefix}discount_amount", "DISCOUNT_TOO_HIGH", {"amount": format(base, "f")})]
    return []
