"""Passwords that an administrator sets for somebody else: good for choosing one's own, and for nothing else.

Nobody has shown that the address is theirs. So such a log-in belongs to the organization whose administrator made it:
it opens no other, no other may be joined with it, and whoever has the address, and proves it by a link sent there, has
a log-in of their own beside it. Whether the address is known elsewhere is neither asked nor told.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PreconditionError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from identity.factors.table import challenges
from identity.metadata import metadata
from identity.organizations.table import organizations
from identity.passwords.policy import Policy
from identity.passwords.table import password_resets
from identity.sessions import secrets
from identity.users.contact import log_in_name
from identity.users.members import sole_login
from identity.users.table import invitations, logins, memberships

LIFETIME = timedelta(days=7)


def give(transaction: Transaction, user: Mapping[str, Any], password: str, *, field: str) -> None:
    """Let a user in with this password. Raises InvalidArgumentError of `field`, or PreconditionError."""
    contact = log_in_name(user)
    if contact is None:
        raise PreconditionError("ADDRESS_MISSING")
    policy = Policy.of_organization(transaction)
    problems = policy.violations(password, contact, user["name"], user["user_name"] or "", field=field)
    if problems:
        raise InvalidArgumentError(violations=problems)
    org_id = transaction.call.org_id
    values = {
        "password_hash": secrets.hash_password(password),
        "only_org_id": org_id,
        "initial_until": datetime.now(UTC) + LIFETIME,
    }
    present = sole_login(transaction, user["id"])
    if present is None:
        _begin(transaction, user["id"], contact, values)
    else:
        policy.remember(transaction, present.id, present.password_hash)
        transaction.execute(sa.update(logins).where(logins.c.id == present.id).values(values))
        for opened in (password_resets, challenges):
            transaction.execute(sa.delete(opened).where(opened.c.login_id == present.id))
    transaction.execute(
        sa.delete(invitations).where(invitations.c.org_id == org_id, invitations.c.user_id == user["id"])
    )
    emit(transaction, "identity.Password", "assigned", [Change(user["id"], 1, None, None)])


def forget_unproved(transaction: Transaction, user_ids: Iterable[uuid.UUID]) -> None:
    """End the log-ins of these users that only this organization stands for."""
    org_id = transaction.call.org_id
    theirs = sa.select(memberships.c.login_id).where(
        memberships.c.org_id == org_id, memberships.c.user_id.in_(list(user_ids))
    )
    unproved = sa.select(logins.c.id).where(logins.c.only_org_id == org_id, logins.c.id.in_(theirs))
    ended = transaction.execute(unproved.with_for_update()).scalars().all()
    if ended:
        for column in _referring():
            transaction.execute(sa.delete(column.table).where(column.in_(ended)))
        transaction.execute(sa.delete(logins).where(logins.c.id.in_(ended)))


def is_unproved(transaction: Transaction, user_id: uuid.UUID) -> bool:
    """Whether a member logs in with what an administrator of this organization made, and nobody proved."""
    org_id = transaction.call.org_id
    found = (
        sa.select(logins.c.id)
        .join(memberships, memberships.c.login_id == logins.c.id)
        .where(memberships.c.org_id == org_id, memberships.c.user_id == user_id, logins.c.only_org_id.is_not(None))
    )
    return transaction.execute(found).first() is not None


def _begin(transaction: Transaction, user_id: uuid.UUID, contact: str, values: Mapping[str, Any]) -> None:
    org_id = transaction.call.org_id
    taken = sa.select(logins.c.id).where(
        sa.func.lower(logins.c.email) == contact.lower(), logins.c.only_org_id == org_id
    )
    if transaction.execute(taken).first() is not None:
        raise PreconditionError("LOGIN_TAKEN")
    login_id = uuid7()
    transaction.execute(sa.insert(logins).values(id=login_id, email=contact, **values))
    name = sa.select(organizations.c.name).where(organizations.c.org_id == org_id).scalar_subquery()
    row = {"login_id": login_id, "org_id": org_id, "user_id": user_id, "organization_name": name}
    transaction.execute(sa.insert(memberships).values(row))


def _referring() -> "Sequence[sa.Column[Any]]":
    """The columns that refer to log-ins."""
    return [
        key.parent
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table is logins and isinstance(key.parent, sa.Column)
    ]
