"""Reminders: the standard methods, and the timer that tells their owner once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from typing_extensions import override

from chassis import ids
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.notices import Notice, notify
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.records import Records
from chassis.timers import cancel, schedule
from customers.reminders.table import reminders
from guanxi.customers.v1 import reminders_pb2

TIMER = "reminder"


class ReminderHooks(Hooks):
    """Rules of reminders."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = []
        for draft in drafts:
            values = draft.values
            if bool(values["module"]) != bool(values["record_id"]):
                name = "record_id" if values["module"] else "module"
                problems.append(Violation(name, "REQUIRED"))
            if values["record_id"] and ids.parse(values["record_id"]) is None:
                problems.append(Violation("record_id", "INVALID_ID"))
            if not draft.is_new and draft.changed("due_time"):
                values["tell_time"] = None
        if problems:
            raise InvalidArgumentError(violations=problems)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            values = draft.values
            if values.get("delete_time") is not None or values.get("tell_time") is not None:
                cancel(transaction, TIMER, str(draft.id))
            elif draft.changed("due_time") or draft.changed("delete_time"):
                schedule(transaction, TIMER, str(draft.id), values["due_time"])


REMINDERS = Resource(reminders_pb2.Reminder, reminders, ReminderHooks())


class Reminding:
    """Handler of the timer: the notice and its mark on the reminder are one transaction."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def fire(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Tell the owner of a reminder that is still there."""
        row = self._records.lock(transaction, [UUID(key)], None).get(UUID(key))
        if row is None or row["tell_time"] is not None or row["owner_id"] is None:
            return
        draft = Draft.of(row)
        draft.values["tell_time"] = row["due_time"]
        self._records.write(transaction, [draft])
        owner = row["owner_id"]
        notice = Notice(
            "reminder",
            [owner],
            "reminders",
            row["id"],
            row["text"],
            owners=[owner],
            channels=row["channels"],
            key=f"reminder {key} {row['due_time'].isoformat()}",
        )
        notify(transaction, "customers", notice)
