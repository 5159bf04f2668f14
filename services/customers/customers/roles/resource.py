"""Contacts' roles in accounts: the standard methods, for whoever may edit both sides."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.scope import organization_condition, owner_condition, shape
from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, Violation
from chassis.resources import Draft, Hooks, Resource
from chassis.texts import register
from customers.accounts.table import accounts
from customers.contacts.table import contacts
from customers.roles.table import account_contacts
from guanxi.customers.v1 import account_contacts_pb2

register(
    {
        "EDIT_BOTH": (
            "您需要同时能编辑该客户和该联系人；请联系其负责人或管理员",
            "You must be allowed to edit both the account and the contact; ask who owns them, or an administrator",
        ),
        "PRIMARY_TAKEN": (
            "该客户已有主要联系人；请先取消原来的主要联系人",
            "The account has a primary contact already; take it from that one first",
        ),
        "ENDS_BEFORE_IT_BEGINS": (
            "结束日期不能早于开始日期",
            "It cannot end before it begins; change one of the dates",
        ),
    }
)
_SIDES = (("account_id", "accounts", accounts), ("contact_id", "contacts", contacts))


class RoleHooks(Hooks):
    """Rules of roles."""

    @override
    def reach(self, call: Call) -> list[sa.ColumnElement[bool]]:
        """A role is seen by whoever sees both its sides."""
        return [
            sa.exists().where(
                organization_condition(call, table.c.org_id),
                table.c.id == account_contacts.c[field],
                owner_condition(call, module, "view", table.c.owner_id),
            )
            for field, module, table in _SIDES
            if call.access.scope(module, "view") != "all"
        ]

    @override
    def reach_shape(self, call: Call) -> tuple[object, ...]:
        return tuple(shape(call, module, "view") for _, module, _ in _SIDES)

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        problems = [
            Violation("end_date", "ENDS_BEFORE_IT_BEGINS")
            for draft in drafts
            if draft.values["start_date"] and draft.values["end_date"]
            if draft.values["end_date"] < draft.values["start_date"]
        ]
        _refuse_uneditable(transaction, drafts, problems)
        problems += _second_primary(transaction, drafts)
        if problems:
            raise InvalidArgumentError(violations=problems)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        _refuse_uneditable(transaction, drafts, [])

    @override
    def moving(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """An account that others have come to keeps its own primary contact."""
        for draft in drafts:
            if draft.changed("account_id") and _second_primary(transaction, [draft]):
                draft.values["is_primary"] = False


def _refuse_uneditable(transaction: Transaction, drafts: Sequence[Draft], problems: list[Violation]) -> None:
    """A many-to-many row needs the right to edit both sides: those it leaves as well as those it comes to.

    What is not there at all is left to the check of references, which says so.
    """
    call = transaction.call
    for field, module, table in _SIDES:
        wanted = {row[field] for draft in drafts for row in (draft.values, draft.before or {}) if row.get(field)}
        if not wanted or call.access.scope(module, "edit") == "all":
            continue
        own: Any = owner_condition(call, module, "edit", table.c.owner_id)
        there = sa.select(table.c.id).where(table.c.org_id == call.org_id, table.c.id.in_(wanted))
        seen = set(transaction.execute(there.where(owner_condition(call, module, "view", table.c.owner_id))).scalars())
        editable: set[UUID] = set(transaction.execute(there.where(own)).scalars())
        left = {draft.before[field] for draft in drafts if draft.before and draft.before.get(field)}
        if (seen | left) - editable:
            problems.append(Violation(field, "EDIT_BOTH"))
    if any(problem.reason == "EDIT_BOTH" for problem in problems):
        raise InvalidArgumentError(violations=problems)


def _second_primary(transaction: Transaction, drafts: Sequence[Draft]) -> list[Violation]:
    """One primary contact for each account."""
    chosen = [draft for draft in drafts if draft.values["is_primary"] and draft.values["account_id"]]
    if not chosen:
        return []
    table, org_id = account_contacts, transaction.call.org_id
    # One after the other: two at once would not see each other's.
    theirs = accounts.c.id.in_(sorted({draft.values["account_id"] for draft in chosen}))
    held_still = sa.select(accounts.c.id).where(accounts.c.org_id == org_id, theirs).order_by(accounts.c.id)
    transaction.execute(held_still.with_for_update(key_share=True))
    taken = sa.select(table.c.account_id).where(
        table.c.org_id == org_id,
        table.c.account_id.in_([draft.values["account_id"] for draft in chosen]),
        table.c.id.not_in([draft.id for draft in chosen]),
        table.c.is_primary,
        table.c.delete_time.is_(None),
    )
    held = list(transaction.execute(taken).scalars())
    for draft in chosen:
        if draft.values["account_id"] in held:
            return [Violation("is_primary", "PRIMARY_TAKEN")]
        held.append(draft.values["account_id"])
    return []


ROLES = Resource(account_contacts_pb2.AccountContact, account_contacts, RoleHooks())
