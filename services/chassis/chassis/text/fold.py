"""Letter case folding that PostgreSQL and Python agree on, character for character."""

from functools import lru_cache

_EXCEPTIONS = {"\u1fd3": "\u0390", "\u1fe3": "\u03b0", "\ufb05": "\ufb06"}
"""Simple foldings Unicode has and `str.casefold` only has in full (CaseFolding.txt, status S)."""


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _EXCEPTIONS.get(char) or char.casefold()
        if len(folded) != 1:  # a full folding ("ß" to "ss"); the simple one keeps the length
            folded = char.lower()
        if len(folded) != 1:
            folded = char
        self[code] = folded
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """`text` without letter case: equal to PostgreSQL 18's `casefold(text)` under the locale C.UTF-8.

    This is Unicode's simple case folding, one character for one ("ß" stays). Characters newer than
    Python's Unicode tables may differ.
    """
    return text.lower() if text.isascii() else text.translate(_TABLE)


@lru_cache(maxsize=4096)
def escape_like(text: str) -> str:
    """`text` with LIKE's special characters escaped by backslashes."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
