"""Companies as several people enter them, and others that are nearly called the same: labelled, for duplicates."""

import random
from collections.abc import Iterator
from typing import Any

_PLACES = ("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "南京", "西安", "青岛")
_TRADES = ("科技", "贸易", "机械", "物流", "餐饮", "医药", "文化", "建筑", "电子", "食品")
_FORMS = ("有限公司", "股份有限公司", "有限责任公司", "集团有限公司", "")
_CHARACTERS = "华盛泰恒瑞丰嘉宏远达信诚博雅润康隆凯鑫旭晨星海天云龙凤鹏麒麟翔宇航腾飞跃升辉煌锦绣德仁义礼智孝忠勤"
_LATIN_FORMS = ("Ltd", "Ltd.", "GmbH", "Inc.", "Co., Ltd.", "LLC", "")
_WORDS = (
    "Instruments",
    "Logistics",
    "Foods",
    "Software",
    "Materials",
    "Textiles",
    "Energy",
    "Media",
    "Motors",
    "Chemicals",
)
_SYLLABLES = (
    "bal",
    "cor",
    "den",
    "fal",
    "gar",
    "hel",
    "jun",
    "kel",
    "lor",
    "mar",
    "nor",
    "pel",
    "quin",
    "ros",
    "sel",
    "tor",
)


def companies(number: int, seed: int = 7) -> Iterator[list[str]]:
    """For each company its spellings, one to three; no two companies have the same name."""
    chance, taken = random.Random(seed), set[Any]()
    while len(taken) < number:
        kind = _chinese if chance.random() < 0.6 else _latin
        key, spelled = kind(chance)
        if key not in taken:
            taken.add(key)
            yield spelled


def _chinese(chance: random.Random) -> tuple[Any, list[str]]:
    length = chance.choice((2, 2, 3, 4))
    brand = "".join(chance.choice(_CHARACTERS) for _ in range(length))
    place, trade = chance.choice(_PLACES), chance.choice(_TRADES)
    full = f"{place}{brand}{trade}"
    ways = [
        f"{full}{chance.choice(_FORMS)}",
        f"{place}市{brand}{trade}{chance.choice(_FORMS)}",
        f"{brand}（{place}）{trade}{chance.choice(_FORMS[:3])}",
        f" {full} {chance.choice(_FORMS[:2])}",
        f"{full}",
    ]
    if length == 4:
        slip = chance.randrange(length)
        wrong = brand[:slip] + chance.choice(_CHARACTERS) + brand[slip + 1 :]
        ways.append(f"{place}{wrong}{trade}{chance.choice(_FORMS[:3])}")
    return (brand, place, trade), chance.sample(ways, chance.choice((1, 1, 2, 3)))


def _latin(chance: random.Random) -> tuple[Any, list[str]]:
    brand = "".join(chance.choice(_SYLLABLES) for _ in range(chance.choice((2, 3)))).capitalize()
    words = [brand, chance.choice(_WORDS)]
    name = " ".join(words)
    ways = [
        f"{name} {chance.choice(_LATIN_FORMS)}".strip(),
        f"{name.upper()} {chance.choice(_LATIN_FORMS)}".strip(),
        f"The {name} {chance.choice(_LATIN_FORMS[:3])}",
        f"{_slip(chance, brand)} {words[1]} {chance.choice(_LATIN_FORMS[:3])}",
        f"{brand} {_slip(chance, words[1])}",
    ]
    return tuple(words), chance.sample(ways, chance.choice((1, 1, 2, 3)))


def _slip(chance: random.Random, word: str) -> str:
    """Two letters the other way round, one left out, or one twice."""
    at = chance.randrange(1, len(word) - 1)
    way = chance.randrange(3)
    if way == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if way == 1 else word[: at + 1] + word[at] + word[at + 1 :]
