"""`SessionService`: log-in, refresh, own sessions, log-out."""

import uuid
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import NotFoundError, UnauthenticatedError
from chassis.resources.kinds import to_timestamp
from guanxi.identity.v1 import second_factors_pb2, sessions_pb2
from identity.factors.second_step import FACTORS, SecondStep
from identity.passwords.asked import ask
from identity.sessions import secrets, throttle
from identity.sessions.devices import Devices, knows
from identity.sessions.endings import end_session
from identity.sessions.issuer import Issuer, owner_id
from identity.sessions.lifetime import Lifetime
from identity.sessions.table import sessions
from identity.users.contact import entered
from identity.users.members import active_members
from identity.users.table import logins, memberships


class SessionServicer:
    """Handlers of `SessionService`."""

    def __init__(self, database: Database, issuer: Issuer, second_step: SecondStep, devices: Devices) -> None:
        self._database = database
        self._devices = devices
        self._issuer = issuer
        self._second_step = second_step

    def create_session(self, call: Call, request: sessions_pb2.CreateSessionRequest) -> sessions_pb2.SessionTokens:
        """Log in, or take the first of two steps."""
        address = call.principal.address
        limits = throttle.log_in_limits(request.email, address, known=knows(self._database, request.email, address))
        throttle.count(self._database, limits)
        found = self._right(request.email, request.password)
        if found is None:
            ask(self._database, "refused", entered(request.email), device=request.device, address=address)
            raise UnauthenticatedError("WRONG_CREDENTIALS")
        wanted = ids.parse(request.organization_id)
        for member in active_members(self._database, found.id):
            if wanted is not None and member.org_id != wanted:
                continue
            challenge = self._second_step.challenge(found, member.org_id, member.user_id)
            if challenge is not None:
                token, purpose = challenge
                return sessions_pb2.SessionTokens(challenge=token, factors=FACTORS[purpose])
            tokens = self._begin(call, member, (found.id, found.password_hash), request.device)
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
        tokens = self._begin(call, found, (found.login_id, found.password_hash), request.device)
        tokens.recovery_codes.extend(codes)
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
        with self._database.snapshot(call) as transaction:
            lifetime = Lifetime.of(transaction)
            rows = transaction.execute(
                sa.select(sessions)
                .where(sessions.c.org_id == call.org_id, sessions.c.user_id == owner_id(call), *lifetime.goes_on())
                .order_by(sessions.c.create_time.desc())
                .limit(200)
            ).all()
        return sessions_pb2.ListSessionsResponse(sessions=[_message(row, call, lifetime) for row in rows])

    def delete_session(self, call: Call, request: sessions_pb2.DeleteSessionRequest) -> Empty:
        """End one of the caller's sessions."""
        wanted = ids.parse(call.principal.session_id if request.id == "current" else request.id)
        with self._database.write(call) as transaction:
            mine = (sessions.c.id == wanted, sessions.c.user_id == owner_id(call))
            if wanted is None or not end_session(transaction, *mine):
                raise NotFoundError
        return Empty()

    def delete_other_sessions(self, call: Call, request: sessions_pb2.DeleteOtherSessionsRequest) -> Empty:
        """End every session of the caller but the one that calls."""
        kept = ids.parse(call.principal.session_id)
        with self._database.write(call) as transaction:
            mine = sessions.c.user_id == owner_id(call)
            end_session(transaction, mine, sessions.c.id.is_distinct_from(kept))
        return Empty()

    def _right(self, email: str, password: str) -> Any:
        """Whom address and password belong to; None when they do not belong together."""
        found = self._login(sa.func.lower(logins.c.email) == entered(email))
        if not secrets.matches(found.password_hash if found else None, password):
            return None
        return self._rehashed(found, password) if secrets.outdated(found.password_hash) else found

    def _login(self, condition: sa.ColumnElement[bool]) -> Any:
        with self._database.work() as connection:
            return connection.execute(sa.select(logins).where(condition)).first()

    def _begin(self, call: Call, member: Any, proof: tuple[uuid.UUID, str], device: str) -> sessions_pb2.SessionTokens:
        """A session for who proved to have this log-in, whose password had this hash. Raises UnauthenticatedError."""
        login_id, password_hash = proof

        def began(transaction: Transaction, session: sessions_pb2.CurrentSession, device: str, address: str) -> None:
            # Held until the session is there: a new password ends every session that was begun before it.
            held = sa.select(logins.c.password_hash).where(logins.c.id == login_id).with_for_update(read=True)
            if transaction.execute(held).scalar() != password_hash:
                raise UnauthenticatedError("WRONG_CREDENTIALS")
            self._devices.came(transaction, session, device, address)

        tokens = self._issuer.begin(member.org_id, member.user_id, device, call.principal.address, began)
        with self._database.work() as connection:
            connection.execute(
                sa.update(memberships)
                .where(memberships.c.login_id == login_id, memberships.c.org_id == member.org_id)
                .values(last_use_time=sa.func.now())
            )
        return tokens

    def _rehashed(self, found: Any, password: str) -> Any:
        """The log-in with the password kept under today's parameters; None when it is another password by now."""
        statement = (
            sa.update(logins)
            .where(logins.c.id == found.id, logins.c.password_hash == found.password_hash)
            .values(password_hash=secrets.hash_password(password))
            .returning(logins)
        )
        with self._database.work() as connection:
            renewed = connection.execute(statement).first()
        if renewed is not None:
            return renewed
        # Another log-in did it meanwhile, or a change of the password: what stands is not overwritten.
        present = self._login(logins.c.id == found.id)
        return present if present and secrets.matches(present.password_hash, password) else None


def _message(row: Any, call: Call, lifetime: Lifetime) -> sessions_pb2.Session:
    return sessions_pb2.Session(
        id=str(row.id),
        device=row.device,
        address=row.address,
        create_time=to_timestamp(row.create_time),
        last_use_time=to_timestamp(row.last_use_time),
        expire_time=to_timestamp(lifetime.end_of(row.create_time, row.expire_time)),
        current=str(row.id) == call.principal.session_id,
    )
