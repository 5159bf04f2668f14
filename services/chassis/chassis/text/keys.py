"""What the database searches and sorts by: computed here, because pinyin cannot be a generated column."""

import re
import unicodedata
from collections.abc import Iterable

from chassis.text.fold import escape_like, fold
from chassis.text.pinyin import APART, HAN, syllables

SEARCH_TEXT_LIMIT = 2000
"""Characters of `search_text`; what is beyond is not found."""
SORT_KEY_LIMIT = 250
"""Characters of each part of a sort key; a btree entry holds 2,704 bytes."""
_MAX_WORDS = 8
_MAX_QUERY = 200
_ESCAPED = re.compile(r"\\(.)")


def _plain(text: str) -> str:
    """Folded, full-width forms made narrow, accents dropped."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", fold(text))
    bare = "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")
    return fold(unicodedata.normalize("NFC", bare))


def search_text(values: Iterable[str]) -> str:
    """The searched form of a record's own texts: folded words, Chinese characters apart, pinyin and initials.

    Begins and ends with a blank, so that `search_patterns` can ask for whole characters:
    trigrams need a boundary on both sides of a single one. At most 2,000 characters.
    """
    words: dict[str, None] = {}
    for value in values:
        if not value:
            continue
        plain = _plain(value)
        if plain.isascii():
            words.update(dict.fromkeys(plain.split()))
            continue
        words[" ".join(APART.sub(r" \1 ", plain).split())] = None
        for run in HAN.findall(plain):
            spelled = syllables(run)
            words["".join(spelled)] = None
            if len(spelled) > 1:
                words["".join(syllable[0] for syllable in spelled)] = None
    text = " ".join(words)[: SEARCH_TEXT_LIMIT - 2].replace("\x00", "")
    return f" {text} " if text else ""


def search_patterns(query: str) -> tuple[str, ...]:
    """LIKE patterns (escaped with backslashes), all of which a matching `search_text` satisfies.

    One for each word, in any order; a run of Chinese characters must stand together; a word of one or
    two letters must begin a word, because an infix that short has no trigram. Empty for a blank query.
    """
    patterns: list[str] = []
    for word in _plain(query[:_MAX_QUERY].replace("\x00", "")).split()[:_MAX_WORDS]:
        for segment in _segments(word):
            text = escape_like(segment)
            if APART.match(segment):
                patterns.append(f"% {text} %")
            else:
                patterns.append(f"%{text}%" if len(segment) > 2 else f"% {text}%")
    return tuple(dict.fromkeys(patterns))


def _segments(word: str) -> list[str]:
    """`张伟abc` → `张 伟`, `abc`."""
    segments: list[str] = []
    apart = False
    for piece in filter(None, APART.split(word)):
        single = APART.match(piece) is not None
        if single and apart:
            segments[-1] += f" {piece}"
        else:
            segments.append(piece)
        apart = single
    return segments


def search_matches(text: str, query: str) -> bool:
    """Whether a `search_text` satisfies every pattern of `query`: what LIKE says, in memory."""
    return all(_ESCAPED.sub(r"\1", pattern[1:-1]) in text for pattern in search_patterns(query))


def sort_key(text: str | None) -> str:
    """The key a text is ordered by under the locale C.UTF-8: case and accents aside, Chinese by pinyin.

    Texts that are equal after `fold` have equal keys, so a key may also serve to look a text up.
    Nothing (None, blanks) has the empty key and sorts lowest, as absent numbers and dates do.
    """
    stripped = text.strip() if text else ""
    if stripped.isascii():
        return stripped.lower()[:SORT_KEY_LIMIT]
    folded = fold(stripped)
    spelled = HAN.sub(lambda run: f" {' '.join(syllables(run.group()))} ", _plain(folded))
    return f"{' '.join(spelled.split())[:SORT_KEY_LIMIT]}\x1f{folded[:SORT_KEY_LIMIT]}"
