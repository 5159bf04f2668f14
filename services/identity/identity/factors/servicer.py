"""`SecondFactorService`: a person's own second factor."""

from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PreconditionError
from chassis.resources.kinds import to_timestamp
from guanxi.identity.v1 import second_factors_pb2
from identity.factors.codes import new_secret, uri
from identity.factors.keeping import (
    SecondFactors,
    count_guess,
    forget_guesses,
    is_required,
    remove,
    renew_codes,
    tell,
)
from identity.factors.notices import Notices
from identity.factors.table import recovery_codes
from identity.sessions.endings import end_session
from identity.sessions.issuer import owner_id
from identity.sessions.secrets import matches
from identity.sessions.table import sessions
from identity.users.table import logins, memberships


class SecondFactorServicer:
    """Handlers of `SecondFactorService`."""

    def __init__(self, database: Database, factors: SecondFactors, notices: Notices) -> None:
        self._database = database
        self._factors = factors
        self._notices = notices

    def get_second_factor(
        self, call: Call, request: second_factors_pb2.GetSecondFactorRequest
    ) -> second_factors_pb2.SecondFactor:
        """Whether there is one, and whether there must be."""
        with self._database.snapshot(call) as transaction:
            login = _login(transaction)
            row = self._factors.find(transaction, login.id)
            left = sa.select(sa.func.count()).where(recovery_codes.c.login_id == login.id)
            enrolled = row is not None and row.secret is not None
            return second_factors_pb2.SecondFactor(
                enrolled=enrolled,
                enroll_time=to_timestamp(row.enroll_time) if enrolled else None,
                recovery_codes_left=transaction.execute(left).scalar_one(),
                required=is_required(transaction),
            )

    def create_second_factor(
        self, call: Call, request: second_factors_pb2.CreateSecondFactorRequest
    ) -> second_factors_pb2.SecondFactorSecret:
        """A secret to be confirmed."""
        login = self._proved(call, request.password)
        secret = new_secret()
        with self._database.write(call) as transaction:
            row = self._factors.find(transaction, login.id)
            right = row is None or row.secret is None or self._accepted(transaction, login, request.code)
            if right:
                self._factors.propose(transaction, login.id, secret)
        _refuse_unless(right)
        return second_factors_pb2.SecondFactorSecret(
            secret=secret, uri=uri(secret, login.email, login.organization_name)
        )

    def confirm_second_factor(
        self, call: Call, request: second_factors_pb2.ConfirmSecondFactorRequest
    ) -> second_factors_pb2.RecoveryCodes:
        """Put it in force; sessions that began without it end."""
        with self._database.snapshot(call) as transaction:
            login = _login(transaction)
        count_guess(self._database, login.id, call.principal.address)
        with self._database.write(call) as transaction:
            codes = self._factors.confirm(transaction, login.id, request.code)
            tell(transaction, "enrolled" if codes else "refused", [owner_id(call)])
        _refuse_unless(bool(codes))
        self._end_others(call, login)
        forget_guesses(self._database, login.id, call.principal.address)
        return second_factors_pb2.RecoveryCodes(recovery_codes=codes)

    def delete_second_factor(self, call: Call, request: second_factors_pb2.DeleteSecondFactorRequest) -> Empty:
        """Do without one from now on."""
        login = self._proved(call, request.password)
        with self._database.write(call) as transaction:
            if is_required(transaction):
                raise PreconditionError("SECOND_FACTOR_REQUIRED")
            right = self._accepted(transaction, login, request.code)
            if right:
                remove(transaction, login.id)
                tell(transaction, "removed", [owner_id(call)])
                self._notices.post(transaction, "second_factor_removed", owner_id(call))
        _refuse_unless(right)
        forget_guesses(self._database, login.id, call.principal.address)
        return Empty()

    def create_recovery_codes(
        self, call: Call, request: second_factors_pb2.CreateRecoveryCodesRequest
    ) -> second_factors_pb2.RecoveryCodes:
        """New ones for the old."""
        login = self._proved(call, request.password)
        with self._database.write(call) as transaction:
            right = self._accepted(transaction, login, request.code)
            codes = renew_codes(transaction, login.id) if right else []
            if right:
                tell(transaction, "codes_renewed", [owner_id(call)])
        _refuse_unless(right)
        forget_guesses(self._database, login.id, call.principal.address)
        return second_factors_pb2.RecoveryCodes(recovery_codes=codes)

    def _proved(self, call: Call, password: str) -> Any:
        """The caller's log-in, once they have shown that they know its password."""
        with self._database.snapshot(call) as transaction:
            login = _login(transaction)
        count_guess(self._database, login.id, call.principal.address)
        if not matches(login.password_hash, password):
            raise InvalidArgumentError.of("password", "WRONG_PASSWORD")
        return login

    def _accepted(self, transaction: Transaction, login: Any, code: str) -> bool:
        right = self._factors.accept(transaction, login.id, code)
        if not right:
            tell(transaction, "refused", [owner_id(transaction.call)])
        return right

    def _end_others(self, call: Call, login: Any) -> None:
        """End the person's sessions in all organizations but the one that calls."""
        mine = ids.parse(call.principal.session_id)
        with self._database.work() as connection:
            member_of = sa.select(memberships.c.org_id, memberships.c.user_id).where(memberships.c.login_id == login.id)
            found = connection.execute(member_of).all()
        for org_id, user_id in found:
            with self._database.write(system_call(org_id, of=call)) as transaction:
                end_session(transaction, sessions.c.user_id == user_id, sessions.c.id.is_distinct_from(mine))


def _login(transaction: Transaction) -> Any:
    """The caller's log-in. Raises NotFoundError."""
    call = transaction.call
    found = transaction.execute(
        sa.select(logins, memberships.c.organization_name)
        .join(memberships, memberships.c.login_id == logins.c.id)
        .where(memberships.c.org_id == call.org_id, memberships.c.user_id == owner_id(call))
    ).first()
    if found is None:
        raise NotFoundError
    return found


def _refuse_unless(right: bool) -> None:
    """After the transaction: that somebody tried is in the audit log."""
    if not right:
        raise InvalidArgumentError.of("code", "WRONG_SECOND_FACTOR")
