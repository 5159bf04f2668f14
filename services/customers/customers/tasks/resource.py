"""Tasks: the standard methods, and the next occurrence of those that repeat."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError
from chassis.ids import uuid7
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from customers.tasks.reminding import set_timers, wrong_reminders
from customers.tasks.rules import next_values, repeats, settle
from customers.tasks.table import tasks
from guanxi.customers.v1 import tasks_pb2

# Of a row and not of what it says: a new record has its own.
_OWN = ("id", "version", "create_time", "update_time", "delete_time", "field_versions", "external_ids")


class TaskHooks(Hooks):
    """Rules of tasks. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        now, zone = datetime.now(UTC), transaction.call.organization.time_zone
        problems = [problem for draft in drafts for problem in settle(draft.values, draft.before, now, zone)]
        problems += [problem for draft in drafts for problem in wrong_reminders(draft.values)]
        if problems:
            raise InvalidArgumentError(violations=problems)
        today = now.astimezone(zone).date()
        made = []
        for draft in drafts:
            found = next_values(draft.values, zone, today) if repeats(draft.values, draft.before) else None
            if found is not None:
                new = Draft(uuid7(), {**draft.values, **found, "external_ids": {}, "delete_time": None})
                draft.values["next_task_id"] = new.id
                made.append(new)
        if made:
            # Whoever completes it assigns nothing: what comes next is its owner's, as this one is.
            self._records["tasks"].write(transaction, made, keeps_owner=True)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        set_timers(transaction, drafts)


def task_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(tasks_pb2.Task, tasks, TaskHooks(records))
