"""Duplicates among companies, measured on a labelled set: how many that are found are right, and how many are found."""

import pytest

from customers.duplicate_rules.resource import Rule
from customers.duplicates.alike import Alike, blocking, grouped, judged, pairs_of
from customers.duplicates.likeness import are_similar, parts_of
from tests.support.spellings import companies

RULES = [Rule(frozenset({"name"}), 95), Rule(frozenset({"similar_name"}), 75)]


def measured(number: int) -> tuple[float, float]:
    """Precision and recall, by pairs, of the groups that a scan by names alone makes."""
    labels, alike = dict[int, int](), dict[int, Alike]()
    for label, spellings in enumerate(companies(number)):
        for name in spellings:
            key = len(labels)
            labels[key] = label
            alike[key] = Alike({"id": key, "name": name}, "accounts")
    kinds, blocks = blocking(RULES), dict[str, list[Alike]]()
    for each in alike.values():
        for shared in set(each.keys(kinds)):
            blocks.setdefault(shared, []).append(each)
    pairs = {}
    for block in blocks.values():
        for one, other in pairs_of(block):
            if found := judged(one, other, RULES):
                pairs[min(one.id, other.id), max(one.id, other.id)] = found
    groups = grouped([(one, other, *found) for (one, other), found in pairs.items()], 10)
    found_pairs = {(a, b) for members, _, _ in groups for a in members for b in members if a < b}
    right = sum(labels[a] == labels[b] for a, b in found_pairs)
    by_label: dict[int, int] = {}
    for label in labels.values():
        by_label[label] = by_label.get(label, 0) + 1
    wanted = sum(count * (count - 1) // 2 for count in by_label.values())
    return right / len(found_pairs), right / wanted


def test_precision_and_recall() -> None:
    """At least 95 of 100 pairs that are found are one company, and at least 90 of 100 that are one are found."""
    precision, recall = measured(6000)
    assert precision >= 0.95, precision
    assert recall >= 0.90, recall


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("上海白鹭科技有限公司", "白鹭科技", True),
        ("上海白鹭信息科技有限公司", "上海白鹭科技", True),
        ("白鹭（上海）科技有限公司", "上海市白鹭科技股份有限公司", True),
        ("北京白鹭科技有限公司", "上海白鹭科技有限公司", False),
        ("上海白鹭科技有限公司", "上海白鹭餐饮有限公司", False),
        ("上海白鹭科技有限公司", "上海白鹤科技有限公司", False),
        ("上海第一建筑工程公司", "上海第二建筑工程公司", False),
        ("Egret Instruments Ltd.", "EGRET INSTRUMENTS GmbH", True),
        ("Egret Instruments", "Egret Instrumnets Inc", True),
        ("Smith & Sons", "Smith and Sons Ltd", True),
        ("Acme Foods", "Acme Tools", False),
        ("Egret Instruments", "Regret Instruments", False),
        ("Studio 54", "Studio 55", False),
    ],
)
def test_spellings(one: str, other: str, *, same: bool) -> None:
    """What one company is called, and what is another's name."""
    assert same is are_similar(parts_of(one), parts_of(other))
