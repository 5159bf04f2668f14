"""`SessionService`: log-in, refresh, own sessions, log-out."""

import uuid
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call, system_call
from chassis.database.connection import Database
from chassis.errors import NotFoundError, UnauthenticatedError
from chassis.resources.kinds import to_timestamp
from guanxi.identity.v1 import second_factors_pb2, sessions_pb2
from identity.factors.second_step import FACTORS, SecondStep
from identity.sessions import secrets, throttle
from identity.sessions.endings import end_session
from identity.sessions.issuer import Issuer, owner_id
from identity.sessions.table import sessions
from identity.users.table import logins, memberships, users


class SessionServicer:
    """Handlers of `SessionService`."""

    def __init__(self, database: Database, issuer: Issuer, second_step: SecondStep) -> None:
        self._database = database
        self._issuer = issuer
        self._second_step = second_step

    def create_session(self, call: Call, request: sessions_pb2.CreateSessionRequest) -> sessions_pb2.SessionTokens:
        """Log in, or take the first of two steps."""
        limits = throttle.log_in_limits(request.email, call.principal.address)
        throttle.count(self._database, limits)
        found = self._login(request.email)
        right = secrets.matches(found.password_hash if found else None, request.password)
        if not right or found is None:
            raise UnauthenticatedError("WRONG_CREDENTIALS")
        if secrets.outdated(found.password_hash):
            self._rehash(found.id, request.password)
        for org_id, user_id in self._active(found.id, ids.parse(request.organization_id)):
            challenge = self._second_step.challenge(found, org_id, user_id)
            if challenge is not None:
                token, purpose = challenge
                return sessions_pb2.SessionTokens(challenge=token, factors=FACTORS[purpose])
            tokens = self._issuer.begin(org_id, user_id, request.device, call.principal.address)
            self._touch(found.id, org_id)
            throttle.forget(self._database, list(limits)[:1])
            return tokens
        raise UnauthenticatedError("WRONG_CREDENTIALS")

    def enroll_session(
        self, call: Call, request: sessions_pb2.EnrollSessionRequest
    ) -> second_factors_pb2.SecondFactorSecret:
        """What to put into an app before the second step."""
        secret, uri = self._second_step.enroll(call, request.challenge)
        return second_factors_pb2.SecondFactorSecret(secret=secret, uri=uri)

    def verify_session(self, call: Call, request: sessions_pb2.VerifySessionRequest) -> sessions_pb2.SessionTokens:
        """Take the second step; the session is a new one."""
        found, codes = self._second_step.pass_with(call, request.challenge, request.code)
        tokens = self._issuer.begin(found.org_id, found.user_id, request.device, call.principal.address)
        tokens.recovery_codes.extend(codes)
        self._touch(found.login_id, found.org_id)
        throttle.forget(self._database, list(throttle.log_in_limits(found.email, call.principal.address))[:1])
        return tokens

    def refresh_session(self, call: Call, request: sessions_pb2.RefreshSessionRequest) -> sessions_pb2.SessionTokens:
        """A new pair for a refresh token."""
        return self._issuer.renew(request.refresh_token)

    def get_current_session(
        self, call: Call, request: sessions_pb2.GetCurrentSessionRequest
    ) -> sessions_pb2.CurrentSession:
        """Who the caller is."""
        with self._database.snapshot(call) as transaction:
            session = self._issuer.describe(transaction, owner_id(call))
        session.session_id = call.principal.session_id
        return session

    def list_sessions(self, call: Call, request: sessions_pb2.ListSessionsRequest) -> sessions_pb2.ListSessionsResponse:
        """The caller's own sessions that go on."""
        rows = self._database.read(
            call,
            sa.select(sessions)
            .where(
                sessions.c.org_id == call.org_id,
                sessions.c.user_id == owner_id(call),
                sessions.c.end_time.is_(None),
                sessions.c.expire_time > sa.func.now(),
            )
            .order_by(sessions.c.create_time.desc())
            .limit(200),
        )
        return sessions_pb2.ListSessionsResponse(sessions=[_message(row, call) for row in rows])

    def delete_session(self, call: Call, request: sessions_pb2.DeleteSessionRequest) -> Empty:
        """End one of the caller's sessions."""
        wanted = ids.parse(call.principal.session_id if request.id == "current" else request.id)
        with self._database.write(call) as transaction:
            mine = (sessions.c.id == wanted, sessions.c.user_id == owner_id(call))
            if wanted is None or not end_session(transaction, *mine):
                raise NotFoundError
        return Empty()

    def _login(self, email: str) -> Any:
        with self._database.work() as connection:
            return connection.execute(
                sa.select(logins).where(sa.func.lower(logins.c.email) == email.strip().lower())
            ).first()

    def _active(self, login_id: uuid.UUID, wanted: uuid.UUID | None) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """(organization, user) the person may enter, the last used first."""
        with self._database.work() as connection:
            rows = connection.execute(
                sa.select(memberships.c.org_id, memberships.c.user_id)
                .where(memberships.c.login_id == login_id)
                .order_by(memberships.c.last_use_time.desc())
            ).all()
        found = []
        for row in rows:
            if wanted is not None and row.org_id != wanted:
                continue
            member = sa.select(users.c.id).where(
                users.c.org_id == row.org_id, users.c.id == row.user_id, users.c.active, users.c.delete_time.is_(None)
            )
            if self._database.read(system_call(row.org_id), member):
                found.append((row.org_id, row.user_id))
        return found

    def _touch(self, login_id: uuid.UUID, org_id: uuid.UUID) -> None:
        with self._database.work() as connection:
            connection.execute(
                sa.update(memberships)
                .where(memberships.c.login_id == login_id, memberships.c.org_id == org_id)
                .values(last_use_time=sa.func.now())
            )

    def _rehash(self, login_id: uuid.UUID, password: str) -> None:
        with self._database.work() as connection:
            connection.execute(
                sa.update(logins).where(logins.c.id == login_id).values(password_hash=secrets.hash_password(password))
            )


def _message(row: Any, call: Call) -> sessions_pb2.Session:
    return sessions_pb2.Session(
        id=str(row.id),
        device=row.device,
        address=row.address,
        create_time=to_timestamp(row.create_time),
        last_use_time=to_timestamp(row.last_use_time),
        current=str(row.id) == call.principal.session_id,
    )
