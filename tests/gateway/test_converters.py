"""Converters keep every value, and agree with protobuf's own JSON where the two mean the same."""

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import orjson
import pytest
from google.protobuf import json_format
from google.type import date_pb2, money_pb2
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Violation
from gateway.transcoding.decode import Decoders
from gateway.transcoding.encode import Encoders
from gateway.transcoding.jsontext import parse
from guanxi.customers.v1 import accounts_pb2
from guanxi.identity.v1 import users_pb2
from guanxi.imports.v1 import imports_pb2
from guanxi.reporting.v1 import reports_pb2

ENCODERS = Encoders()
DECODERS = Decoders()

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
wide = st.integers(-(2**63), 2**63 - 1)
narrow = st.integers(-(2**31), 2**31 - 1)


def write(message: Any) -> Any:
    return ENCODERS.of(message.DESCRIPTOR)(message)


def read(value: Any, kind: Any) -> Any:
    """From a JSON value, by way of its text."""
    message, problems = kind(), list[Violation]()
    DECODERS.of(kind.DESCRIPTOR)(parse(orjson.dumps(value)), message, "", problems)
    assert problems == []
    return message


@st.composite
def moneys(draw: st.DrawFn) -> money_pb2.Money:
    sign = draw(st.sampled_from((1, -1)))
    return money_pb2.Money(
        currency_code=draw(st.sampled_from(("CNY", "USD", ""))),
        units=sign * draw(st.integers(0, 2**63 - 1)),
        nanos=sign * draw(st.integers(0, 999_999_999)),
    )


@st.composite
def accounts(draw: st.DrawFn) -> accounts_pb2.Account:
    account = accounts_pb2.Account(
        id=draw(texts),
        name=draw(texts),
        industry=draw(texts),
        external_ids=draw(st.dictionaries(texts, texts, max_size=3)),
    )
    if draw(st.booleans()):
        account.employees = draw(narrow)
    if draw(st.booleans()):
        account.annual_revenue.CopyFrom(draw(moneys()))
    if draw(st.booleans()):
        moment = draw(st.datetimes(timezones=st.just(dt.UTC)))
        account.create_time.FromDatetime(moment)
        account.create_time.nanos = draw(st.integers(0, 999_999_999))
    for key in draw(st.sets(texts, max_size=3)):
        value = account.custom[key]
        kind = draw(st.sampled_from(("text", "decimal", "flag", "texts", "money")))
        if kind == "text":
            value.text = draw(texts)
        elif kind == "decimal":
            value.decimal = str(
                draw(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-999, max_value=999))
            )
        elif kind == "flag":
            value.flag = draw(st.booleans())
        elif kind == "texts":
            value.texts.values.extend(draw(st.lists(texts, max_size=3)))
            value.texts.SetInParent()
        else:
            value.money.CopyFrom(draw(moneys()))
    return account


@given(accounts())
def test_a_record_survives_the_way_out_and_in(account: accounts_pb2.Account) -> None:
    """JSON of a record, read again, is the record; a custom decimal comes back as text, whose meaning the field knows."""
    again = read(write(account), accounts_pb2.Account)
    for key, value in account.custom.items():
        if value.WhichOneof("kind") == "decimal":
            assert again.custom[key].text == value.decimal
            again.custom[key].decimal = value.decimal
    assert again == account


@st.composite
def imports(draw: st.DrawFn) -> imports_pb2.Import:
    one = imports_pb2.Import(
        id=draw(texts), module=draw(texts), done=draw(wide), total=draw(wide), keys=draw(st.lists(texts, max_size=3)),
        rate=draw(st.floats(allow_nan=False, allow_infinity=False)),
    )  # fmt: skip
    for _ in range(draw(st.integers(0, 3))):
        one.columns.add(index=draw(narrow), header=draw(texts), samples=draw(st.lists(texts, max_size=2)))
    if draw(st.booleans()):
        one.format.header = draw(st.booleans())
        one.format.sheets.extend(draw(st.lists(texts, max_size=2)))
    return one


