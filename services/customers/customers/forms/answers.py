"""A stranger's answers, as fields of the record that they make."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.type import date_pb2

from chassis.errors import InvalidArgumentError, Violation
from chassis.fieldcontract import FieldContract
from chassis.text import parse_date
from guanxi.type.v1 import value_pb2

MOST_TEXT = 10_000
MOST_TEXTS = 50
_YES = frozenset({"true", "on", "1", "yes"})


def fill(
    message: Any, lines: Sequence[Mapping[str, Any]], known: Mapping[str, FieldContract], given: Mapping[str, Any]
) -> None:
    """Put what was answered into a record; what the form does not ask for is not looked at.

    Raises InvalidArgumentError with every field that must be filled in, or cannot be read.
    """
    problems = []
    for line in lines:
        name = line["field"]
        if name not in known:
            continue  # its definition is gone since
        texts = [text.strip() for text in given[name].values[:MOST_TEXTS]] if name in given else []
        texts = [text for text in texts if text]
        if any(len(text) > MOST_TEXT for text in texts):
            problems.append(Violation(name, "TOO_LONG", {"maximum": MOST_TEXT}))
        elif texts and not _put(message, known[name], texts):
            problems.append(Violation(name, "INVALID_VALUE"))
        elif not texts and line["required"]:
            problems.append(Violation(name, "REQUIRED"))
    if problems:
        raise InvalidArgumentError(violations=problems)


def _put(message: Any, field: FieldContract, texts: list[str]) -> bool:
    """Whether the texts can be read as what the field holds; the engine checks the value itself."""
    group, _, key = field.name.partition(".")
    if key:
        message.custom[key].CopyFrom(_custom(field, texts))
        return True
    match field.kind:
        case "choices":
            getattr(message, group).extend(texts)
        case "integer":
            if not texts[0].removeprefix("-").isdecimal() or len(texts[0]) > 9:
                return False
            setattr(message, group, int(texts[0]))
        case "date":
            reading = parse_date(texts[0])
            if reading is None:
                return False
            day = reading.value
            getattr(message, group).CopyFrom(date_pb2.Date(year=day.year, month=day.month, day=day.day))
        case _:
            setattr(message, group, texts[0])
    return True


def _custom(field: FieldContract, texts: list[str]) -> value_pb2.Value:
    if field.kind == "boolean":
        return value_pb2.Value(flag=texts[0].lower() in _YES)
    if field.kind == "choices":
        return value_pb2.Value(texts=value_pb2.Texts(values=texts))
    return value_pb2.Value(text=texts[0])
