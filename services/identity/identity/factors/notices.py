"""Mails that tell a person what happened to their second factor."""

import uuid

import sqlalchemy as sa

from chassis.database.connection import Transaction
from chassis.ids import uuid7
from identity.mail import Mail
from identity.organizations.table import organizations
from identity.users.table import logins, memberships, users


class Notices:
    """Posts them with the change they tell of."""

    def __init__(self, mail: Mail, public_url: str) -> None:
        self._mail = mail
        self._link = f"{public_url.rstrip('/')}/login"

    def post(self, transaction: Transaction, template: str, user_id: uuid.UUID) -> None:
        """Tell a member, in their language, at an address that is proved to be theirs."""
        org_id = transaction.call.org_id
        row = transaction.execute(
            sa.select(
                logins.c.email,
                logins.c.only_org_id,
                users.c.name,
                users.c.language,
                organizations.c.name.label("organization"),
                organizations.c.language.label("usual"),
            )
            .join(organizations, organizations.c.org_id == users.c.org_id)
            .join(memberships, sa.and_(memberships.c.org_id == users.c.org_id, memberships.c.user_id == users.c.id))
            .join(logins, logins.c.id == memberships.c.login_id)
            .where(users.c.org_id == org_id, users.c.id == user_id)
        ).one()
        if row.only_org_id is not None:
            return
        values = {"name": row.name, "organization": row.organization, "link": self._link}
        request_id = f"{template}-{uuid7()}"
        self._mail.post(transaction, row.email, template, row.language or row.usual, values, request_id=request_id)
