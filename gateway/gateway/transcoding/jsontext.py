"""Reading JSON strictly (RFC 8259, I-JSON of RFC 7493): every ambiguity is an error, no number loses a digit.

The standard library's parser is used rather than a faster one because it hands over duplicated keys and the
digits of numbers; bodies are small, answers are what must be fast.
"""

import json
import re
from typing import Any

from gateway.errors import RequestError, Violation
from gateway.texts import Words

MAX_DIGITS = 400  # of one number: more than any field takes, less than what makes int() slow
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BAD = re.compile("[\0\ud800-\udfff]")


class _NumberError(Exception):
    """What the parser takes for a number, and JSON or we do not."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


class Number(float):
    """A JSON number with a point or exponent, and its digits as they were written."""

    text: str

    def __new__(cls, text: str) -> "Number":
        """From the JSON token."""
        number = super().__new__(cls, text)
        number.text = text
        return number


class Repeated(dict[str, Any]):
    """An object in which `key` occurs twice; reported by whoever knows its path."""

    key: str


def parse(body: bytes) -> Any:
    """The JSON value, numbers with a point as `Number`; raises RequestError with reason INVALID_JSON."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(
            reason="INVALID_JSON", problem=Words(f"第 {error.start} 字节不是 UTF-8", f"not UTF-8 at byte {error.start}")
        ) from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = Words(f"第 {error.lineno} 行第 {error.colno} 列", f"line {error.lineno}, column {error.colno}")
        raise RequestError(reason="INVALID_JSON", problem=place) from None
    except RecursionError:
        raise RequestError(reason="INVALID_JSON", problem=Words("嵌套过深", "nested too deeply")) from None
    except _NumberError as error:
        raise RequestError(reason="INVALID_JSON", problem=error.words) from None
    if _SUSPICIOUS.search(body) and (places := _bad_texts(value)):
        raise RequestError(*(Violation(place, "INVALID_CHARACTER") for place in places))
    return value


def has_bad_character(text: str) -> bool:
    """Whether the text holds a NUL, which PostgreSQL refuses, or a lone surrogate, which UTF-8 cannot hold."""
    return _BAD.search(text) is not None


def _bad_texts(value: Any) -> list[str]:
    """JSON paths of texts and keys that no database takes; without recursion, so that depth costs nothing."""
    found: list[str] = []
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting and len(found) < 50:
        path, one = waiting.pop()
        if isinstance(one, str):
            if has_bad_character(one):
                found.append(path)
        elif isinstance(one, dict):
            for key, inner in one.items():
                place = f"{path}.{_visible(key)}" if path else _visible(key)
                if has_bad_character(key):
                    found.append(place)
                waiting.append((place, inner))
        elif isinstance(one, list):
            waiting.extend((f"{path}[{index}]", inner) for index, inner in enumerate(one))
    return found


def _visible(key: str) -> str:
    return _BAD.sub("\N{REPLACEMENT CHARACTER}", key)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    repeated = Repeated(result)
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeated


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _NumberError(Words("数字位数过多", "a number with too many digits"))
    return int(digits)


def _number(digits: str) -> Number:
    if len(digits) > MAX_DIGITS:
        raise _NumberError(Words("数字位数过多", "a number with too many digits"))
    return Number(digits)


def _constant(name: str) -> None:
    raise _NumberError(Words(f"{name} 不是 JSON", f"{name} is not JSON"))


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
