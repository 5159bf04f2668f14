"""The organizations that a person is an active member of, and what is done in their name."""

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.authz.access import Access
from chassis.call import Call, Principal, system_call
from chassis.database.connection import Database, Transaction
from chassis.errors import PreconditionError
from identity.organizations.table import organizations
from identity.users.table import logins, memberships, users


@dataclass(frozen=True)
class Member:
    """A person as an organization knows them, and what it asks of their password."""

    org_id: uuid.UUID
    user_id: uuid.UUID
    name: str
    language: str
    minimum_length: int | None
    history: int | None


def as_member(org_id: uuid.UUID, user_id: uuid.UUID, address: str) -> Call:
    """A call in the name of a person who is not logged in, such as one who opened a link from their mail."""
    return Call(Principal(org_id, user_id, "user", address=address), Access.everything())


def active_members(database: Database, login_id: uuid.UUID) -> list[Member]:
    """Where a person may enter, the last used first."""
    with database.work() as connection:
        rows = connection.execute(
            sa.select(memberships.c.org_id, memberships.c.user_id)
            .where(memberships.c.login_id == login_id)
            .order_by(memberships.c.last_use_time.desc())
        ).all()
    return [
        Member(
            row.org_id,
            row.user_id,
            found.name,
            found.language or found.organization_language,
            found.password_minimum_length,
            found.password_history,
        )
        for row in rows
        for found in database.read(system_call(row.org_id), _active(row.org_id, row.user_id))
    ]


def sole_login(transaction: Transaction, user_id: uuid.UUID) -> Any:
    """A member's log-in, locked; None of who is no member yet.

    Raises PreconditionError where it opens another organization, too: what one administrator changes holds for all.
    """
    org_id = transaction.call.org_id
    found = transaction.execute(
        sa.select(logins)
        .join(memberships, memberships.c.login_id == logins.c.id)
        .where(memberships.c.org_id == org_id, memberships.c.user_id == user_id)
        .with_for_update(of=logins)
    ).first()
    if found is not None:
        elsewhere = sa.select(memberships.c.org_id).where(
            memberships.c.login_id == found.id, memberships.c.org_id != org_id
        )
        if transaction.execute(elsewhere).first() is not None:
            raise PreconditionError("LOGIN_ELSEWHERE")
    return found


def _active(org_id: uuid.UUID, user_id: uuid.UUID) -> "sa.Select[tuple[object, ...]]":
    return (
        sa.select(
            users.c.name,
            users.c.language,
            organizations.c.language.label("organization_language"),
            organizations.c.password_minimum_length,
            organizations.c.password_history,
        )
        .join(organizations, organizations.c.org_id == users.c.org_id)
        .where(users.c.org_id == org_id, users.c.id == user_id, users.c.active, users.c.delete_time.is_(None))
    )
