"""Duplicate rules: the standard methods, those that an organization begins with, and those that count now."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.events.projections import records
from chassis.resources import Resource
from chassis.resources.drafting import made_draft
from chassis.resources.records import Records
from customers.duplicate_rules.table import duplicate_rules
from guanxi.customers.v1 import duplicate_rules_pb2
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import organizations_pb2

DUPLICATE_RULES = Resource(duplicate_rules_pb2.DuplicateRule, duplicate_rules, default_order="name")


@dataclass(frozen=True)
class Rule:
    """All conditions hold of two records: they are one as likely as the score says."""

    conditions: frozenset[str]
    score: int


# Module → names in zh and en, conditions, score.
FIRST_RULES: Mapping[str, tuple[tuple[str, str, tuple[str, ...], int], ...]] = {
    "accounts": (
        ("客户名称相同", "Same account name", ("name",), 95),
        ("网站域名相同且名称相似", "Same domain and similar name", ("domain", "similar_name"), 95),
        ("电话相同且名称相似", "Same phone and similar name", ("phone", "similar_name"), 95),
        ("邮箱相同", "Same e-mail", ("email",), 90),
        ("名称相似", "Similar name", ("similar_name",), 75),
        ("电话相同", "Same phone", ("phone",), 60),
        ("网站域名相同", "Same domain", ("domain",), 55),
    ),
    "contacts": (
        ("联系人邮箱相同", "Same e-mail of contacts", ("email",), 95),
        ("姓名和电话相同", "Same name and phone", ("phone", "name"), 95),
        ("姓名和公司相同", "Same name and company", ("name_and_company",), 85),
        ("联系人电话相同", "Same phone of contacts", ("phone",), 70),
    ),
    "leads": (
        ("线索邮箱相同", "Same e-mail of leads", ("email",), 95),
        ("线索电话相同", "Same phone of leads", ("phone",), 85),
        ("线索姓名和公司相同", "Same name and company of leads", ("name_and_company",), 85),
    ),
}


def active_rules(database: Database, call: Call, module: str) -> list[Rule]:
    """The rules that count for a module. An organization that never had any has those that others begin with."""
    table = duplicate_rules.c
    mine = (table.org_id == call.org_id, table.module == module)
    found = database.read(call, sa.select(table.conditions, table.score, table.paused, table.delete_time).where(*mine))
    if not found:
        return [Rule(frozenset(conditions), score) for _, _, conditions, score in FIRST_RULES.get(module, ())]
    return [Rule(frozenset(row.conditions), row.score) for row in found if not row.paused and row.delete_time is None]


class Seed:
    """Handles the event that tells of a new organization."""

    def __init__(self, of_module: Mapping[str, Records]) -> None:
        self._of_module = of_module

    def plant(self, transaction: Transaction, event: events_pb2.Event) -> None:
        """Make the first rules, in the organization's language."""
        for record in records(event, organizations_pb2.Organization) if event.verb == "created" else ():
            if record.after is not None:
                self._make(transaction, ("zh", "en").index(record.after.language or "en"))

    def _make(self, transaction: Transaction, language: int) -> None:
        org_id = transaction.call.org_id
        rows: list[dict[str, Any]] = [
            {
                "id": uuid.uuid5(org_id, f"first duplicate rule {rule[1]}"),
                "name": rule[language],
                "module": module,
                "conditions": list(rule[2]),
                "score": rule[3],
            }
            for module, rules in FIRST_RULES.items()
            for rule in rules
        ]
        found = self._of_module["duplicate_rules"]
        found.write(transaction, [made_draft(found.resource, row) for row in rows])
