"""Whether two spellings name one company: by brand, place and trade in Chinese, by words with slips in Latin letters.

Most companies that differ in one character of a short Chinese brand are two companies (白鹭科技, 白鹤科技), and so are those of
one brand in two places (北京白鹭科技, 上海白鹭科技) or two trades (白鹭科技, 白鹭餐饮); one that leaves out place or trade is the same
(白鹭科技, 上海白鹭信息科技有限公司). A slip in a long Latin word is one in typing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from customers.duplicates.rules import company_core

_PLACES = [
    "北京",
    "上海",
    "天津",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
    "广州",
    "深圳",
    "杭州",
    "南京",
    "苏州",
    "无锡",
    "宁波",
    "温州",
    "成都",
    "武汉",
    "西安",
    "长沙",
    "郑州",
    "济南",
    "青岛",
    "大连",
    "沈阳",
    "哈尔滨",
    "长春",
    "合肥",
    "福州",
    "厦门",
    "南昌",
    "昆明",
    "贵阳",
    "南宁",
    "海口",
    "石家庄",
    "太原",
    "兰州",
    "银川",
    "西宁",
    "乌鲁木齐",
    "呼和浩特",
    "拉萨",
    "东莞",
    "佛山",
    "中山",
    "珠海",
    "惠州",
    "常州",
    "南通",
    "徐州",
    "扬州",
    "绍兴",
    "嘉兴",
    "金华",
    "台州",
    "泉州",
    "烟台",
    "潍坊",
    "洛阳",
    "宜昌",
    "三亚",
    "中国",
]
_TRADES = [
    "信息技术",
    "信息科技",
    "网络科技",
    "电子科技",
    "生物科技",
    "新材料",
    "新能源",
    "电子商务",
    "进出口",
    "供应链",
    "房地产",
    "科技",
    "技术",
    "信息",
    "网络",
    "软件",
    "电子",
    "电气",
    "电器",
    "智能",
    "数据",
    "通信",
    "贸易",
    "商贸",
    "实业",
    "工业",
    "机械",
    "设备",
    "仪器",
    "制造",
    "建筑",
    "建设",
    "工程",
    "装饰",
    "设计",
    "食品",
    "餐饮",
    "酒店",
    "旅游",
    "医药",
    "医疗",
    "生物",
    "健康",
    "化工",
    "材料",
    "能源",
    "环保",
    "农业",
    "汽车",
    "物流",
    "运输",
    "仓储",
    "服装",
    "纺织",
    "家具",
    "文化",
    "传媒",
    "广告",
    "教育",
    "培训",
    "咨询",
    "管理",
    "服务",
    "投资",
    "金融",
    "资产",
    "置业",
    "物业",
    "发展",
    "国际",
    "控股",
]
_PLACE = re.compile("(?:" + "|".join(sorted(_PLACES, key=len, reverse=True)) + ")(?:省|市)?")
_TRADE = re.compile("(?:" + "|".join(sorted(_TRADES, key=len, reverse=True)) + ")")
# Words that a company is called with or without.
_LOOSE = frozenset(("and", "of", "de", "international", "intl", "global", "worldwide", "china"))
# A word with so many letters may hold one slip, and one with so many two.
_ONE_SLIP, _TWO_SLIPS = 5, 11
# In a word with so many letters also one that is quite another letter.
_LONG_WORD = 9
_NEAR = [row[start : start + 2] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for start in range(len(row) - 1)]
# Characters that tell one of several from the others: 第一建筑, 第二建筑.
_TELLING = frozenset("一二三四五六七八九十甲乙丙丁东西南北中上下新老")
_SHORTEST_BRAND = 2
_LONG_BRAND = 4
# Letters of a word that a slip at its other end leaves as they are.
_END = 3


@dataclass(frozen=True)
class Name:
    """A company's name in its parts."""

    # Without legal form, case, width and punctuation; nothing between words.
    whole: str
    brand: str = ""
    places: frozenset[str] = frozenset()
    trades: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    @property
    def is_chinese(self) -> bool:
        """Whether it is written in characters."""
        return bool(self.brand)


