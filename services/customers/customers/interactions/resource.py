"""Interactions: the standard methods; the task of a next step, and when somebody was last in touch."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.contract import contract_of
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.ids import uuid7
from chassis.notices import Notice, notify
from chassis.resources import Draft, Hooks, Resource
from chassis.resources.drafting import blank_draft
from chassis.resources.records import Records
from customers.accounts.resource import ACCOUNTS
from customers.contacts.resource import CONTACTS
from customers.interactions.rules import ESSENTIAL, TOUCHES, settle, task_of
from customers.interactions.table import interactions
from guanxi.customers.v1 import interactions_pb2

# Field of an interaction → module that is told of it.
_TOLD = {"account_id": "accounts", "contact_id": "contacts", "lead_id": "leads"}


class InteractionHooks(Hooks):
    """Rules of interactions. `records` are the service's, by module."""

    def __init__(self, records: Mapping[str, Records]) -> None:
        self._records = records

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        call, now = transaction.call, datetime.now(UTC)
        kinds = _kinds(call.language)
        problems = [settle(draft.values, now, kinds) for draft in drafts]
        if found := [problem for problem in problems if problem]:
            raise InvalidArgumentError(violations=found)
        _fill_accounts(transaction, drafts)
        self._make_tasks(transaction, drafts)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        touched = [draft for draft in drafts if draft.values["kind"] in TOUCHES and not draft.values["delete_time"]]
        for field, module in _TOLD.items():
            newest: dict[UUID, datetime] = {}
            for draft in touched:
                record_id, moment = draft.values[field], draft.values["start_time"]
                if record_id is not None and (record_id not in newest or moment > newest[record_id]):
                    newest[record_id] = moment
            if newest:
                self._tell(transaction, self._records[module], newest)
        for draft in drafts:
            _mention(transaction, draft)

    def _make_tasks(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """A task for each next step that has a day and none yet."""
        call, tasks = transaction.call, self._records["tasks"]
        hidden, denied = call.access.hidden("interactions"), call.access.read_only("tasks")
        may_make = call.access.allows("tasks.create") and denied.isdisjoint(ESSENTIAL)
        made = []
        for draft in drafts:
            values = task_of(draft.values, hidden, call.language)
            if values is None:
                continue
            if not may_make:
                raise InvalidArgumentError(violations=[Violation("next_step_date", "NEXT_STEP_DENIED")])
            task = blank_draft(call, tasks.resource, uuid7())
            task.values |= {name: value for name, value in values.items() if name not in denied}
            draft.values["task_id"] = task.id
            made.append(task)
        if made:
            tasks.write(transaction, made)

    def _tell(self, transaction: Transaction, records: Records, newest: Mapping[UUID, datetime]) -> None:
        """Set when these records were last in touch, whoever may edit them; an older interaction changes nothing."""
        drafts = []
        for record_id, row in records.lock(transaction, newest, None).items():
            known = row["last_interaction_time"]
            if known is None or known < newest[record_id]:
                draft = Draft.of(row)
                draft.values["last_interaction_time"] = newest[record_id]
                drafts.append(draft)
        if drafts:
            records.write(transaction, drafts)


def _mention(transaction: Transaction, draft: Draft) -> None:
    """Have those told who are mentioned now and were not before; nobody is told of what they wrote themselves."""
    before = draft.before["mentioned_ids"] if draft.before else ()
    known = {*before, transaction.call.principal.user_id}
    new = [user_id for user_id in draft.values["mentioned_ids"] if user_id not in known]
    row = draft.values
    if new and not row["delete_time"]:
        owners = [row["owner_id"]] if row["owner_id"] else []
        notify(
            transaction, "customers", Notice("mentioned", new, "interactions", draft.id, row["subject"], owners=owners)
        )


def _kinds(language: str) -> dict[str, str]:
    """What each kind is called."""
    choices = contract_of(interactions_pb2.Interaction).fields["kind"].options.choices
    return {choice.value: choice.label.zh if language == "zh" else choice.label.en for choice in choices}


def _fill_accounts(transaction: Transaction, drafts: Sequence[Draft]) -> None:
    """What was said to somebody was said to their account, where the caller sees it and names no other."""
    open_ones = [
        draft
        for draft in drafts
        if draft.values.get("account_id") is None
        and draft.values.get("contact_id") is not None
        and draft.changed("contact_id")
    ]
    if not open_ones or "account_id" in transaction.call.access.hidden(CONTACTS.module):
        return
    accounts, contacts, call = ACCOUNTS.table, CONTACTS.table, transaction.call
    rows: Any = transaction.execute(
        sa.select(contacts.c.id, contacts.c.account_id)
        .join(accounts, sa.and_(accounts.c.org_id == contacts.c.org_id, accounts.c.id == contacts.c.account_id))
        .where(
            contacts.c.org_id == call.org_id,
            contacts.c.id.in_({draft.values["contact_id"] for draft in open_ones}),
            accounts.c.delete_time.is_(None),
            CONTACTS.reached(call, "view"),
            ACCOUNTS.reached(call, "view"),
        )
    )
    found = {row.id: row.account_id for row in rows}
    for draft in open_ones:
        draft.values["account_id"] = found.get(draft.values["contact_id"])


def interaction_resource(records: Mapping[str, Records]) -> Resource:
    """The declaration."""
    return Resource(interactions_pb2.Interaction, interactions, InteractionHooks(records))
