"""What lines come to: examples as the decision on rounding has them, and what holds of all."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.pricing.rules import places_of, price_lines, rounded, wrong_discounts

EXAMPLES = json.loads((Path(__file__).parent / "pricing.json").read_text())


def line(**numbers: str) -> dict[str, Any]:
    """A line, its numbers as they are stored."""
    return {name: Decimal(number) for name, number in numbers.items()}


def decimals(places: int, most: int) -> st.SearchStrategy[Decimal]:
    """Numbers of 0 to `most` with so many digits."""
    return st.integers(0, most * 10**places).map(lambda number: Decimal(number).scaleb(-places))


LINES = st.lists(
    st.builds(
        lambda quantity, price, discount, tax: {
            "quantity": quantity, "unit_price": price, "discount_percent": discount, "tax_percent": tax,
        },
        decimals(3, 10_000),
        decimals(4, 100_000),
        decimals(1, 100),
        st.sampled_from([Decimal(0), Decimal(3), Decimal(6), Decimal(9), Decimal(13)]),
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [("0.005", 2, "0.01"), ("2.345", 2, "2.35"), ("-2.345", 2, "-2.35"), ("2.5", 0, "3"), ("1.0004", 3, "1.000")],
)
def test_rounded(amount: str, places: int, expected: str) -> None:
    """A half goes away from 0."""
    assert Decimal(expected) == rounded(Decimal(amount), places)


def test_places() -> None:
    """A yen has no hundredths, a dinar has thousandths."""
    assert [2, 0, 3, 2] == [places_of(currency) for currency in ("CNY", "JPY", "KWD", "USD")]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["what"])
def test_examples(example: dict[str, Any]) -> None:
    """The examples that the web client's line editor is tested with, too."""
    lines = [line(**one) for one in example["lines"]]
    percent, amount = (
        Decimal(text) if (text := example.get(f"discount_{of}")) else None for of in ("percent", "amount")
    )
    found = price_lines(lines, percent, amount, places_of(example["currency"]))
    assert [Decimal(example[name]) for name in ("subtotal", "discount", "tax", "total")] == [
        found.subtotal, found.discount, found.tax, found.total,
    ]  # fmt: skip


@given(LINES, decimals(2, 100))
def test_sums(lines: list[dict[str, Any]], percent: Decimal) -> None:
    """Subtotal and tax are the sums of what lines say, in the currency's digits; a discount never makes it negative."""
    found = price_lines(lines, percent, None, 2)
    assert found.subtotal == sum(one["amount"] for one in lines)
    assert found.tax == sum(one["tax_amount"] for one in lines)
    assert all(
        amount == round(amount, 2) and amount >= 0 for one in lines for amount in (one["amount"], one["tax_amount"])
    )
    assert 0 <= found.discount <= found.subtotal


@given(LINES)
def test_all_of_one_rate(lines: list[dict[str, Any]]) -> None:
    """Taking the discount off as a whole or line by line differs by less than half a cent for each line."""
    for one in lines:
        one["tax_percent"] = Decimal(13)
    found = price_lines(lines, Decimal(7), None, 2)
    assert abs(found.tax - found.net * Decimal("0.13")) <= Decimal("0.005") * len(lines)


def test_wrong_discounts() -> None:
    """Both kinds at once, and more than there is to take off, are named where they stand."""
    both = line(quantity="1", unit_price="10", discount_percent="1", discount_amount="1")
    high = line(quantity="1", unit_price="10", discount_amount="10.01")
    values = {"lines": [both, high], "discount_percent": None, "discount_amount": None}
    assert [("lines[0].discount_amount", "ONE_DISCOUNT"), ("lines[1].discount_amount", "DISCOUNT_TOO_HIGH")] == [
        (one.field, one.reason) for one in wrong_discounts(values, 2)
    ]
