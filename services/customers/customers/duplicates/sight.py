"""What a caller sees of groups of duplicates: by the records in their sight, and by the fields that are not hidden from them."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database
from chassis.resources.records import Records
from customers.duplicate_rules.resource import Rule, active_rules
from customers.duplicates.table import duplicate_groups, duplicate_verdicts

OPEN, MERGED, DISMISSED = "open", "merged", "dismissed"
_NAMES = frozenset(("name", "other_name"))
# Reason → what it was found in. It is told only where all of these are seen: which of them it was is not kept.
_FOUND_IN: Mapping[str, frozenset[str]] = {
    "email": frozenset(("email", "emails")),
    "phone": frozenset(("phone", "phones")),
    "exact_name": _NAMES,
    "name": _NAMES,
    "similar_name": _NAMES,
    "name_and_company": _NAMES | {"account_id", "company"},
    "domain": frozenset(("website", "email", "emails")),
}
# Condition of a rule → reasons that say that it holds; a group of the same name is not said to be of a similar one, too.
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "exact_name": ("exact_name", "name"),
    "similar_name": ("similar_name", "name"),
}


class Sight:
    """One caller's sight of the groups of one module."""

    def __init__(self, database: Database, call: Call, records: Records) -> None:
        self._call = call
        self._records = records
        hidden = call.access.hidden(records.resource.module)
        self._lost = frozenset(reason for reason, fields in _FOUND_IN.items() if fields & hidden)
        rules = active_rules(database, call, records.resource.module) if self._lost else []
        # How likely a group is by what the caller sees of it; null where that says nothing.
        self.score = self._likely(rules).label("likely")

    def reasons(self, reasons: Iterable[str]) -> list[str]:
        """Those that tell of no hidden field."""
        return [reason for reason in reasons if reason not in self._lost]

    def open_groups(self, min_score: int) -> list[sa.ColumnElement[bool]]:
        """Open groups, as likely as this, with two members in sight or more of which nobody has said that they are different."""
        groups = duplicate_groups.c
        mine = (groups.org_id == self._call.org_id, groups.module == self._records.resource.module)
        return [*mine, groups.state == OPEN, self.score.element >= min_score, self._undecided()]

    def _likely(self, rules: Iterable[Rule]) -> sa.ColumnElement[Any]:
        groups = duplicate_groups.c
        if not self._lost:
            return groups.score
        told = sorted(
            (rule for rule in rules if rule.conditions and self._lost.isdisjoint(rule.conditions)),
            key=lambda rule: -rule.score,
        )
        whens = [(sa.and_(*map(_holds, sorted(rule.conditions))), sa.literal(rule.score)) for rule in told]
        return sa.case((sa.not_(groups.reasons.overlap(sorted(self._lost))), groups.score), *whens, else_=sa.null())

    def _undecided(self) -> sa.ColumnElement[bool]:
        table, verdict = self._records.resource.table, duplicate_verdicts.c
        inside = table.c.id == sa.any_(duplicate_groups.c.members)
        seen = sa.select(table.c.id).where(*self._records.query.conditions(self._call, "view", deleted=False), inside)
        seen = seen.correlate(duplicate_groups)
        one, other = seen.lateral("one_seen"), seen.lateral("other_seen")
        decided = sa.exists().where(
            verdict.org_id == duplicate_groups.c.org_id,
            verdict.module == duplicate_groups.c.module,
            verdict.one == one.c.id,
            verdict.other == other.c.id,
        )
        pairs = sa.select(sa.literal(1)).select_from(one.join(other, one.c.id < other.c.id))
        return pairs.where(sa.not_(decided)).correlate(duplicate_groups).exists()


def _holds(condition: str) -> sa.ColumnElement[bool]:
    said: sa.ColumnElement[bool] = duplicate_groups.c.reasons.overlap(list(_SAID_BY.get(condition, (condition,))))
    return said
