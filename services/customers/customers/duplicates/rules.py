"""When two names, sites or addresses mean the same company or person."""

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from chassis.text import fold

# Legal forms and what stands beside them, at the end of a company's name; the longest first.
_FORMS_ZH = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "总公司", "分公司", "公司", "集团", "厂",
)  # fmt: skip
_FORMS_EN = frozenset((
    "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "holding", "holdings", "inc",
    "incorporated", "kk", "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "plc", "pte", "pty", "sa", "sarl",
    "sas", "spa", "srl", "the",
))  # fmt: skip
# Addresses there say nothing of a company.
FREE_MAIL = frozenset((
    "126.com", "139.com", "163.com", "189.cn", "aliyun.com", "foxmail.com", "gmail.com", "gmx.com", "gmx.de",
    "googlemail.com", "hotmail.com", "icloud.com", "live.com", "mail.com", "mail.ru", "me.com", "msn.com",
    "outlook.com", "proton.me", "protonmail.com", "qq.com", "sina.com", "sina.cn", "sohu.com", "t-online.de",
    "tom.com", "vip.163.com", "vip.qq.com", "web.de", "wo.cn", "yahoo.co.jp", "yahoo.com", "yandex.ru",
    "yeah.net",
))  # fmt: skip
_SIMILAR = 88.0
# A shorter name within a longer one says something from so many letters on; a Chinese character counts as two.
_TELLING = 4
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?(?:www\.)?([^/:?#\s]+)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@lru_cache(4096)
def company_core(name: str) -> str:
    """A company's name without its legal form, case, width and punctuation: `上海白鹭科技有限公司` → `上海白鹭科技`.

    Words stay apart by blanks. A name that is nothing but a legal form stays as it is.
    """
    words = _WORD.findall(fold(unicodedata.normalize("NFKC", name)))
    kept = [word for word in words if word not in _FORMS_EN] or words
    bare = " ".join(kept)
    for form in _FORMS_ZH:
        if bare.endswith(form) and len(bare) > len(form) + 1:
            bare = bare.removesuffix(form).rstrip()
            break
    return bare


def name_likeness(one: str, other: str) -> float:
    """How alike two companies' names are: 100 the same, 0 not enough to speak of."""
    first, second = company_core(one).replace(" ", ""), company_core(other).replace(" ", "")
    if not first or not second:
        return 0.0
    if first == second:
        return 100.0
    score = float(fuzz.ratio(first, second))
    if score >= _SIMILAR:
        return min(score, 99.0)
    shorter, longer = sorted((first, second), key=len)
    return 80.0 if shorter in longer and _weight(shorter) >= _TELLING else 0.0


def same_person(one: str, other: str) -> bool:
    """Whether two people's names are the same, case, width and blanks aside."""
    return person_key(one) == person_key(other) != ""


def site_domain(website: str | None) -> str | None:
    """The domain of a web address: `https://www.acme.com/cn` → `acme.com`."""
    found = _HOST.match((website or "").strip())
    return fold(found.group(1))[:253] if found and "." in found.group(1) else None


def mail_domain(address: str) -> str | None:
    """The domain of a company's e-mail address; None where everybody can have one."""
    domain = fold(address.rpartition("@")[2])
    return domain if domain and domain not in FREE_MAIL else None


def person_key(name: str) -> str:
    """A person's name without case, width and blanks."""
    return "".join(_WORD.findall(fold(unicodedata.normalize("NFKC", name))))


def _weight(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)
