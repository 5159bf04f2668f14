"""Pinyin of Chinese characters, from pypinyin's dictionaries by longest match.

pypinyin's own pipeline takes 130 µs a name; an import of a million rows needs ten times less.
"""

import re
import unicodedata
from functools import cache, lru_cache

_HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(f"[{_HAN}]+")
"""A run of Chinese characters."""
APART = re.compile(rf"([{_HAN}\u3040-\u30ff\uac00-\ud7a3])")
"""One character of a script written without blanks; search sets each apart."""
_LONGEST_PHRASE = 4


def _plain_syllable(marked: str) -> str:
    """`lǜ` → `lv`, `zhāng` → `zhang`."""
    decomposed = unicodedata.normalize("NFD", marked).replace("u\u0308", "v")
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


@cache
def _dictionaries() -> tuple[dict[int, str], dict[str, list[list[str]]]]:
    from pypinyin.phrases_dict import phrases_dict  # 0.3 s and 40 MB: only for those who meet Chinese
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict, phrases_dict


@lru_cache(maxsize=65536)
def _syllable(char: str) -> str:
    marked = _dictionaries()[0].get(ord(char))
    return _plain_syllable(marked.split(",")[0]) if marked else char


@lru_cache(maxsize=65536)
def syllables(run: str) -> tuple[str, ...]:
    """Toneless syllables of a run of Chinese characters, one each; ü is written v. Phrases decide readings."""
    phrases = _dictionaries()[1]
    result: list[str] = []
    position = 0
    while position < len(run):
        for length in range(min(_LONGEST_PHRASE, len(run) - position), 1, -1):
            phrase = phrases.get(run[position : position + length])
            if phrase is not None and len(phrase) == length:
                result.extend(_plain_syllable(readings[0]) for readings in phrase)
                position += length
                break
        else:
            result.append(_syllable(run[position]))
            position += 1
    return tuple(result)
