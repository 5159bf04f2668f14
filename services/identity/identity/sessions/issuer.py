"""Sessions begun, renewed and ended: pairs of a short access token and a refresh token that is used once."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chassis.authz.tokens import LIFETIME, Claims, sign
from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction
from chassis.errors import UnauthenticatedError
from chassis.ids import uuid7
from guanxi.identity.v1 import sessions_pb2
from identity.clients.table import api_clients
from identity.factors.keeping import is_missing
from identity.organizations.table import organizations
from identity.preferences.table import preferences
from identity.roles.table import roles
from identity.sessions import secrets
from identity.sessions.endings import end_session
from identity.sessions.happenings import tell
from identity.sessions.keys import SigningKeys
from identity.sessions.lifetime import Lifetime
from identity.sessions.table import sessions
from identity.users.members import as_member
from identity.users.table import memberships, users

# Two tabs may send the same refresh token at once; later than this it is a theft.
REUSE_GRACE = timedelta(seconds=10)

Tokens = sessions_pb2.SessionTokens
Began = Callable[[Transaction, sessions_pb2.CurrentSession, str, str], None]


class Issuer:
    """Makes tokens."""

    def __init__(self, database: Database, keys: SigningKeys) -> None:
        self._database = database
        self._keys = keys

    def begin(self, org_id: uuid.UUID, user_id: uuid.UUID, device: str, address: str, began: Began) -> Tokens:
        """A new session for an active member; `began` is called in its transaction. Raises UnauthenticatedError."""
        token, token_hash = secrets.opaque(org_id)
        now = datetime.now(UTC)
        with self._database.write(as_member(org_id, user_id, address)) as transaction:
            session = self.describe(transaction, user_id)
            row = {
                "org_id": org_id,
                "id": uuid7(),
                "user_id": user_id,
                "refresh_hash": token_hash,
                "device": device[:200],
                "address": address[:60],
                "create_time": now,
                "last_use_time": now,
                "expire_time": now + Lifetime.of(transaction).total,
            }
            transaction.execute(sa.insert(sessions).values(row))
            session.session_id = str(row["id"])
            tell(transaction, "created", user_id, session_id=session.session_id, device=device, address=address)
            began(transaction, session, device, address)
            return self._tokens(transaction, user_id, session, token)

    def renew(self, refresh_token: str, *, anew: bool = False) -> sessions_pb2.SessionTokens:
        """A new pair, on request of a session with a new id; a token used again ends the session. Raises
        UnauthenticatedError.
        """
        presented = secrets.parts(refresh_token)
        if presented is None:
            raise UnauthenticatedError("TOKEN_EXPIRED")
        org_id, token_hash = presented
        with self._database.write(system_call(org_id)) as transaction:
            row = self._session(transaction, token_hash)
            # A session from before the organization demanded a second factor of everybody ends, too.
            if row is not None and (_stolen(row, token_hash) or is_missing(transaction, row.user_id)):
                end_session(transaction, sessions.c.id == row.id)
            elif row is not None:
                return self._follow(transaction, row) if anew else self._rotate(transaction, row, org_id)
        raise UnauthenticatedError("TOKEN_EXPIRED")

    def access_token(
        self,
        transaction: Transaction,
        user_id: uuid.UUID,
        session_id: str,
        kind: str,
        *,
        seconds: int = LIFETIME,
        scope: str = "",
        rate: int = 0,
    ) -> str:
        """A signed access token of 5 minutes or less; `scope` and `rate` are of a program's (see `Claims`)."""
        version = transaction.execute(
            sa.select(organizations.c.policy_version).where(organizations.c.org_id == transaction.call.org_id)
        ).scalar_one()
        key_id, key = self._keys.current()
        ends = int(time.time()) + seconds
        claims = Claims(user_id, transaction.call.org_id, session_id, kind, version, ends, scope, rate)
        return sign(key_id, key, claims)

    def describe(self, transaction: Transaction, user_id: uuid.UUID) -> sessions_pb2.CurrentSession:
        """Who an active member is, or an API client. Raises UnauthenticatedError."""
        org_id = transaction.call.org_id
        row = transaction.execute(
            sa.select(
                users,
                organizations.c.name.label("organization_name"),
                organizations.c.time_zone,
                organizations.c.currency,
                organizations.c.language.label("organization_language"),
                preferences.c.time_zone.label("own_time_zone"),
                sa.func.coalesce(preferences.c.date_format, organizations.c.date_format).label("date_format"),
                sa.func.coalesce(preferences.c.number_format, organizations.c.number_format).label("number_format"),
                organizations.c.fiscal_year_start_month,
                organizations.c.logo_digest,
            )
            .join(organizations, organizations.c.org_id == users.c.org_id)
            .outerjoin(
                preferences, sa.and_(preferences.c.org_id == users.c.org_id, preferences.c.user_id == users.c.id)
            )
            .where(users.c.org_id == org_id, users.c.id == user_id, users.c.active, users.c.delete_time.is_(None))
        ).first()
        if row is None:
            return self._program(transaction, user_id)
        keys = transaction.execute(
            sa.select(roles.c.key).where(roles.c.org_id == org_id, roles.c.id.in_(row.role_ids))
        ).scalars()
        return sessions_pb2.CurrentSession(
            user_id=str(user_id),
            user_name=row.name,
            email=row.email or "",
            organization_id=str(org_id),
            organization_name=row.organization_name,
            time_zone=row.time_zone,
            currency=row.currency,
            language=row.language or row.organization_language,
            own_time_zone=row.own_time_zone or row.time_zone,
            date_format=row.date_format,
            number_format=row.number_format,
            fiscal_year_start_month=row.fiscal_year_start_month,
            logo_digest=row.logo_digest,
            role_keys=sorted(key for key in keys if key),
            memberships=self._memberships(transaction, user_id),
        )

    def _program(self, transaction: Transaction, client_id: uuid.UUID) -> sessions_pb2.CurrentSession:
        """Who an API client is. Raises UnauthenticatedError."""
        org_id = transaction.call.org_id
        row = transaction.execute(
            sa.select(api_clients.c.name.label("client_name"), organizations)
            .join(organizations, organizations.c.org_id == api_clients.c.org_id)
            .where(api_clients.c.org_id == org_id, api_clients.c.id == client_id, api_clients.c.delete_time.is_(None))
        ).first()
        if row is None:
            raise UnauthenticatedError
        return sessions_pb2.CurrentSession(
            user_id=str(client_id),
            user_name=row.client_name,
            organization_id=str(org_id),
            organization_name=row.name,
            time_zone=row.time_zone,
            currency=row.currency,
            language=row.language,
        )

    def _memberships(self, transaction: Transaction, user_id: uuid.UUID) -> list[sessions_pb2.Membership]:
        """The organizations of the person who logs in as this user; never found by an address, which others may edit."""
        mine = sa.select(memberships.c.login_id).where(
            memberships.c.org_id == transaction.call.org_id, memberships.c.user_id == user_id
        )
        rows = transaction.execute(
            sa.select(memberships.c.org_id, memberships.c.organization_name)
            .where(memberships.c.login_id.in_(mine))
            .order_by(memberships.c.last_use_time.desc())
        )
        return [
            sessions_pb2.Membership(organization_id=str(row.org_id), organization_name=row.organization_name)
            for row in rows
        ]

    def _session(self, transaction: Transaction, token_hash: bytes) -> Any:
        return transaction.execute(
            sa.select(sessions)
            .where(
                sessions.c.org_id == transaction.call.org_id,
                sa.or_(sessions.c.refresh_hash == token_hash, sessions.c.previous_hash == token_hash),
                *Lifetime.of(transaction).goes_on(),
            )
            .with_for_update()
        ).first()

    def _rotate(self, transaction: Transaction, row: Any, org_id: uuid.UUID) -> sessions_pb2.SessionTokens:
        session = self.describe(transaction, row.user_id)
        token, token_hash = secrets.opaque(org_id)
        transaction.execute(
            sa.update(sessions)
            .where(sessions.c.org_id == org_id, sessions.c.id == row.id)
            .values(
                refresh_hash=token_hash,
                previous_hash=row.refresh_hash,
                rotate_time=sa.func.now(),
                last_use_time=sa.func.now(),
            )
        )
        session.session_id = str(row.id)
        return self._tokens(transaction, row.user_id, session, token)

    def _follow(self, transaction: Transaction, row: Any) -> sessions_pb2.SessionTokens:
        """Another session in the place of this one, which ends; it lasts no longer than this would have. The token before
        is worth nothing from now on: whoever sends it again ends this session, too.
        """
        session = self.describe(transaction, row.user_id)
        token, token_hash = secrets.opaque(row.org_id)
        now = datetime.now(UTC)
        kept = ("org_id", "user_id", "device", "address", "create_time", "expire_time")
        follower = {name: getattr(row, name) for name in kept} | {
            "id": uuid7(),
            "refresh_hash": token_hash,
            "previous_hash": row.refresh_hash,
            "rotate_time": now - 2 * REUSE_GRACE,
            "last_use_time": now,
        }
        transaction.execute(sa.insert(sessions).values(follower))
        session.session_id = str(follower["id"])
        place = {"device": row.device, "address": row.address}
        tell(transaction, "renewed", row.user_id, session_id=session.session_id, **place)
        end_session(transaction, sessions.c.id == row.id)
        return self._tokens(transaction, row.user_id, session, token)

    def _tokens(
        self, transaction: Transaction, user_id: uuid.UUID, session: sessions_pb2.CurrentSession, refresh_token: str
    ) -> sessions_pb2.SessionTokens:
        return sessions_pb2.SessionTokens(
            access_token=self.access_token(transaction, user_id, session.session_id, "user"),
            refresh_token=refresh_token,
            expires_in=LIFETIME,
            session=session,
        )


def _stolen(row: Any, token_hash: bytes) -> bool:
    """A refresh token that was used before, and not just now."""
    return bytes(row.refresh_hash) != token_hash and datetime.now(UTC) - row.rotate_time > REUSE_GRACE


def lifetime(ends: datetime | None) -> int:
    """Seconds of an access token that must not outlive what it was made for."""
    return LIFETIME if ends is None else max(1, min(LIFETIME, int((ends - datetime.now(UTC)).total_seconds())))


def owner_id(call: Call) -> uuid.UUID:
    """The signed-in user. Raises UnauthenticatedError."""
    if call.principal.user_id is None:
        raise UnauthenticatedError
    return call.principal.user_id
