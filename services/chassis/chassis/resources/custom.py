"""Values of the organization's own fields: checked as those of any field, stored as JSON, carried as `guanxi.type.v1.Value`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.authz.organization import Definitions
from chassis.database.connection import Transaction
from chassis.database.schema import counters
from chassis.fieldcontract import CustomField, FieldContract
from chassis.resources.kinds import (
    KINDS,
    InvalidValue,
    checked_decimal,
    money_amount,
    to_date,
    to_money,
    to_timestamp,
)
from chassis.resources.lines import as_stored
from chassis.resources.resource import Draft, Resource
from chassis.resources.spelling import Spelling, spelled
from chassis.text import fold, parse_date, parse_time, sort_key
from guanxi.type.v1 import value_pb2

NUMBERS = frozenset({"decimal", "percent", "money"})


def given(field: FieldContract, value: value_pb2.Value) -> Any:
    """What a message carries, as Python has it; JSON knows no dates, so texts are read as what the field holds.

    Raises InvalidValue naming the field.
    """
    carried = value.WhichOneof("kind")
    if carried is None:
        return None
    inner = getattr(value, carried)
    read = _READ.get((field.kind, carried))
    if read is None and carried == "text" and field.kind not in _UNTEXTED:
        read = KINDS[field.kind].read
    if read is None:
        raise InvalidValue(field.name, "INVALID_VALUE")
    return read(field, inner)


def _date(field: FieldContract, text: str) -> date:
    reading = parse_date(text)
    if reading is None:
        raise InvalidValue(field.name, "INVALID_DATE")
    return reading.value


def _time(field: FieldContract, text: str) -> datetime:
    reading = parse_time(text, UTC)
    if reading is None:
        raise InvalidValue(field.name, "INVALID_DATE")
    return reading.value


# (kind of the field, what the message carries) → how it is read.
_READ: dict[tuple[str, str], Callable[[FieldContract, Any], Any]] = {
    **{(kind, carried): lambda field, text: checked_decimal(field.name, text)
       for kind in ("decimal", "percent") for carried in ("decimal", "text")},
    ("boolean", "flag"): lambda field, flag: flag,
    ("date", "date"): KINDS["date"].read,
    ("date", "text"): _date,
    ("time", "time"): KINDS["time"].read,
    ("time", "text"): _time,
    ("money", "money"): lambda field, money: (money_amount(money), money.currency_code),
    ("choices", "texts"): lambda field, texts: list(texts.values),
    ("choices", "text"): lambda field, text: [text],
    ("references", "texts"): lambda field, texts: KINDS["references"].read(field, texts.values),
    ("references", "text"): lambda field, text: KINDS["references"].read(field, [text]),
    ("files", "texts"): lambda field, texts: list(texts.values),
    ("files", "text"): lambda field, text: [text],
}  # fmt: skip
_UNTEXTED = frozenset({"boolean", "money"})


def stored(field: CustomField, value: Any) -> Any:
    """A value checked, as it is stored (JSON); None when it is empty. Raises InvalidValue naming `custom.<key>`."""
    if value is None or value in ("", []):
        return None
    return as_stored(KINDS[field.kind].check(field, value))


def message_of(value: Any, field: CustomField | None) -> value_pb2.Value:
    """A stored value as the contract carries it; by its JSON type where the definition is gone."""
    match value:
        case bool():
            return value_pb2.Value(flag=value)
        case int() | float() | Decimal():
            return value_pb2.Value(decimal=format(Decimal(str(value)), "f"))
        case list():
            return value_pb2.Value(texts=value_pb2.Texts(values=[str(item) for item in value]))
        case {"amount": amount, "currency": currency}:
            return value_pb2.Value(money=to_money(Decimal(str(amount)), currency))
    if field is not None and field.kind == "date":
        return value_pb2.Value(date=to_date(date.fromisoformat(value)))
    if field is not None and field.kind == "time":
        return value_pb2.Value(time=to_timestamp(datetime.fromisoformat(value)))
    return value_pb2.Value(text=str(value))


@lru_cache(2000)
def default_of(field: CustomField) -> Any:
    """What a new record holds, as stored. Raises InvalidValue where the definition says what the field does not take."""
    text = field.definition.default_value.strip()
    return stored(field, spelled(field, text, Spelling())) if text else None


def defaults(definitions: Definitions) -> dict[str, Any]:
    """Key → what a new record holds."""
    found = {key: default_of(field) for key, field in definitions.items() if field.definition.default_value}
    return {key: value for key, value in found.items() if value is not None}


def ranged_rows(definitions: Definitions, custom: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of `custom_values`, for fields that can be ordered by or compared."""
    for key, field in definitions.items():
        if field.ranged and custom.get(key) is not None:
            number, text = ranged(field, custom[key])
            yield {"key": key, "number": number, "text": text}


def taken_rows(definitions: Definitions, custom: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Rows of `taken_values`, for fields whose values are taken once."""
    for key, field in definitions.items():
        if field.unique and custom.get(key) is not None:
            number, _ = ranged(field, custom[key])
            yield {"key": key, "value": fold(str(custom[key])) if number is None else str(number)}


def ranged(field: CustomField, value: Any) -> tuple[Decimal | None, str | None]:
    """A stored value as the typed index has it: a number, or a text."""
    if field.kind in NUMBERS:
        return Decimal(str(value["amount"] if isinstance(value, Mapping) else value)), None
    return None, str(value) if field.kind in ("date", "time") else sort_key(str(value))


def number_drafts(transaction: Transaction, resource: Resource, drafts: Sequence[Draft]) -> None:
    """Give new records their automatic numbers: without gaps, in the order of their transactions."""
    for key, field in resource.definitions(transaction.call.organization).items():
        fresh = [draft for draft in drafts if draft.is_new and not draft.values["custom"].get(key)]
        if not field.counted or not fresh:
            continue
        last = count(transaction, resource.module, key, len(fresh))
        for number, draft in enumerate(fresh, last - len(fresh) + 1):
            draft.values["custom"][key] = numbered(field.definition.number_format, number)


def numbered(pattern: str, number: int) -> str:
    """`PRJ-{0000}`, 7 → `PRJ-0007`."""
    before, brace, rest = (pattern or "{0}").partition("{")
    zeros, closed, after = rest.partition("}")
    if not brace or not closed:
        return f"{pattern}{number}"
    return f"{before}{number:0{len(zeros)}d}{after}"


def count(transaction: Transaction, module: str, key: str, by: int) -> int:
    """Count a module's numbers on; returns the last of the new ones. Nobody else counts until the transaction ends."""
    statement = insert(counters).values(org_id=transaction.call.org_id, module=module, key=key, value=by)
    counted = statement.on_conflict_do_update(
        index_elements=["org_id", "module", "key"], set_={"value": counters.c.value + sa.cast(by, sa.BigInteger)}
    )
    return int(transaction.execute(counted.returning(counters.c.value)).scalar_one())
