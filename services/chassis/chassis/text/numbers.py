"""Numbers and yes-or-no as spreadsheets write them, in Chinese and English habits."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NumberReading:
    """What a text says; `ambiguous` when its one separator may as well be the other kind (1,234)."""

    value: Decimal
    ambiguous: bool = False
    currency: str = ""
    """ISO code, where the text carries a code or an unmistakable sign."""


_PLAIN = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_SIGNS = {"€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "¥": "", "$": "", "元": "CNY", "圆": "CNY"}
_SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_CODE = re.compile(r"^([A-Za-z]{3})(?=[\d\s+-])|(?<=[\d\s])([A-Za-z]{3})$")
_BLANKS = re.compile(r"[\s'’_]+")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3}){0,9}")
_MAX_LENGTH = 64
_TRUE = frozenset({"true", "t", "yes", "y", "1", "on", "x", "✓", "✔", "√", "是", "对", "真", "有", "启用"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off", "✗", "×", "否", "不", "错", "假", "无", "停用"})


def parse_number(text: str, *, decimal_comma: bool | None = None) -> NumberReading | None:
    """The number that `text` writes, or None.

    Reads grouping (1,234.50, 1 234,50), currency codes and signs, accountants' parentheses, 万 and 亿;
    a percent sign is left out. `decimal_comma` settles which of `,` and `.` is the decimal one; without it
    the later of two kinds is, and a single comma before three digits groups, marked ambiguous.
    """
    if _PLAIN.fullmatch(text) and decimal_comma is not True:
        return NumberReading(Decimal(text))
    bare = unicodedata.normalize("NFKC", text[: _MAX_LENGTH + 1]).strip()
    if not bare or len(bare) > _MAX_LENGTH:
        return None
    bare, negative = _sign(bare)
    bare, currency = _currency(bare)
    bare, negative_inside = _sign(bare.removesuffix("%").strip())
    scale = _SCALES.get(bare[-1:], Decimal(1))
    digits = _BLANKS.sub("", bare[:-1] if bare[-1:] in _SCALES else bare)
    settled = _settle(digits, decimal_comma)
    if settled is None:
        return None
    value = Decimal(settled[0]) * scale
    return NumberReading(-value if negative != negative_inside else value, settled[1], currency)


def _sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "\u2212")):
        return text[1:].strip(), True
    if text.endswith("-"):
        return text[:-1].strip(), True
    return text.removeprefix("+").strip(), False


def _currency(text: str) -> tuple[str, str]:
    currency = ""
    if match := _CODE.search(text):
        currency = (match.group(1) or match.group(2)).upper()
        text = (text[: match.start()] + text[match.end() :]).strip()
    for sign, code in _SIGNS.items():
        if sign in text:
            text = text.replace(sign, "", 1).strip()
            currency = currency or code
    return text, currency


def _settle(digits: str, decimal_comma: bool | None) -> tuple[str, bool] | None:
    """Plain digits with a point, and whether that was a guess."""
    comma, point = digits.rfind(","), digits.rfind(".")
    ambiguous = False
    if decimal_comma is None:
        if comma >= 0 and point >= 0:
            decimal_comma = comma > point
        elif comma >= 0 and digits.count(",") == 1:
            ambiguous = _GROUPED.fullmatch(digits) is not None
            decimal_comma = not ambiguous
        else:
            decimal_comma = digits.count(".") > 1
    group, decimal = (".", ",") if decimal_comma else (",", ".")
    whole, separator, fraction = digits.partition(decimal)
    if group in whole:
        match = _GROUPED.fullmatch(whole)
        if match is None or match.group(1) != group:
            return None
        whole = whole.replace(group, "")
    if not (whole or fraction) or (separator and not fraction and not whole):
        return None
    plain = f"{whole or '0'}.{fraction or '0'}"
    return (plain if separator else whole, ambiguous) if _PLAIN.fullmatch(plain) else None


def parse_flag(text: str) -> bool | None:
    """Yes or no in Chinese, English or a tick; None when it says neither."""
    word = unicodedata.normalize("NFKC", text[:16]).strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None