@lru_cache(8192)
def parts_of(text: str) -> Name:
    """A name in its parts."""
    core = company_core(text)
    whole = core.replace(" ", "")
    if whole.isascii() or not any("一" <= letter <= "鿿" for letter in whole):
        words = tuple(word for word in core.split() if word not in _LOOSE) or tuple(core.split())
        return Name(whole, words=words)
    places = frozenset(found.rstrip("省市") for found in _PLACE.findall(whole))
    rest = _PLACE.sub("", whole)
    trades = frozenset(_TRADE.findall(rest))
    brand = _TRADE.sub("", rest)
    if len(brand) < _SHORTEST_BRAND:  # a name that is all place and trade is its own brand
        return Name(whole, brand=rest or whole, places=places)
    return Name(whole, brand=brand, places=places, trades=trades)


def keys_of(name: Name) -> Iterator[str]:
    """What names have in common, at least one of these, that may be similar."""
    if name.is_chinese:
        yield f"b{name.brand}"
        if len(name.brand) >= _LONG_BRAND:
            middle = len(name.brand) // 2
            yield f"h{name.brand[:middle]}"
            yield f"t{name.brand[-middle:]}"
    else:
        for index, word in enumerate(name.words):
            if len(word) >= _ONE_SLIP:  # a slip leaves one end of it as it is
                rest = "".join(sorted(name.words[:index] + name.words[index + 1 :]))
                yield f"p{rest}\0{word[:_END]}"
                yield f"s{rest}\0{word[0]}{word[-_END:]}"
        if len(name.words) > 1:
            yield "w" + "".join(sorted(name.words))


def are_similar(one: Name, other: Name) -> bool:
    """Whether they probably name the same company."""
    if not one.whole or not other.whole:
        return False
    if one.whole == other.whole:
        return True
    if one.is_chinese and other.is_chinese:
        return _similar_chinese(one, other)
    return not one.is_chinese and not other.is_chinese and _similar_words(one, other)


def _similar_chinese(one: Name, other: Name) -> bool:
    if not _agree(one.places, other.places) or not _agree(one.trades, other.trades):
        return False
    if one.brand == other.brand:
        return True
    shorter, longer = sorted((one.brand, other.brand), key=len)
    if any(map(str.isdigit, shorter + longer)) or not _TELLING.isdisjoint({*shorter} ^ {*longer}):
        return False
    same = one.trades == other.trades and one.places == other.places
    return same and len(shorter) >= _LONG_BRAND and OSA.distance(shorter, longer, score_cutoff=1) <= 1


def _agree(some: frozenset[str], others: frozenset[str]) -> bool:
    """One is left out, or part of the other."""
    return some <= others or others <= some or _telescoped(some, others) or _telescoped(others, some)


def _telescoped(some: frozenset[str], others: frozenset[str]) -> bool:
    """`科技` in `信息科技`."""
    return all(any(each in other for other in others) for each in some)


def _similar_words(one: Name, other: Name) -> bool:
    left = list(other.words)
    for word in one.words:
        near = next((each for each in left if _same_word(word, each)), None)
        if near is None:
            return False
        left.remove(near)
    return not left


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[0] != other[0]:  # people seldom slip at a word's first letter
        return False
    length = min(len(one), len(other))
    if length < _ONE_SLIP or any(map(str.isdigit, one + other)):
        return False
    if length >= _TWO_SLIPS:
        return OSA.distance(one, other, score_cutoff=2) <= 2
    return OSA.distance(one, other, score_cutoff=1) <= 1 and (length >= _LONG_WORD or not _is_another(one, other))


def _is_another(one: str, other: str) -> bool:
    """Whether a letter stands for another that is not beside it on the keyboard: that makes a name, and seldom a slip."""
    if len(one) != len(other) or sorted(one) == sorted(other):
        return False
    there = next((a, b) for a, b in zip(one, other, strict=True) if a != b)
    return not any(there[0] in near and there[1] in near for near in _NEAR)
