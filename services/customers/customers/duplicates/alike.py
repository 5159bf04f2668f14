"""In what two records are alike, and what all records that may be alike have in common: pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import combinations
from typing import Any

from customers.duplicate_rules.resource import Rule
from customers.duplicates.finder import emails_of, phones_of
from customers.duplicates.likeness import are_similar, keys_of, parts_of
from customers.duplicates.rules import mail_domain, person_key, site_domain

# Conditions from the one that fewest records share: a rule is blocked by the first that it has.
_BLOCKED_BY = ("email", "phone", "exact_name", "name", "name_and_company", "domain", "similar_name")
# In blocks with more members each is compared with its neighbours by name alone.
_ALL_PAIRS = 20
_NEIGHBOURS = 8


class Alike:
    """What of a record is compared."""

    __slots__ = ("company", "domains", "emails", "id", "name", "names", "phones", "plain_names")

    def __init__(self, row: Mapping[str, Any], module: str) -> None:
        is_company = module == "accounts"
        self.id = row["id"]
        self.name = row.get("name")
        self.emails = frozenset(emails_of(row))
        self.phones = frozenset(phones_of(row))
        texts = [text for text in (self.name, row.get("other_name")) if text]
        # Of a person the domain says too little, and the name has no parts that mean anything.
        found = (site_domain(row.get("website")), *map(mail_domain, self.emails)) if is_company else ()
        self.domains = frozenset(domain for domain in found if domain)
        self.names = tuple(map(parts_of, texts)) if is_company else ()
        plain = (name.whole for name in self.names) if is_company else map(person_key, texts)
        self.plain_names = frozenset(filter(None, plain))
        # Of a person: the account, or the company as it is written.
        self.company = str(row.get("account_id") or "") or parts_of(row.get("company") or "").whole

    def conditions(self, other: "Alike") -> frozenset[str]:
        """The conditions of rules that hold of both."""
        return frozenset(self._holding(other))

    def _holding(self, other: "Alike") -> Iterator[str]:
        if not self.emails.isdisjoint(other.emails):
            yield "email"
        if not self.phones.isdisjoint(other.phones):
            yield "phone"
        if self.name == other.name:
            yield "exact_name"
        if not self.domains.isdisjoint(other.domains):
            yield "domain"
        if not self.plain_names.isdisjoint(other.plain_names):
            yield "name"
            yield "similar_name"
            if self.company and self.company == other.company:
                yield "name_and_company"
        elif any(are_similar(one, another) for one in self.names for another in other.names):
            yield "similar_name"

    def keys(self, kinds: Collection[str]) -> Iterator[str]:
        """What it has in common with every record of which a condition of these holds."""
        if "email" in kinds:
            yield from (f"e{address}" for address in self.emails)
        if "phone" in kinds:
            yield from (f"t{number}" for number in self.phones)
        if "exact_name" in kinds and self.name:
            yield f"x{self.name}"
        if "name" in kinds or "similar_name" in kinds:
            yield from (f"n{name}" for name in self.plain_names)
        if "name_and_company" in kinds and self.company:
            yield from (f"c{name}\0{self.company}" for name in self.plain_names)
        if "domain" in kinds:
            yield from (f"d{domain}" for domain in self.domains)
        if "similar_name" in kinds:
            yield from (f"s{key}" for name in self.names for key in keys_of(name))


def blocking(rules: Iterable[Rule]) -> frozenset[str]:
    """One condition of each rule, by which the pairs are found that it may hold of."""
    return frozenset(next(kind for kind in _BLOCKED_BY if kind in rule.conditions) for rule in rules if rule.conditions)


def hashed(key: str) -> int:
    """A key as a number of 64 bits, the same in every process."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def judged(one: Alike, other: Alike, rules: Sequence[Rule]) -> tuple[int, list[str]] | None:
    """The score of the surest rule that holds of both, and in what they are alike; None where none holds."""
    held = one.conditions(other)
    scores = [rule.score for rule in rules if rule.conditions and rule.conditions <= held]
    if not scores:
        return None
    told = held - {"similar_name"} if "name" in held else held
    return max(scores), sorted(told - {"exact_name"} if "name" in held else told)


def pairs_of(block: Sequence[Alike]) -> Iterator[tuple[Alike, Alike]]:
    """The pairs of a block that are compared."""
    if len(block) <= _ALL_PAIRS:
        yield from combinations(block, 2)
        return
    ordered = sorted(block, key=lambda each: (min(each.plain_names, default=""), each.id))
    for index, one in enumerate(ordered):
        yield from ((one, other) for other in ordered[index + 1 : index + 1 + _NEIGHBOURS])


Pair = tuple[Any, Any, int, Sequence[str]]


def grouped(pairs: Iterable[Pair], most: int) -> list[tuple[list[Any], int, list[str]]]:
    """Groups of at most so many members, by the surest pairs first; the score of each is that of its least sure one.

    Two groups become one where at least half of their pairs are alike: what is like one member alone is probably another.
    """
    groups: dict[Any, dict[str, Any]] = {}
    ordered = sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))
    alike = {(one, other) for one, other, _, _ in ordered}
    for one, other, score, reasons in ordered:
        left, right = (groups.get(each) or {"members": [each], "reasons": set()} for each in (one, other))
        if left is right or len(left["members"]) + len(right["members"]) > most:
            continue
        across = [(min(a, b), max(a, b)) for a in left["members"] for b in right["members"]]
        if 2 * sum(pair in alike for pair in across) < len(across):
            continue
        joined = {
            "members": left["members"] + right["members"],
            "reasons": left["reasons"] | right["reasons"] | set(reasons),
            "score": score,
        }
        groups.update(dict.fromkeys(joined["members"], joined))
    distinct = {id(group): group for group in groups.values()}.values()
    return [(sorted(group["members"]), group["score"], sorted(group["reasons"])) for group in distinct]
