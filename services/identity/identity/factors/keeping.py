"""Second factors as they are kept: sealed secrets, hashed recovery codes, and codes that are accepted once."""

import time
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Database, Transaction
from chassis.events.outbox import Change, emit
from chassis.rates import place_of
from chassis.sealing import Seal
from identity.factors.codes import new_recovery_codes, recovery_hash, step_of
from identity.factors.table import recovery_codes, second_factors
from identity.organizations.table import organizations
from identity.sessions import throttle
from identity.users.table import memberships

_TABLE = "second_factors"


class SecondFactors:
    """Reads and changes them; what must be proved first is proved by who calls."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def find(self, transaction: Transaction, login_id: uuid.UUID) -> Any:
        """The row of a person; None when they never had one."""
        return transaction.execute(sa.select(second_factors).where(second_factors.c.login_id == login_id)).first()

    def accept(self, transaction: Transaction, login_id: uuid.UUID, code: str) -> bool:
        """Use a code of the app or a recovery code; false when it is wrong or was used."""
        return self._accept_totp(transaction, login_id, code) or _accept_recovery(transaction, login_id, code)

    def propose(self, transaction: Transaction, login_id: uuid.UUID, secret: str) -> None:
        """Keep a secret until it is confirmed; an earlier one that waits is forgotten."""
        sealed = self._seal.close(secret.encode(), _TABLE, login_id)
        statement = insert(second_factors).values(login_id=login_id, pending=sealed)
        transaction.execute(
            statement.on_conflict_do_update(index_elements=["login_id"], set_={"pending": statement.excluded.pending})
        )

    def confirm(self, transaction: Transaction, login_id: uuid.UUID, code: str) -> list[str]:
        """Put the proposed secret in force; its recovery codes, none when the code is not of it."""
        row = self.find(transaction, login_id)
        if row is None or row.pending is None:
            return []
        step = step_of(self._open(row.pending, login_id), code, time.time())
        if step is None:
            return []
        confirmed = transaction.execute(
            sa.update(second_factors)
            .where(second_factors.c.login_id == login_id, second_factors.c.pending == row.pending)
            .values(secret=row.pending, pending=None, last_step=step, enroll_time=sa.func.now())
        )
        return renew_codes(transaction, login_id) if confirmed.rowcount else []

    def enroll(self, transaction: Transaction, login_id: uuid.UUID, secret: str, code: str) -> list[str]:
        """Put a secret in force for somebody who has none; its recovery codes, none when the code is not of it, or when
        there is a second factor already.
        """
        step = step_of(secret, code, time.time())
        if step is None:
            return []
        sealed = self._seal.close(secret.encode(), _TABLE, login_id)
        values = {"secret": sealed, "pending": None, "last_step": step, "enroll_time": sa.func.now()}
        statement = insert(second_factors).values(login_id=login_id, **values)
        enrolled = transaction.execute(
            statement.on_conflict_do_update(
                index_elements=["login_id"], set_=values, where=second_factors.c.secret.is_(None)
            )
        )
        return renew_codes(transaction, login_id) if enrolled.rowcount else []

    def _accept_totp(self, transaction: Transaction, login_id: uuid.UUID, code: str) -> bool:
        row = self.find(transaction, login_id)
        step = step_of(self._open(row.secret, login_id), code, time.time()) if row is not None and row.secret else None
        if row is None or step is None:
            return False
        # Two replicas may be given one code: the row's lock lets one of them count it.
        used = transaction.execute(
            sa.update(second_factors)
            .where(
                second_factors.c.login_id == login_id,
                second_factors.c.secret == row.secret,
                second_factors.c.last_step < step,
            )
            .values(last_step=step)
        )
        return bool(used.rowcount)

    def _open(self, sealed: bytes, login_id: uuid.UUID) -> str:
        return self._seal.open(bytes(sealed), _TABLE, login_id).decode()


def _accept_recovery(transaction: Transaction, login_id: uuid.UUID, code: str) -> bool:
    used = transaction.execute(
        sa.delete(recovery_codes).where(
            recovery_codes.c.login_id == login_id, recovery_codes.c.code_hash == recovery_hash(login_id, code)
        )
    )
    return bool(used.rowcount)


def renew_codes(transaction: Transaction, login_id: uuid.UUID) -> list[str]:
    """New recovery codes in place of the old ones."""
    transaction.execute(sa.delete(recovery_codes).where(recovery_codes.c.login_id == login_id))
    codes = new_recovery_codes()
    rows = [{"login_id": login_id, "code_hash": recovery_hash(login_id, code)} for code in codes]
    transaction.execute(sa.insert(recovery_codes), rows)
    return codes


def remove(transaction: Transaction, login_id: uuid.UUID) -> bool:
    """Forget a person's second factor and recovery codes; whether there was one in force."""
    transaction.execute(sa.delete(recovery_codes).where(recovery_codes.c.login_id == login_id))
    removed = transaction.execute(
        sa.delete(second_factors).where(second_factors.c.login_id == login_id).returning(second_factors.c.enroll_time)
    ).first()
    return removed is not None and removed.enroll_time is not None


def is_required(transaction: Transaction) -> bool:
    """Whether the organization demands one."""
    demanded = sa.select(organizations.c.second_factor_required)
    return bool(transaction.execute(demanded.where(organizations.c.org_id == transaction.call.org_id)).scalar())


def is_missing(transaction: Transaction, user_id: uuid.UUID) -> bool:
    """Whether the organization demands a second factor that this member has not."""
    if not is_required(transaction):
        return False
    enrolled = (
        sa.select(second_factors.c.login_id)
        .join(memberships, memberships.c.login_id == second_factors.c.login_id)
        .where(
            memberships.c.org_id == transaction.call.org_id,
            memberships.c.user_id == user_id,
            second_factors.c.secret.is_not(None),
        )
    )
    return transaction.execute(enrolled).first() is None


def tell(transaction: Transaction, verb: str, user_ids: Sequence[uuid.UUID]) -> None:
    """For the audit log."""
    emit(transaction, "identity.SecondFactor", verb, [Change(user_id, 1, None, None) for user_id in user_ids])


def count_guess(database: Database, login_id: uuid.UUID, address: str) -> None:
    """Count an attempt at a code or a password of somebody known. Raises ExhaustedError.

    By account there are fewer than at log-in: who gets here knows the password, or has a session.
    """
    place = place_of(address)
    limits = {f"factor:{login_id}:{place}": 10, f"factor-address:{place}": 100, f"factor-account:{login_id}": 30}
    throttle.count(database, limits)


def forget_guesses(database: Database, login_id: uuid.UUID, address: str) -> None:
    """After a success."""
    throttle.forget(database, [f"factor:{login_id}:{place_of(address)}", f"factor-account:{login_id}"])
