"""Users: the standard methods; only invitation makes a user active, and one administrator always stays."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from typing_extensions import override

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError
from chassis.resources import Draft, Hooks, Resource
from guanxi.identity.v1 import users_pb2
from identity.organizations.resource import bump_policy
from identity.passwords import initial
from identity.roles.escalation import refuse_beyond_roles, refuse_without_administer
from identity.roles.rules import ADMINISTRATOR
from identity.roles.table import roles
from identity.sessions.endings import end_all
from identity.users.table import invitations, memberships, users


class UserHooks(Hooks):
    """Rules of members."""

    @override
    def prepare(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        self._rules(transaction, drafts)
        for draft in drafts:
            draft.values["status"] = _status(draft)

    def _rules(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        if transaction.call.principal.kind == "system":
            return
        rights = ("role_ids", "active", "email", "team_id")
        given = [draft for draft in drafts if draft.is_new and draft.inputs.get("initial_password")]
        for draft in given:
            draft.values["active"] = True
        refuse_without_administer(transaction, "users", drafts, rights, new=("role_ids", "active"))
        by_number = [draft for draft in drafts if not draft.values["email"]]
        refuse_without_administer(transaction, "users", by_number, ("phone",))
        self._addresses(transaction, [draft for draft in drafts if not draft.is_new and draft.changed("email")])
        # Who has the mailbox, or the phone, that an invitation goes to has the rights of the user who is invited.
        redirected = [draft for draft in by_number if draft.changed("phone")]
        widened = [draft for draft in drafts if draft.changed("role_ids") or draft.changed("email")] + redirected
        assigned = {role_id for draft in widened for role_id in draft.values["role_ids"]}
        # Who may not give a role may not take it either: without it, the user would be open to the caller.
        taken = {role_id for draft in widened if draft.before for role_id in draft.before["role_ids"]}
        refuse_beyond_roles(transaction, assigned | taken)
        activated = [
            draft for draft in drafts if draft.values["active"] and draft.changed("active") and draft not in given
        ]
        if activated:
            self._must_be_members(transaction, activated)

    @override
    def written(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        self._mark(transaction, drafts, bump_policy(transaction))
        for draft in drafts:
            if draft.is_new and draft.inputs.get("initial_password"):
                initial.give(transaction, draft.values, draft.inputs["initial_password"], field="initial_password")
        gone = [draft for draft in drafts if not draft.values["active"] or draft.values.get("delete_time")]
        end_all(transaction, [draft.id for draft in gone if not draft.is_new])
        if any(not draft.is_new and (draft.changed("role_ids") or draft in gone) for draft in drafts):
            self._one_administrator(transaction)

    @override
    def deleting(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        if any(draft.values["active"] for draft in drafts):
            raise PreconditionError("DEACTIVATE_FIRST")
        initial.forget_unproved(transaction, [draft.id for draft in drafts])
        for table in (memberships, invitations):  # the address is free for somebody else, or for the same person again
            theirs = table.c.user_id.in_([draft.id for draft in drafts])
            transaction.execute(sa.delete(table).where(table.c.org_id == transaction.call.org_id, theirs))

    def _mark(self, transaction: Transaction, drafts: Sequence[Draft], version: int) -> None:
        """Who knows an older version of the control plane asks for the users that changed since."""
        changed = users.c.id == sa.any_(sa.bindparam("changed", [draft.id for draft in drafts], ARRAY(sa.Uuid)))
        theirs = sa.update(users).where(users.c.org_id == transaction.call.org_id, changed)
        transaction.execute(theirs.values(policy_version=version))

    def _addresses(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        """A member's address is their log-in and stays; anybody else's old invitation ends with the old address."""
        if not drafts:
            return
        ids = [draft.id for draft in drafts]
        org_id = transaction.call.org_id
        joined = sa.select(memberships.c.user_id).where(memberships.c.org_id == org_id, memberships.c.user_id.in_(ids))
        if transaction.execute(joined).first() is not None:
            raise InvalidArgumentError.of("email", "EMAIL_FIXED")
        transaction.execute(
            sa.delete(invitations).where(invitations.c.org_id == org_id, invitations.c.user_id.in_(ids))
        )

    def _must_be_members(self, transaction: Transaction, drafts: Sequence[Draft]) -> None:
        known = set(
            transaction.execute(
                sa.select(memberships.c.user_id).where(
                    memberships.c.org_id == transaction.call.org_id,
                    memberships.c.user_id.in_([draft.id for draft in drafts]),
                )
            ).scalars()
        )
        if any(draft.id not in known for draft in drafts):
            raise InvalidArgumentError.of("active", "NOT_INVITED")

    def _one_administrator(self, transaction: Transaction) -> None:
        org_id = transaction.call.org_id
        role = sa.select(roles.c.id).where(roles.c.org_id == org_id, roles.c.key == ADMINISTRATOR).scalar_subquery()
        left = sa.select(sa.func.count()).where(
            users.c.org_id == org_id,
            users.c.active,
            users.c.delete_time.is_(None),
            role == sa.any_(users.c.role_ids),
        )
        if not transaction.execute(left).scalar():
            raise PreconditionError("LAST_ADMINISTRATOR")


def _status(draft: Draft) -> str:
    """Where somebody is on the way in or out; who is deleted gives up what made them a member (see `deleting`)."""
    if draft.values["active"]:
        return "active"
    before = draft.before
    if before is not None and before["delete_time"] is not None:
        return "not_invited"
    if before is not None and before["status"] in ("active", "deactivated"):
        return "deactivated"
    return "invited" if draft.values["invite_time"] else "not_invited"


USERS = Resource(users_pb2.User, users, UserHooks(), default_order="name")
