"""`PasswordService`: a person's own password, changed by them, or reset by a link to their mailbox."""

import uuid
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError, UnauthenticatedError
from chassis.rates import place_of
from guanxi.identity.v1 import passwords_pb2
from identity.mail import Transports
from identity.passwords.asked import ask
from identity.passwords.replacing import Replacement, Replacer, ended
from identity.passwords.table import password_resets
from identity.sessions import secrets, throttle
from identity.sessions.devices import knows
from identity.sessions.issuer import owner_id
from identity.users.contact import contact_of, is_number
from identity.users.members import active_members, as_member
from identity.users.table import logins, memberships


class PasswordServicer:
    """Handlers of `PasswordService`."""

    def __init__(self, database: Database, transports: Transports, replacer: Replacer) -> None:
        self._database = database
        self._transports = transports
        self._replacer = replacer

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
        self._replacer.replace(call, Replacement(login, members, "changed", "new_password", request.new_password, kept))
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
        throttle.count(self._database, {f"reset-token:{place_of(call.principal.address)}": 100})
        secret_hash = secrets.digest(request.token)
        login = self._login_of_link(secret_hash)
        members = active_members(self._database, login.id) if login else []
        if login is None or not members:
            raise ended()

        def claim(transaction: Transaction) -> bool:
            if login.only_org_id is not None and _is_proved(transaction, login.email):
                return False
            taken = sa.delete(password_resets).where(
                password_resets.c.secret_hash == secret_hash, password_resets.c.expire_time > sa.func.now()
            )
            return transaction.execute(taken).rowcount == 1

        own = as_member(members[0].org_id, members[0].user_id, call.principal.address)
        self._replacer.replace(own, Replacement(login, members, "reset", "password", request.password, claim=claim))
        return Empty()

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


def _is_proved(transaction: Transaction, email: str) -> bool:
    """Whether there is a log-in of the address that is its owner's."""
    found = sa.select(logins.c.id).where(sa.func.lower(logins.c.email) == email.lower(), logins.c.only_org_id.is_(None))
    return transaction.execute(found).first() is not None
