"""Texts as people write them: how they are searched, sorted, compared and read."""

from chassis.text.contact import normalize_email, normalize_phone
from chassis.text.dates import DateOrder, DateReading, TimeReading, detect_order, parse_date, parse_time
from chassis.text.fold import escape_like, fold
from chassis.text.keys import search_matches, search_patterns, search_text, sort_key
from chassis.text.near import Candidates, nearest, nearest_several
from chassis.text.numbers import NumberReading, parse_flag, parse_number

__all__ = [
    "Candidates",
    "DateOrder",
    "DateReading",
    "NumberReading",
    "TimeReading",
    "detect_order",
    "escape_like",
    "fold",
    "nearest",
    "nearest_several",
    "normalize_email",
    "normalize_phone",
    "parse_date",
    "parse_flag",
    "parse_number",
    "parse_time",
    "search_matches",
    "search_patterns",
    "search_text",
    "sort_key",
]
