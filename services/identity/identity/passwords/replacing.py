"""A new password in place of the present one: what it must be, what it ends, and who is told."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.timers import schedule
from identity.factors.table import challenges
from identity.mail import Mail
from identity.passwords.policy import Policy
from identity.passwords.table import password_resets
from identity.sessions import secrets
from identity.sessions.endings import end_api_token, end_session
from identity.sessions.table import api_tokens, sessions
from identity.users.members import Member, as_member
from identity.users.table import logins

REPLACED = "password-replaced"


@dataclass(frozen=True)
class Replacement:
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


class Replacer:
    """Puts new passwords in force."""

    def __init__(self, database: Database, mail: Mail, public_url: str) -> None:
        self._database = database
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def replaced(self, transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
        """Timer handler: what a new password ends in the person's other organizations."""
        moment = datetime.fromisoformat(payload["time"])
        for org_id, user_id in payload["members"]:
            call = as_member(uuid.UUID(org_id), uuid.UUID(user_id), payload["address"])
            with self._database.write(call) as other:
                _end(other, uuid.UUID(user_id), payload["verb"], moment, kept=None)

    def replace(self, call: Call, new: Replacement) -> None:
        """Raises InvalidArgumentError of its field where the password will not do, or of `token` without a claim."""
        policy, name = Policy.strictest(new.members), new.members[0].name
        problems = policy.violations(new.password, new.login.email, name, field=new.field)
        if problems:
            raise InvalidArgumentError(violations=problems)
        password_hash = secrets.hash_password(new.password)
        with self._database.write(call) as transaction:
            login = transaction.execute(sa.select(logins).where(logins.c.id == new.login.id).with_for_update()).one()
            now = datetime.now(UTC)  # from here on nobody begins a session with the password before
            given = login.initial_until is not None and secrets.matches(login.password_hash, new.password)
            if given or policy.repeats(transaction, login.id, login.password_hash, new.password):
                raise InvalidArgumentError.of(new.field, "PASSWORD_REPEATED")
            if not new.claim(transaction):
                raise ended()
            policy.remember(transaction, login.id, login.password_hash)
            # A link to reset it went to the address, whose owner has now shown that it is theirs.
            proved = {"only_org_id": None} if new.verb == "reset" else {}
            kept = {"password_hash": password_hash, "initial_until": None, **proved}
            transaction.execute(sa.update(logins).where(logins.c.id == login.id).values(kept))
            for opened in (password_resets, challenges):
                transaction.execute(sa.delete(opened).where(opened.c.login_id == login.id))
            _end(transaction, new.members[0].user_id, new.verb, now, new.kept)
            self._elsewhere(transaction, new, now)
            if login.only_org_id is None or proved:  # nothing goes to an address that nobody proved
                self._tell(transaction, login.email, new.members[0])

    def _elsewhere(self, transaction: Transaction, new: Replacement, moment: datetime) -> None:
        others = [[str(member.org_id), str(member.user_id)] for member in new.members[1:]]
        if others:
            address = transaction.call.principal.address
            payload = {"members": others, "verb": new.verb, "time": moment.isoformat(), "address": address}
            schedule(transaction, REPLACED, str(uuid7()), moment, payload)

    def _tell(self, transaction: Transaction, email: str, member: Member) -> None:
        values = {"link": f"{self._public_url}/forgot", "name": member.name}
        key = f"password-{uuid7()}"
        self._mail.post(transaction, email, "password_changed", member.language, values, request_id=key)


def ended() -> InvalidArgumentError:
    """A link that is no longer valid."""
    return InvalidArgumentError.of("token", "RESET_ENDED")


def _end(transaction: Transaction, user_id: uuid.UUID, verb: str, moment: datetime, kept: uuid.UUID | None) -> None:
    """End what the old password opened, in one organization, and have the audit log say why."""
    older = sessions.c.create_time <= moment
    end_session(transaction, sessions.c.user_id == user_id, sessions.c.id.is_distinct_from(kept), older)
    if verb == "reset":
        end_api_token(transaction, api_tokens.c.user_id == user_id, api_tokens.c.create_time <= moment)
    emit(transaction, "identity.Password", verb, [Change(user_id, 1, None, None)])
