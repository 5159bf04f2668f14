"""`SessionService`: log-in, refresh, own sessions, log-out."""

import uuid
from collections.abc import Sequence
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
from identity.passwords.replacing import Replacement, Replacer
from identity.sessions import secrets, throttle
from identity.sessions.devices import Devices, knows
from identity.sessions.endings import end_session
from identity.sessions.issuer import Issuer, owner_id
from identity.sessions.lifetime import Lifetime
from identity.sessions.table import sessions
from identity.users.contact import entered
from identity.users.members import Member, active_members, as_member
from identity.users.table import logins, memberships


class SessionServicer:
    """Handlers of `SessionService`."""

    def __init__(
        self, database: Database, issuer: Issuer, second_step: SecondStep, devices: Devices, replacer: Replacer
    ) -> None:
        self._database = database
        self._replacer = replacer
        self._devices = devices
        self._issuer = issuer
        self._second_step = second_step

    def create_session(self, call: Call, request: sessions_pb2.CreateSessionRequest) -> sessions_pb2.SessionTokens:
        """Log in, or take the first of two steps."""
        address = call.principal.address
        limits = throttle.log_in_limits(request.email, address, known=knows(self._database, request.email, address))
        throttle.count(self._database, limits)
        wanted = ids.parse(request.organization_id)
        found = self._right(request.email, request.password, wanted)
        if found is None:
            ask(self._database, "refused", entered(request.email), device=request.device, address=address)
            raise UnauthenticatedError("WRONG_CREDENTIALS")
        members = [each for each in active_members(self._database, found.id) if wanted in (None, each.org_id)]
        if not members:
            raise UnauthenticatedError("WRONG_CREDENTIALS")
        if found.initial_until is not None:
            if not request.new_password:
                return sessions_pb2.SessionTokens(factors=["new_password"])
            found = self._chosen(call, found, members, request.new_password)
        challenge = self._second_step.challenge(found, members[0].org_id, members[0].user_id)
        if challenge is not None:
            token, purpose = challenge
            return sessions_pb2.SessionTokens(challenge=token, factors=FACTORS[purpose])
        tokens = self._begin(call, members[0], (found.id, found.password_hash), request.device)
        self._forget(found, request.email, address)
        return tokens

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
        self._forget(found, found.email, call.principal.address)
        return tokens

    def refresh_session(self, call: Call, request: sessions_pb2.RefreshSessionRequest) -> sessions_pb2.SessionTokens:
        """A new pair for a refresh token."""
        return self._issuer.renew(request.refresh_token, anew=request.anew)

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
            rows = transaction.execute(sessions_of(call.org_id, owner_id(call), lifetime)).all()
        return sessions_pb2.ListSessionsResponse(sessions=[session_message(row, call, lifetime) for row in rows])

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

    def _right(self, email: str, password: str, org_id: uuid.UUID | None) -> Any:
        """Whom address and password belong to; None when they do not belong together.

        The person's own log-in is tried first, then one that an organization stands for. Both are always tried before
        an attempt is refused, or the time it takes would tell which there are.
        """
        address = sa.func.lower(logins.c.email) == entered(email)
        lasting = sa.func.coalesce(logins.c.initial_until > sa.func.now(), sa.true())
        given = [
            address,
            lasting,
            logins.c.only_org_id.is_not(None) if org_id is None else logins.c.only_org_id == org_id,
        ]
        for conditions in ([address, logins.c.only_org_id.is_(None)], given):
            found = self._login(*conditions)
            if secrets.matches(found.password_hash if found else None, password):
                return self._rehashed(found, password) if secrets.outdated(found.password_hash) else found
        return None

    def _login(self, *conditions: sa.ColumnElement[bool]) -> Any:
        newest = sa.select(logins).where(*conditions).order_by(logins.c.create_time.desc()).limit(1)
        with self._database.work() as connection:
            return connection.execute(newest).first()

    def _chosen(self, call: Call, found: Any, members: Sequence[Member], password: str) -> Any:
        """The log-in with the person's own password in place of the one that an administrator set."""

        def claim(transaction: Transaction) -> bool:
            present = sa.select(logins.c.password_hash).where(logins.c.id == found.id)
            if transaction.execute(present).scalar() != found.password_hash:
                raise UnauthenticatedError("WRONG_CREDENTIALS")
            return True

        own = as_member(members[0].org_id, members[0].user_id, call.principal.address)
        self._replacer.replace(own, Replacement(found, members, "changed", "new_password", password, claim=claim))
        return self._login(logins.c.id == found.id)

    def _forget(self, found: Any, email: str, address: str) -> None:
        """The guesses of somebody who is in. Not for a password that an administrator set: they could set one for any
        address, and guess at its owner's for ever.
        """
        if found.only_org_id is None:
            throttle.forget(self._database, list(throttle.log_in_limits(email, address))[:1])

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


def sessions_of(org_id: uuid.UUID, user_id: uuid.UUID, lifetime: Lifetime) -> "sa.Select[Any]":
    """A user's sessions that go on."""
    return (
        sa.select(sessions)
        .where(sessions.c.org_id == org_id, sessions.c.user_id == user_id, *lifetime.goes_on())
        .order_by(sessions.c.create_time.desc())
        .limit(200)
    )


def session_message(row: Any, call: Call, lifetime: Lifetime) -> sessions_pb2.Session:
    """A session as people see it."""
    return sessions_pb2.Session(
        id=str(row.id),
        device=row.device,
        address=row.address,
        create_time=to_timestamp(row.create_time),
        last_use_time=to_timestamp(row.last_use_time),
        expire_time=to_timestamp(lifetime.end_of(row.create_time, row.expire_time)),
        current=str(row.id) == call.principal.session_id,
    )
