"""Reminder rules: the standard methods, and the morning on which an organization's are looked through."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.access import Access
from chassis.authz.organization import Organization
from chassis.call import Call, Principal
from chassis.database.connection import Transaction, mapping
from chassis.errors import InvalidArgumentError, Violation
from chassis.fieldcontract import CustomField
from chassis.notices import Notice, notify
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.timers import schedule
from customers.reminder_rules.rules import anniversaries, mornings, next_morning
from customers.reminder_rules.table import reminder_rules
from guanxi.customers.v1 import reminder_rules_pb2

TIMER = "reminder_rules"
_KEY = "daily"


class ReminderRuleHooks(Hooks):
    """Rules of reminder rules. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        call = transaction.call
        for draft in drafts:
            values = draft.values
            values["recipients"] = values.get("recipients") or "owners"
            resource, name = self._records[values["module"]].resource, values["field"]
            is_seen = _sees(call.access, values["module"], name)
            if not is_seen or date_column(resource, call.organization, name) is None:
                raise InvalidArgumentError(violations=[Violation("field", "NO_DATE_FIELD", {"value": name[:60]})])

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        set_morning(transaction, datetime.now(UTC))


def set_morning(transaction: Transaction, now: datetime) -> None:
    """Have the organization's rules looked through next morning; a day before it counts as looked through."""
    zone = transaction.call.organization.time_zone
    due = next_morning(now, zone)
    before = due.astimezone(zone).date() - timedelta(days=1)
    schedule(transaction, TIMER, _KEY, due, {"after": before.isoformat()})


def date_column(resource: Resource, organization: Organization, name: str) -> sa.ColumnElement[Any] | None:
    """A field's day as `YYYY-MM-DD`; None where it holds none."""
    if name.startswith("custom."):
        found: CustomField | None = resource.definitions(organization).get(name.removeprefix("custom."))
        return resource.table.c.custom[found.key].astext if found is not None and found.kind == "date" else None
    binding = resource.bindings.get(name)
    return sa.func.to_char(resource.table.c[name], "YYYY-MM-DD") if binding and binding.kind == "date" else None


def _sees(access: Access | None, module: str, name: str) -> bool:
    """Whether a field is shown: to nobody who is gone, and none inside of one that is hidden as a whole."""
    return access is not None and {name, name.partition(".")[0]}.isdisjoint(access.hidden(module))


def reminder_rule_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(reminder_rules_pb2.ReminderRule, reminder_rules, ReminderRuleHooks(records))


class Mornings:
    """Handler of the timer: tells of every day that the rules ask for, and sets the next morning."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    def fire(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Look through the organization's rules."""
        call, table = transaction.call, reminder_rules
        rules: Any = transaction.execute(
            sa.select(table).where(
                table.c.org_id == call.org_id, table.c.delete_time.is_(None), table.c.paused.is_(sa.false())
            )
        ).all()
        if not rules:
            return
        now = datetime.now(UTC)
        today = now.astimezone(call.organization.time_zone).date()
        for day in mornings(date.fromisoformat(payload["after"]), today):
            for rule in rules:
                self._tell(transaction, rule, day)
        set_morning(transaction, now)

    def _tell(self, transaction: Transaction, rule: Any, morning: date) -> None:
        call = transaction.call
        access = call.organization.access_of(rule.owner_id) if rule.owner_id else None
        if access is None or not access.allows(f"{rule.module}.view") or not _sees(access, rule.module, rule.field):
            return
        theirs = replace(call, principal=Principal(call.org_id, rule.owner_id, "user"), access=access)
        resource = self._records[rule.module].resource
        day = morning + timedelta(days=rule.days_before)
        for row in self._found(transaction, theirs, rule, day):
            person = rule.owner_id if rule.recipients == "me" else row.owner_id
            if person is None or not _sees(call.organization.access_of(person), rule.module, rule.field):
                continue
            notice = Notice(
                "birthday" if rule.field == "birthday" else "reminder",
                [person],
                rule.module,
                row.id,
                resource.title(mapping(row)),
                owners=[row.owner_id] if row.owner_id else [],
                values={"text": rule.name, "date": day.isoformat()},
                channels=rule.channels,
                key=f"rule {rule.id} {row.id} {day.isoformat()}",
            )
            notify(transaction, "customers", notice)

    def _found(self, transaction: Transaction, theirs: Call, rule: Any, day: date) -> Sequence[Any]:
        """Records with that day, as far as the rule's owner sees them."""
        records = self._records[rule.module]
        table = records.resource.table
        written = date_column(records.resource, transaction.call.organization, rule.field)
        if written is None:
            return []
        matching: sa.ColumnElement[bool]
        if rule.yearly:
            matching = sa.func.substr(written, 6).in_(anniversaries(day))
        else:
            matching = written == day.isoformat()
        title = table.c[records.resource.contract.options.title]
        return transaction.execute(
            sa.select(table.c.id, table.c.owner_id, title).where(
                *records.query.conditions(theirs, "view", deleted=False), matching
            )
        ).all()
