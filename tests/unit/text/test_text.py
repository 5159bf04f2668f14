"""Texts are searched, sorted, compared and read as people mean them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import (
    DateOrder,
    detect_order,
    fold,
    nearest,
    normalize_email,
    normalize_phone,
    parse_date,
    parse_flag,
    parse_number,
    parse_time,
    search_matches,
    search_text,
    sort_key,
)

PRODUCTS = ["GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Basic", "GTX Plus Pro", "GTK 500"]


@pytest.mark.parametrize(
    "query", ["张伟", "张", "zhangwei", "zhang wei", "zw", "伟", "ZHANG", "acme", "cme co", "café", "cafe", "138001"]
)
def test_a_record_is_found_as_people_look_for_it(query):
    """Characters, pinyin, initials, infixes, any case, with or without accents."""
    assert search_matches(search_text(["张伟", "Acme Co", "Café", "+8613800138000"]), query)


@pytest.mark.parametrize("query", ["伟张", "李", "bcd", "me"])
def test_what_is_not_there_is_not_found(query):
    """Order of characters counts, and two letters must begin a word."""
    assert not search_matches(search_text(["张伟", "Acme Co"]), query)


@given(st.text())
def test_search_text_is_bounded_and_finds_itself(value):
    """Whatever goes in, at most 2,000 characters come out, without NUL."""
    text = search_text([value])
    assert len(text) <= 2000
    assert "\x00" not in text


@given(st.text(), st.text())
def test_equal_texts_have_equal_keys(first, second):
    """Texts that differ in letter case only sort and look up alike."""
    if fold(first) == fold(second):
        assert sort_key(first) == sort_key(second)
    assert sort_key(first) == sort_key(fold(first))
    assert len(sort_key(first).encode()) < 2700


def test_chinese_sorts_by_pinyin_among_latin():
    """阿里 before Baidu before 重庆 (chong) before Zoo; absent first."""
    assert sorted(["Zoo", "重庆", "阿里", "Baidu", ""], key=sort_key) == ["", "阿里", "Baidu", "重庆", "Zoo"]


@pytest.mark.parametrize(
    ("value", "candidates", "expected"),
    [
        ("GTXPro", PRODUCTS, "GTX Pro"),
        ("technolgy", ["technology", "telecommunications", "medical"], "technology"),
        ("Philipines", ["Philippines", "Poland"], "Philippines"),
        ("GTX Plus", PRODUCTS, None),
        ("GTX", PRODUCTS, None),
        ("zebra", PRODUCTS, None),
        ("A-B", ["A B", "AB"], None),
        ("", PRODUCTS, None),
    ],
)
def test_the_nearest_known_value(value, candidates, expected):
    """A near value is proposed; none when two are equally near or none is."""
    assert nearest(value, candidates) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("¥ 1,200", "1200"),
        ("USD 12.5", "12.5"),
        ("(12.5)", "-12.5"),
        ("1.5万", "15000"),
        ("１２３", "123"),
        ("12%", "12"),
        ("1,23,4", None),
        ("1e5", None),
        ("abc", None),
        ("", None),
        ("NaN", None),
        ("9" * 100, None),
    ],
)
def test_numbers_of_spreadsheets(text, expected):
    """Grouping, currency and Chinese units are read; what is not a number is none."""
    reading = parse_number(text)
    assert (reading and reading.value) == (expected and Decimal(expected))


def test_a_guess_is_reported():
    """1,234 may be one or a thousand, 03/04 March or April: the reading says that it guessed."""
    assert parse_number("1,234").ambiguous
    assert parse_number("1,234", decimal_comma=True).value == Decimal("1.234")
    assert parse_date("03/04/2016").ambiguous
    assert parse_date("03/04/2016", DateOrder.DAY_FIRST).value == date(2016, 4, 3)


@pytest.mark.parametrize(
    "text",
    [
        "2016-10-20",
        "2016/10/20",
        "20.10.2016",
        "10/20/2016",
        "2016年10月20日",
        "20161020",
        "Oct 20, 2016",
        "20-Oct-16",
        "2016-10-20 08:30",
        "２０１６/１０/２０",
    ],
)
def test_dates_of_spreadsheets(text):
    """One day, ten ways to write it."""
    assert parse_date(text).value == date(2016, 10, 20)


@pytest.mark.parametrize("text", ["", "2016-13-01", "31/31/2016", "32.01.2016", "tomorrow", "2016", "9" * 80])
def test_what_is_no_date(text):
    """A date that the calendar does not have is refused, not bent."""
    assert parse_date(text) is None


def test_a_column_tells_its_order():
    """One date above 12 settles a column; a contradiction leaves it open."""
    assert detect_order(["03/04/2016", "25/04/2016"]) is DateOrder.DAY_FIRST
    assert detect_order(["03/25/2016", "25/04/2016"]) is None


def test_moments():
    """A time names its zone, or takes the organization's."""
    expected = datetime(2016, 10, 20, 15, 20, tzinfo=UTC)
    assert parse_time("2016年10月20日 下午3:20", UTC).value == expected
    assert parse_time("2016-10-20T23:20:00+08:00", UTC).value == expected
    assert parse_time("2016-10-20 25:00", UTC) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("138 0013 8000", "+8613800138000"),
        ("+1 415 555 2671", "+14155552671"),
        ("010-62781234", "+861062781234"),
        ("12", None),
        ("call me", None),
    ],
)
def test_phones(text, expected):
    """Numbers are kept in E.164; what cannot be dialled is refused."""
    assert normalize_phone(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [(" A@B.com ", "a@b.com"), ("张@例子.cn", "张@例子.cn"), ("bad@", None), ("a..b@c.com", None)]
)
def test_emails(text, expected):
    """Addresses are kept in lower case; what is none is refused."""
    assert normalize_email(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("是", True), ("No", False), ("√", True), ("maybe", None)])
def test_flags(text, expected):
    """Yes and no in both languages."""
    assert parse_flag(text) is expected
