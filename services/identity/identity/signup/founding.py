"""A new organization: settings, the usual roles, the first administrator and their log-in, in one transaction."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.call import system_call
from chassis.database.connection import Transaction
from chassis.errors import PreconditionError
from chassis.ids import uuid7
from chassis.resources.drafting import made_draft
from chassis.service import Service
from identity.passwords.initial import forget_unproved
from identity.roles.rules import ADMINISTRATOR, seeded
from identity.signup.table import signups
from identity.users.table import logins, memberships, users


def found(service: Service, signup: Any, org_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Make the organization of a verified sign-up; does nothing when it is made already."""
    data: Mapping[str, Any] = signup.data
    with service.database.write(system_call(org_id)) as transaction:
        claimed = transaction.execute(
            sa.update(signups)
            .where(signups.c.id == signup.id, signups.c.org_id.is_(None))
            .values(org_id=org_id, user_id=user_id)
        )
        if not claimed.rowcount:
            return
        own = {name: data[name] for name in ("time_zone", "currency", "language")}
        _create(service, transaction, "organizations", [{"id": org_id, "name": data["organization_name"], **own}])
        place = ("zh", "en").index(data["language"])
        roles = [
            {
                "id": uuid7(),
                "name": role["names"][place],
                "key": role["key"],
                "grants": role["grants"],
                "field_rules": role.get("field_rules", []),
            }
            for role in seeded()
        ]
        _create(service, transaction, "roles", roles)
        administrator = next(role["id"] for role in roles if role["key"] == ADMINISTRATOR)
        member = {
            "id": user_id,
            "name": data["name"],
            **{name: data[name] for name in ("email", "phone") if data.get(name)},
            "active": True,
            "role_ids": [administrator],
            "language": data["language"],
        }
        _create(service, transaction, "users", [member])
        join(transaction, signup.email, signup.password_hash, user_id, data["organization_name"])


def join(transaction: Transaction, email: str, password_hash: str, user_id: uuid.UUID, organization_name: str) -> None:
    """Let a person who proved the address log in to the organization; one who is known keeps their password. One that
    its administrator set for them ends.
    """
    forget_unproved(transaction, [user_id])
    login_id = _proved_login(transaction, email, password_hash)
    row = {
        "login_id": login_id,
        "org_id": transaction.call.org_id,
        "user_id": user_id,
        "organization_name": organization_name,
        "last_use_time": datetime.now(UTC),
    }
    statement = insert(memberships).values(row)
    # A person is one member of an organization: another only takes the place of one who is gone.
    present = sa.select(sa.literal(1)).where(
        users.c.org_id == memberships.c.org_id, users.c.id == memberships.c.user_id, users.c.active
    )
    joined = transaction.execute(
        statement.on_conflict_do_update(
            index_elements=["login_id", "org_id"],
            set_={"user_id": statement.excluded.user_id},
            where=sa.or_(memberships.c.user_id == user_id, ~sa.exists(present)),
        )
    )
    if not joined.rowcount:
        raise PreconditionError("MEMBER_ALREADY")


def _proved_login(transaction: Transaction, email: str, password_hash: str) -> uuid.UUID:
    proved = logins.c.only_org_id.is_(None)
    made = insert(logins).values(id=uuid7(), email=email, password_hash=password_hash)
    known = sa.select(logins.c.id).where(sa.func.lower(logins.c.email) == email.lower(), proved)
    while True:
        transaction.execute(
            made.on_conflict_do_nothing(index_elements=[sa.func.lower(logins.c.email)], index_where=proved)
        )
        # Held: an administrator elsewhere may be about to set a password for the same log-in, which then is another.
        found: uuid.UUID | None = transaction.execute(known.with_for_update(read=True)).scalar()
        if found is not None:
            return found


def _create(service: Service, transaction: Transaction, module: str, rows: list[dict[str, Any]]) -> None:
    records = service.records[module]
    records.write(transaction, [made_draft(records.resource, row) for row in rows])
