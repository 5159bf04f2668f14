"""`PasswordService`: a person's own password, changed by them, or reset by a link to their mailbox."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError, UnauthenticatedError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.timers import schedule
from guanxi.identity.v1 import passwords_pb2
from identity.factors.table import challenges
from identity.mail import Mail, Transports
from identity.passwords.asked import ask
from identity.passwords.policy import Policy
from identity.passwords.table import password_resets
from identity.sessions import secrets, throttle
from identity.sessions.devices import knows
from identity.sessions.endings import end_api_token, end_session
from identity.sessions.issuer import owner_id
from identity.sessions.table import api_tokens, sessions
from identity.users.contact import contact_of, is_number
from identity.users.members import Member, active_members, as_member
from identity.users.table import logins, memberships

REPLACED = "password-replaced"


@dataclass(frozen=True)
class _Replacement:
    """A new password for somebody, and what to say when it cannot be."""

    login: Any
    members: Sequence[Member]
    # `changed` or `reset`.
    verb: str
    field: str
    password: str
    # The session that goes on.
    kept: uuid.UUID | None = None
    # Takes what entitles to it; false when somebody else took it first.
    claim: Callable[[Transaction], bool] = lambda _: True


class PasswordServicer:
    """Handlers of `PasswordService`."""

    def __init__(self, database: Database, mail: Mail, transports: Transports, public_url: str) -> None:
        self._database = database
        self._transports = transports
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def change_password(self, call: Call, request: passwords_pb2.ChangePasswordRequest) -> Empty:
        """Another password for who knows the present one."""
        user_id = owner_id(call)
        limits = {f"password:{call.org_id}:{user_id}": 10}
        throttle.count(self._database, limits)
        login = self._login_of(call.org_id, user_id)
        if login is None:
            raise UnauthenticatedError
        if not secrets.matches(login.password_hash, request.current_password):
            raise InvalidArgumentError.of("current_password", "WRONG_PASSWORD")
        throttle.forget(self._database, list(limits))
        members = active_members(self._database, login.id)
        # The organization it is done in comes first.
        members.sort(key=lambda member: member.org_id != call.org_id)
        kept = ids.parse(call.principal.session_id)
        self._replace(call, _Replacement(login, members, "changed", "new_password", request.new_password, kept))
        return Empty()

    def create_password_reset(
        self, call: Call, request: passwords_pb2.CreatePasswordResetRequest
    ) -> passwords_pb2.CreatePasswordResetResponse:
        """Have a link sent, if there is anybody to send it to."""
        contact = contact_of(request.email)
        if contact is None:
            raise InvalidArgumentError.of("email", self._transports.wrong(request.email))
        address = call.principal.address
        known = knows(self._database, contact, address)
        if is_number(contact):
            self._transports.require_sms("email")
            throttle.count_sms(self._database, "reset", contact, address, known=known)
        throttle.count(self._database, throttle.reset_limits(contact, address, known=known))
        ask(self._database, "reset", contact, address=address)
        return passwords_pb2.CreatePasswordResetResponse()

    def reset_password(self, call: Call, request: passwords_pb2.ResetPasswordRequest) -> Empty:
        """Another password for who has the link; it works once."""
        throttle.count(self._database, {f"reset-token:{call.principal.address}": 100})
        secret_hash = secrets.digest(request.token)
        login = self._login_of_link(secret_hash)
        members = active_members(self._database, login.id) if login else []
        if login is None or not members:
            raise _ended()

        def claim(transaction: Transaction) -> bool:
            taken = sa.delete(password_resets).where(
                password_resets.c.secret_hash == secret_hash, password_resets.c.expire_time > sa.func.now()
            )
            return transaction.execute(taken).rowcount == 1

        own = as_member(members[0].org_id, members[0].user_id, call.principal.address)
        self._replace(own, _Replacement(login, members, "reset", "password", request.password, claim=claim))
        return Empty()

    def replaced(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Timer handler: what a new password ends in the person's other organizations."""
        moment = datetime.fromisoformat(payload["time"])
        for org_id, user_id in payload["members"]:
            call = as_member(uuid.UUID(org_id), uuid.UUID(user_id), payload["address"])
            with self._database.write(call) as other:
                _end(other, uuid.UUID(user_id), payload["verb"], moment, kept=None)

    def _replace(self, call: Call, new: _Replacement) -> None:
        policy, name = Policy.strictest(new.members), new.members[0].name
        problems = policy.violations(new.password, new.login.email, name, field=new.field)
        if problems:
            raise InvalidArgumentError(violations=problems)
        password_hash = secrets.hash_password(new.password)
        with self._database.write(call) as transaction:
            login = transaction.execute(sa.select(logins).where(logins.c.id == new.login.id).with_for_update()).one()
            now = datetime.now(UTC)  # from here on nobody begins a session with the password before
            if policy.repeats(transaction, login.id, login.password_hash, new.password):
                raise InvalidArgumentError.of(new.field, "PASSWORD_REPEATED")
            if not new.claim(transaction):
                raise _ended()
            policy.remember(transaction, login.id, login.password_hash)
            transaction.execute(sa.update(logins).where(logins.c.id == login.id).values(password_hash=password_hash))
            for opened in (password_resets, challenges):
                transaction.execute(sa.delete(opened).where(opened.c.login_id == login.id))
            _end(transaction, new.members[0].user_id, new.verb, now, new.kept)
            self._elsewhere(transaction, new, now)
            self._tell(transaction, login.email, new.members[0])

    def _elsewhere(self, transaction: Transaction, new: _Replacement, moment: datetime) -> None:
        others = [[str(member.org_id), str(member.user_id)] for member in new.members[1:]]
        if others:
            address = transaction.call.principal.address
            payload = {"members": others, "verb": new.verb, "time": moment.isoformat(), "address": address}
            schedule(transaction, REPLACED, str(uuid7()), moment, payload)

    def _tell(self, transaction: Transaction, email: str, member: Member) -> None:
        values = {"link": f"{self._public_url}/forgot", "name": member.name}
        key = f"password-{uuid7()}"
        self._mail.post(transaction, email, "password_changed", member.language, values, request_id=key)

    def _login_of(self, org_id: uuid.UUID, user_id: uuid.UUID) -> Any:
        with self._database.work() as connection:
            return connection.execute(
                sa.select(logins)
                .join(memberships, memberships.c.login_id == logins.c.id)
                .where(memberships.c.org_id == org_id, memberships.c.user_id == user_id)
            ).first()

    def _login_of_link(self, secret_hash: bytes) -> Any:
        with self._database.work() as connection:
            return connection.execute(
                sa.select(logins)
                .join(password_resets, password_resets.c.login_id == logins.c.id)
                .where(
                    password_resets.c.secret_hash == secret_hash,
                    password_resets.c.expire_time > sa.func.now(),
                    sa.func.lower(password_resets.c.email) == sa.func.lower(logins.c.email),
                )
            ).first()


def _ended() -> InvalidArgumentError:
    return InvalidArgumentError.of("token", "RESET_ENDED")


def _end(transaction: Transaction, user_id: uuid.UUID, verb: str, moment: datetime, kept: uuid.UUID | None) -> None:
    """End what the old password opened, in one organization, and have the audit log say why."""
    older = sessions.c.create_time <= moment
    end_session(transaction, sessions.c.user_id == user_id, sessions.c.id.is_distinct_from(kept), older)
    if verb == "reset":
        end_api_token(transaction, api_tokens.c.user_id == user_id, api_tokens.c.create_time <= moment)
    emit(transaction, "identity.Password", verb, [Change(user_id, 1, None, None)])
