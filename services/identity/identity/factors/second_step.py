"""The second step of a log-in: a challenge in place of tokens, and what answers it."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError, PreconditionError, UnauthenticatedError
from chassis.sealing import Seal
from identity.factors.codes import new_secret, uri
from identity.factors.keeping import SecondFactors, count_guess, forget_guesses, is_required, tell
from identity.factors.table import challenges
from identity.organizations.table import organizations
from identity.sessions.secrets import digest
from identity.users.table import logins

LIFETIME = timedelta(minutes=5)
MOST_ATTEMPTS = 5
# What answers a challenge, by its purpose.
FACTORS = {"enroll": ("enroll",), "verify": ("totp", "recovery_code")}


class SecondStep:
    """Makes challenges and takes their answers; it begins no session itself."""

    def __init__(self, database: Database, seal: Seal, factors: SecondFactors) -> None:
        self._database = database
        self._seal = seal
        self._factors = factors

    def challenge(self, login: Any, org_id: uuid.UUID, user_id: uuid.UUID) -> tuple[str, str] | None:
        """Challenge and purpose, in place of tokens; None where the password is enough."""
        with self._database.write(system_call(org_id)) as transaction:
            row = self._factors.find(transaction, login.id)
            enrolled = row is not None and row.secret is not None
            if not enrolled and not is_required(transaction):
                return None
            token, purpose = secrets.token_urlsafe(32), "verify" if enrolled else "enroll"
            ended = sa.delete(challenges).where(challenges.c.expire_time < sa.func.now())
            transaction.execute(ended.where(challenges.c.login_id == login.id))
            transaction.execute(
                sa.insert(challenges).values(
                    token_hash=digest(token),
                    login_id=login.id,
                    org_id=org_id,
                    user_id=user_id,
                    purpose=purpose,
                    password_digest=digest(login.password_hash),
                    expire_time=sa.func.now() + LIFETIME,
                )
            )
        return token, purpose

    def enroll(self, call: Call, token: str) -> tuple[str, str]:
        """Secret and URI that a challenge enrolls, the same each time it is asked for. Raises UnauthenticatedError."""
        found = self._find(token)
        if found.purpose != "enroll":
            raise PreconditionError("SECOND_FACTOR_ENROLLED")
        with self._database.write(system_call(found.org_id, of=call)) as transaction:
            locked = sa.select(challenges.c.secret).where(challenges.c.token_hash == found.token_hash)
            sealed = transaction.execute(locked.with_for_update()).scalar()
            secret = self._open(sealed, found.login_id) if sealed else new_secret()
            if not sealed:
                sealed = self._seal.close(secret.encode(), "challenges", found.login_id)
                kept = sa.update(challenges).where(challenges.c.token_hash == found.token_hash)
                transaction.execute(kept.values(secret=sealed))
            name = sa.select(organizations.c.name).where(organizations.c.org_id == found.org_id)
            return secret, uri(secret, found.email, transaction.execute(name).scalar_one())

    def pass_with(self, call: Call, token: str, code: str) -> tuple[Any, list[str]]:
        """The challenge that this code answers, and the recovery codes of a second factor that it enrolled.

        Raises UnauthenticatedError when the challenge has ended, InvalidArgumentError when the code is wrong.
        """
        found = self._find(token, attempt=1)
        address = call.principal.address
        count_guess(self._database, found.login_id, address)
        with self._database.write(system_call(found.org_id, of=call)) as transaction:
            right, codes = self._answer(transaction, found, code)
            if right:
                transaction.execute(sa.delete(challenges).where(challenges.c.token_hash == found.token_hash))
            if codes or not right:
                tell(transaction, "enrolled" if codes else "refused", [found.user_id])
        if not right:
            raise InvalidArgumentError.of("code", "WRONG_SECOND_FACTOR")
        forget_guesses(self._database, found.login_id, address)
        return found, codes

    def _answer(self, transaction: Transaction, found: Any, code: str) -> tuple[bool, list[str]]:
        if found.purpose == "verify":
            return self._factors.accept(transaction, found.login_id, code), []
        if not found.secret:
            return False, []
        secret = self._open(found.secret, found.login_id)
        codes = self._factors.enroll(transaction, found.login_id, secret, code)
        return bool(codes), codes

    def _find(self, token: str, *, attempt: int = 0) -> Any:
        """A challenge that still stands, with an attempt counted, and the person's address."""
        statement = (
            sa.update(challenges)
            .where(
                challenges.c.token_hash == digest(token[:200]),
                challenges.c.expire_time > sa.func.now(),
                challenges.c.attempts < MOST_ATTEMPTS,
                logins.c.id == challenges.c.login_id,
            )
            .values(attempts=challenges.c.attempts + attempt)
            .returning(challenges, logins.c.email, logins.c.password_hash, logins.c.only_org_id)
        )
        with self._database.work() as connection:
            found = connection.execute(statement).first()
        if found is None or digest(found.password_hash) != bytes(found.password_digest):
            raise UnauthenticatedError("CHALLENGE_ENDED")
        return found

    def _open(self, sealed: bytes, login_id: uuid.UUID) -> str:
        return self._seal.open(bytes(sealed), "challenges", login_id).decode()