@given(imports())
def test_plain_messages_are_written_as_protobuf_writes_them(one: imports_pb2.Import) -> None:
    """Where no type has a form of its own, the JSON is protobuf's, but for small 64-bit numbers, which are numbers."""
    ours = write(one)
    theirs = json_format.MessageToDict(one, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
    for name in ("done", "total"):
        assert int(ours[name]) == int(theirs[name])
        assert isinstance(ours[name], int) == (abs(ours_number := int(theirs[name])) < 2**53), ours_number
        theirs[name] = ours[name]
    assert ours == theirs
    assert read(ours, imports_pb2.Import) == one
    assert json_format.ParseDict(json.loads(orjson.dumps(ours)), imports_pb2.Import()) == one


@given(st.dates())
def test_days_are_days(day: dt.date) -> None:
    """A date is written as ISO 8601 has it, and read back."""
    message = date_pb2.Date(year=day.year, month=day.month, day=day.day)
    assert write(message) == day.isoformat()
    assert read(day.isoformat(), date_pb2.Date) == message


@given(moneys())
def test_money_is_exact(money: money_pb2.Money) -> None:
    """Not a nano is lost, and at least two decimals are shown."""
    amount = write(money)["amount"]
    assert Decimal(amount) == Decimal(money.units) + Decimal(money.nanos).scaleb(-9)
    assert len(amount.partition(".")[2]) >= 2
    assert read(write(money), money_pb2.Money) == money


@pytest.mark.parametrize("digits", ["0.1", "12345678901234567890.123456789", "-7", "1.10"])
def test_a_json_number_in_a_custom_field_keeps_its_digits(digits: str) -> None:
    """Numbers are never doubles on the way."""
    account: Any = accounts_pb2.Account()
    DECODERS.of(account.DESCRIPTOR)(parse(f'{{"custom": {{"n": {digits}}}}}'.encode()), account, "", [])
    assert account.custom["n"].decimal == digits


@given(st.one_of(wide, wide.map(str)))
def test_wide_numbers_may_be_numbers_or_text(number: int | str) -> None:
    """What is written as text beyond JavaScript's numbers is read as either."""
    assert read({"done": number}, imports_pb2.Import).done == int(number)


def test_what_was_never_set_is_told_from_what_is_zero() -> None:
    """Optional fields and messages are absent when unset; plain ones are there with their default."""
    account = write(accounts_pb2.Account(employees=0))
    assert account["employees"] == 0
    assert "year_established" not in account
    assert "annual_revenue" not in account
    assert account["name"] == ""
    assert account["custom"] == {}
    assert write(users_pb2.User())["role_ids"] == []


def test_fields_that_are_only_taken_in_are_never_given_out() -> None:
    """A channel's password is not written, whatever a service puts there."""
    from guanxi.engagement.v1 import channels_pb2

    channel = channels_pb2.Channel(name="mail", password="secret")
    assert "password" not in write(channel)
    assert read({"password": "secret"}, channels_pb2.Channel).password == "secret"


def test_floats_that_json_has_no_word_for_are_text() -> None:
    """Infinity and NaN do not break an answer."""
    assert write(imports_pb2.Import(rate=math.inf))["rate"] == "Infinity"
    assert write(imports_pb2.Import(rate=math.nan))["rate"] == "NaN"


def test_a_report_request_takes_days() -> None:
    """`from` is a Python word and a field like any other."""
    request = read({"id": "win-rate", "from": "2016-10-20"}, reports_pb2.RunReportRequest)
    assert getattr(request, "from").day == 20


def test_times_are_read_in_any_zone_and_written_in_utc() -> None:
    """The moment counts, not the way it was written."""
    account = read({"create_time": "2026-01-01T08:00:00.5+08:00"}, accounts_pb2.Account)
    assert write(account)["create_time"] == "2026-01-01T00:00:00.500Z"
    assert read({"create_time": "1969-12-31T23:59:59.25Z"}, accounts_pb2.Account).create_time.seconds == -1
