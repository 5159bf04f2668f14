"""Filters mean the same in PostgreSQL and in memory."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.filter import Context, FieldSpec, compile_sql, evaluate, parse, search_condition
from chassis.text import search_matches, search_text, sort_key

METADATA = sa.MetaData()
TABLE = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("sort_name", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("stage", sa.Text),
    sa.Column("size", sa.BigInteger),
    sa.Column("amount", sa.Numeric),
    sa.Column("active", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("moment", sa.DateTime(timezone=True)),
    sa.Column("owner_id", sa.Uuid),
    sa.Column("tags", ARRAY(sa.Text)),
    sa.Column("external_ids", JSONB),
    sa.Column("custom", JSONB),
    sa.Column("search_text", sa.Text, nullable=False),
)
C = TABLE.c
STAGES = ("open", "Won", "lost")


def _range(operator: str, value: Any) -> sa.ColumnElement[bool]:
    """Stands for the typed side table that the resource engine keeps beside custom fields."""
    return sa.cast(C.custom.op("->>")("weight"), sa.Numeric).op(operator, is_comparison=True)(value)


FIELDS: Mapping[str, FieldSpec] = {
    spec.name: spec
    for spec in (
        FieldSpec("name", "text", C.name, C.sort_name),
        FieldSpec("note", "text", C.note),
        FieldSpec("stage", "choice", C.stage, choices=STAGES),
        FieldSpec("size", "integer", C.size),
        FieldSpec("amount", "decimal", C.amount),
        FieldSpec("active", "boolean", C.active),
        FieldSpec("day", "date", C.day),
        FieldSpec("moment", "timestamp", C.moment),
        FieldSpec("owner_id", "reference", C.owner_id),
        FieldSpec("tags", "list", C.tags),
        FieldSpec("external_ids", "map", C.external_ids),
        FieldSpec("custom.weight", "decimal", C.custom, key="weight", range=_range),
        FieldSpec("custom.color", "text", C.custom, key="color"),
        FieldSpec("custom.sizes", "list", C.custom, key="sizes"),
    )
}
ME = uuid.UUID(int=7)
CONTEXT = Context(
    me=ME,
    now=datetime(2026, 3, 31, 22, 30, tzinfo=UTC),
    zone=timezone(timedelta(hours=8)),
    search=lambda words: search_condition([C.search_text], words),
    search_record=lambda words, record: search_matches(record["search_text"], words),
)

texts = st.one_of(
    st.sampled_from(
        ["", "Acme", "ACME corp", "acme", "a%b_c\\", "张伟", "重庆 Ltd", "Straße", "é", "e", "İX", "ǅ", " a  b", "ﬆ"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\x00"), max_size=8),
)
words = st.sampled_from(["ac", "acme", "张伟", "张", "zhangwei", "zw", "corp", "%", "重庆 ltd", "a_b", "x"])
decimals = st.decimals(-1000, 1000, places=3, allow_nan=False).map(lambda number: number.normalize())
days = st.dates(date(2026, 2, 25), date(2026, 4, 5))
moments = st.integers(0, 345_600).map(lambda seconds: datetime(2026, 3, 29, tzinfo=UTC) + timedelta(seconds=seconds))
owners = st.sampled_from([uuid.UUID(int=n) for n in range(5, 9)])


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


records = st.fixed_dictionaries(
    {
        "name": _optional(texts),
        "note": _optional(texts),
        "stage": _optional(st.sampled_from(STAGES)),
        "size": _optional(st.integers(-5, 5)),
        "amount": _optional(decimals),
        "active": _optional(st.booleans()),
        "day": _optional(days),
        "moment": _optional(moments),
        "owner_id": _optional(owners),
        "tags": _optional(st.lists(texts, max_size=3)),
        "external_ids": st.dictionaries(st.sampled_from(["erp", "a.b"]), texts, max_size=2),
        "custom": st.fixed_dictionaries(
            {}, optional={"weight": decimals, "color": texts, "sizes": st.lists(texts, max_size=2)}
        ),
    }
)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("*", "\\*") + '"'


signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
quoted = texts.map(_quote)
patterns = st.tuples(texts, texts).map(lambda pair: f"{_quote(pair[0])[:-1]}*{_quote(pair[1])[1:]}")
numbers = decimals.map(lambda number: f"{number:f}")


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


conditions = st.one_of(
    _joined(st.sampled_from(["name", "note"]), signs, quoted),
    _joined(
        st.sampled_from(["name", "note"]), st.sampled_from([":", "=", "!="]), patterns | quoted | words.map(_quote)
    ),
    _joined(st.sampled_from(sorted(FIELDS)).filter(lambda name: name != "external_ids"), st.just(":*")),
    _joined(st.just("name = prefix("), quoted, st.just(")")),
    _joined(st.just("stage"), st.sampled_from(["=", "!=", ":"]), st.sampled_from(["open", "WON", "(won OR lost)"])),
    _joined(st.just("size"), signs, st.integers(-5, 5).map(str)),
    _joined(st.just("amount"), signs, numbers),
    _joined(st.just("active"), st.sampled_from(["=", "!=", ":"]), st.sampled_from(["true", "false"])),
    _joined(st.just("day"), signs, days.map(str) | st.sampled_from(["today()", "today() - 30d", "today() - 1mo +2d"])),
    _joined(st.just("moment"), signs, days.map(str) | moments.map(lambda m: m.isoformat()) | st.just("now() - 12h")),
    _joined(st.just("owner_id"), st.sampled_from(["=", "!="]), owners.map(str) | st.just("me()")),
    _joined(st.sampled_from(["tags:", "custom.sizes:"]), quoted),
    _joined(
        st.sampled_from(["external_ids.erp", "external_ids.a.b"]), st.sampled_from(["=", "!=", ":"]), quoted | patterns
    ),
    st.sampled_from(["external_ids:erp", "external_ids.erp:*", 'external_ids:"a.b"']),
    _joined(st.just("custom.weight"), signs, numbers),
    _joined(st.just("custom.color"), st.sampled_from(["=", "!=", ":"]), quoted | patterns),
    words,
    _joined(st.just("search("), words.map(_quote), st.just(")")),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " "]), inner).map("".join),
        inner.map(lambda text: f"NOT ({text})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def connection(databases) -> Iterator[sa.Connection]:
    database = databases.create_empty("filters")
    engine = sa.create_engine(database.superuser_url, json_serializer=_dump)
    with engine.connect() as connection:
        METADATA.create_all(connection)
        connection.commit()
        yield connection
    engine.dispose()


def _dump(value: Any) -> str:
    """Decimals in JSON are numbers, digit for digit."""
    marked = json.dumps(value, default=lambda number: f"\ue000{number:f}\ue001", ensure_ascii=False)
    return marked.replace('"\ue000', "").replace('\ue001"', "")


def _row(number: int, record: dict[str, Any]) -> dict[str, Any]:
    found = search_text([record["name"] or "", record["note"] or ""])
    return {"id": number, "sort_name": sort_key(record["name"]), "search_text": found, **record}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=st.lists(records, min_size=1, max_size=6), text=st.lists(filters, min_size=1, max_size=6))
def test_both_back_ends_agree_on_every_record(connection, rows, text):
    """A filter finds in PostgreSQL exactly the records for which it holds in memory."""
    stored = [_row(number, record) for number, record in enumerate(rows)]
    with connection.begin() as transaction:
        connection.execute(sa.insert(TABLE), stored)
        for filter_text in text:
            node = parse(filter_text)
            found = set(connection.scalars(sa.select(C.id).where(compile_sql(node, FIELDS, CONTEXT))))
            held = {row["id"] for row in stored if evaluate(node, row, FIELDS, CONTEXT)}
            assert found == held, filter_text
        transaction.rollback()
