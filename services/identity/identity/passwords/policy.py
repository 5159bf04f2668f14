"""What a password must be: long enough, not easily guessed, and not one of the last ones where that is asked for."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from zxcvbn import zxcvbn

from chassis.database.connection import Transaction
from chassis.errors import Violation
from chassis.ids import uuid7
from identity.organizations.table import organizations
from identity.passwords.table import password_history
from identity.sessions.secrets import LONGEST, SHORTEST, commonly_used, matches
from identity.users.members import Member

# zxcvbn takes up to 70 ms for so many characters, and soon much longer; what it cannot guess within them is good enough.
_CHECKED_LENGTH = 72
# 0: fewer than 1,000 guesses, 1: fewer than 1,000,000.
_LEAST_SCORE = 2


@dataclass(frozen=True)
class Policy:
    """The rules for one person's password."""

    minimum_length: int = SHORTEST
    history: int = 0

    @classmethod
    def strictest(cls, members: Iterable[Member]) -> "Policy":
        """One password opens every organization of a person, so the strictest of their policies holds."""
        known = list(members)
        return cls(
            max([SHORTEST, *(member.minimum_length or 0 for member in known)]),
            max([0, *(member.history or 0 for member in known)]),
        )

    @classmethod
    def of_organization(cls, transaction: Transaction) -> "Policy":
        """That of the transaction's organization."""
        asked = sa.select(organizations.c.password_minimum_length, organizations.c.password_history)
        row = transaction.execute(asked.where(organizations.c.org_id == transaction.call.org_id)).one()
        return cls(max(SHORTEST, row.password_minimum_length or 0), row.password_history or 0)

    def violations(self, password: str, *mine: str, field: str = "password") -> list[Violation]:
        """Why a password is not taken; `mine` are texts it must not be made of, such as the address."""
        if len(password) < self.minimum_length:
            return [Violation(field, "PASSWORD_SHORT", {"minimum": self.minimum_length})]
        if len(password) > LONGEST:
            return [Violation(field, "PASSWORD_LONG")]
        if commonly_used(password, *mine) or _guessable(password, mine):
            return [Violation(field, "PASSWORD_COMMON")]
        return []

    def repeats(self, transaction: Transaction, login_id: uuid.UUID, present: str, password: str) -> bool:
        """Whether a password is one of the last; `present` is the hash of the present one."""
        if not self.history:
            return False
        earlier = transaction.execute(_newest(login_id).limit(self.history - 1)).scalars()
        return any(matches(each, password) for each in [present, *earlier])

    def remember(self, transaction: Transaction, login_id: uuid.UUID, replaced: str) -> None:
        """Keep the hash of a password that was replaced, and forget those nobody asks for any more."""
        if self.history > 1:
            row = {"login_id": login_id, "id": uuid7(), "password_hash": replaced}
            transaction.execute(sa.insert(password_history).values(row))
        kept = _newest(login_id).with_only_columns(password_history.c.id).limit(max(self.history - 1, 0))
        transaction.execute(
            sa.delete(password_history).where(
                password_history.c.login_id == login_id, password_history.c.id.not_in(kept.scalar_subquery())
            )
        )


def _newest(login_id: uuid.UUID) -> "sa.Select[tuple[str]]":
    return (
        sa.select(password_history.c.password_hash)
        .where(password_history.c.login_id == login_id)
        .order_by(password_history.c.id.desc())
    )


def _guessable(password: str, mine: Iterable[str]) -> bool:
    """See https://github.com/dropbox/zxcvbn: words, names, dates, keyboard patterns, and repetitions of them."""
    words = [text for text in mine if text]
    return bool(zxcvbn(password[:_CHECKED_LENGTH], user_inputs=words)["score"] < _LEAST_SCORE)
