"""What can be written in a filter, and what is said of what cannot."""

import time
import uuid
from datetime import UTC, datetime

import pytest

from chassis.filter import Context, FieldSpec, FilterError, evaluate, parse
from chassis.filter.tree import EVERYTHING, And, Comparison, Not, Or, Search

FIELDS = {
    spec.name: spec
    for spec in (
        FieldSpec("name", "text"),
        FieldSpec("stage", "choice", choices=("open", "won", "lost")),
        FieldSpec("amount", "decimal"),
        FieldSpec("size", "integer"),
        FieldSpec("day", "date"),
        FieldSpec("owner_id", "reference"),
        FieldSpec("external_ids", "map"),
        FieldSpec("tags", "list"),
    )
}
CONTEXT = Context(me=uuid.UUID(int=1), now=datetime(2026, 1, 31, 12, tzinfo=UTC))


def holds(text: str, **record: object) -> bool:
    return evaluate(parse(text), record, FIELDS, CONTEXT)


def test_and_binds_less_tightly_than_or():
    """`a AND b OR c` is `a AND (b OR c)`, as AIP-160 has it, and blanks are AND."""
    words = [part for part in parse("a b c").parts if isinstance(part, Search)]
    assert parse("a AND b OR c").parts[1].__class__ is Or
    assert isinstance(parse("a b AND c"), And)
    assert [word.value.text for word in words] == ["a", "b", "c"]


def test_values_in_parentheses_are_distributed():
    """`stage = (won OR lost)` compares with each; `!=` is true unless one is equal."""
    node = parse("stage = (won OR lost)")
    assert isinstance(node, Or)
    assert all(isinstance(part, Comparison) for part in node.parts)
    assert isinstance(parse("stage != (won OR lost)"), Not)
    assert holds("stage = (won OR lost)", stage="lost")
    assert not holds("stage != (won OR lost)", stage="lost")


@pytest.mark.parametrize(
    ("text", "record", "expected"),
    [
        ("", {}, True),
        ('name = "acme"', {"name": "ACME"}, True),
        ("name = ac*e", {"name": "Acme"}, True),
        (r'name = "a\*"', {"name": "ab"}, False),
        (r'name = "a\*"', {"name": "A*"}, True),
        ("name:cm", {"name": "Acme"}, True),
        ("name != acme", {}, True),
        ("name < z", {}, False),
        ("NOT name < z", {}, True),
        ("-name:*", {"name": ""}, True),
        ("amount > -5.5", {"amount": -5}, True),
        ("amount = 1e2", {"amount": 100}, True),
        ("day > today() - 1mo", {"day": "2026-01-01"}, True),
        ("day = today() + 1mo", {"day": "2026-02-28"}, True),
        ("owner_id = me()", {"owner_id": uuid.UUID(int=1)}, True),
        ('external_ids.erp = "7"', {"external_ids": {"erp": "7"}}, True),
        ("external_ids:erp", {"external_ids": {"erp": "7"}}, True),
        ("tags:vip", {"tags": ["vip", "new"]}, True),
        ("stage = WON", {"stage": "won"}, True),
        ("name = ANDROID", {"name": "Android"}, True),
        ('name = prefix("a*")', {"name": "A*b"}, True),
    ],
)
def test_examples(text, record, expected):
    """The forms which the language's documentation shows mean what it says."""
    assert holds(text, **record) is expected


@pytest.mark.parametrize(
    ("text", "key", "position", "name"),
    [
        ("nmae = x", "FILTER_UNKNOWN_FIELD", 0, "nmae"),
        ("name = a AND custom.x = 1", "FILTER_UNKNOWN_FIELD", 13, "custom.x"),
        ("amount = x", "FILTER_VALUE_DECIMAL", 9, "amount"),
        ("amount = NaN", "FILTER_VALUE_DECIMAL", 9, "amount"),
        ("amount = 1e999999", "FILTER_VALUE_DECIMAL", 9, "amount"),
        ("size = 9223372036854775808", "FILTER_VALUE_INTEGER", 7, "size"),
        ("day = 2016-13-01", "FILTER_VALUE_DATE", 6, "day"),
        ("day = today() - 999999999y", "FILTER_ARGUMENTS", 6, "today"),
        ("day = today() - 2h", "FILTER_ARGUMENTS", 6, "today"),
        ("owner_id = 5", "FILTER_VALUE_ID", 11, "owner_id"),
        ("stage = wno", "FILTER_VALUE_CHOICE", 8, "stage"),
        ("stage < won", "FILTER_OPERATOR", 0, "stage"),
        ("tags = vip", "FILTER_OPERATOR", 0, "tags"),
        ("name > a*", "FILTER_VALUE_PLAIN", 7, "name"),
        ("name = tody()", "FILTER_UNKNOWN_FUNCTION", 7, "tody"),
        ("me()", "FILTER_ARGUMENTS", 0, "me"),
        ("word", "FILTER_NOT_SEARCHABLE", 0, ""),
        ("name =", "FILTER_INCOMPLETE", 6, ""),
        ("(name = a", "FILTER_INCOMPLETE", 9, ""),
        ('name = "a', "FILTER_SYNTAX", 7, '"a'),
        ("name = = a", "FILTER_SYNTAX", 7, "="),
        ("name = a\x00", "FILTER_CHARACTER", 8, ""),
        ("name = \ud800", "FILTER_CHARACTER", 7, ""),
        ("(" * 33 + "a" + ")" * 33, "FILTER_TOO_DEEP", 32, ""),
        ("a " * 101, "FILTER_TOO_MANY_TERMS", 0, ""),
        ("a" * 8193, "FILTER_TOO_LONG", 0, ""),
    ],
)
def test_mistakes_are_named(text, key, position, name):
    """A filter that cannot be used says what is wrong, where, and with which name, in both languages."""
    with pytest.raises(FilterError) as caught:
        holds(text)
    assert (caught.value.key, caught.value.position, caught.value.name) == (key, position, name)
    sentences = {caught.value.describe(language) for language in ("zh", "en")}
    assert len(sentences) == 2
    assert not any("{" in sentence for sentence in sentences)


def test_a_mistyped_field_brings_the_nearest():
    """An unknown field is answered with the fields that were perhaps meant, of those the caller may use."""
    with pytest.raises(FilterError) as caught:
        holds("amonut > 5")
    assert caught.value.nearest[0] == "amount"
    assert "amount" in caught.value.describe("zh")


@pytest.mark.parametrize(
    "text", ['"' + "\\" * 8000, "a" * 8000 + "(", "-" * 8000, "a:" * 4000, "today()" + "-1d" * 2600]
)
def test_hostile_texts_take_no_time(text):
    """Parsing is linear: 8 KiB of anything ends within a second."""
    begun = time.perf_counter()
    with pytest.raises(FilterError):
        holds(text)
    assert time.perf_counter() - begun < 1


def test_an_empty_filter_is_everything():
    """A blank filter is true of every record."""
    assert parse("  ") == EVERYTHING
