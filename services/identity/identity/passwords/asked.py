"""What was asked of an address, known or not: kept alike while the caller waits, told apart by the worker after."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from prometheus_client import Counter
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Database, Transaction, set_scope
from chassis.ids import uuid7
from chassis.service import Service
from identity.mail import Mail
from identity.passwords.table import address_requests, password_resets
from identity.sessions import secrets
from identity.sessions.happenings import tell
from identity.users.members import Member, active_members, as_member
from identity.users.table import OWN_FIRST, logins

log = logging.getLogger(__name__)
RESET_LIFETIME = timedelta(minutes=30)
# Between two links to one mailbox: whoever asks, it is not filled.
RESET_INTERVAL = timedelta(minutes=1)
UNKNOWN = Counter("guanxi_unknown_addresses_total", "Log-ins and resets for addresses nobody has.", ["kind"])


def ask(database: Database, kind: str, email: str, *, device: str = "", address: str = "") -> None:
    """Keep what was asked; it costs the same for every address."""
    row = {
        "id": uuid7(),
        "kind": kind,
        "email": email[:320].replace("\0", ""),
        "device": device[:200].replace("\0", ""),
        "address": address[:60],
    }
    with database.work() as connection:
        connection.execute(sa.insert(address_requests).values(row))


class Answers:
    """The worker's part."""

    def __init__(self, service: Service, mail: Mail, public_url: str) -> None:
        self._service = service
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def answer_next(self) -> bool:
        """Do what the oldest request asks for; returns whether there was one."""
        oldest = sa.select(address_requests.c.id).order_by(address_requests.c.id).limit(1)
        with self._service.worker_database.work() as connection:
            row = connection.execute(
                sa.delete(address_requests)
                .where(address_requests.c.id == oldest.with_for_update(skip_locked=True).scalar_subquery())
                .returning(address_requests)
            ).first()
            if row is None:
                return False
            savepoint = connection.begin_nested()
            try:
                self._answer(connection, row)
                savepoint.commit()
            except Exception:  # one that cannot be answered must not stop those after it
                savepoint.rollback()
                log.exception("request %s of an address failed", row.kind)
        return True

    def _answer(self, connection: sa.Connection, row: Any) -> None:
        known = sa.select(logins).where(sa.func.lower(logins.c.email) == row.email.lower())
        found = connection.execute(known.order_by(*OWN_FIRST)).all()
        pairs = [(login, member) for login in found for member in active_members(self._service.database, login.id)]
        if not pairs:
            UNKNOWN.labels(row.kind).inc()
        for login, member in pairs if row.kind == "refused" else pairs[:1]:
            call = as_member(member.org_id, member.user_id, row.address)
            set_scope(connection, call)
            if row.kind == "refused":
                tell(Transaction(call, connection), "refused", member.user_id, device=row.device, address=row.address)
            else:
                self._send_link(Transaction(call, connection), login, member)

    def _send_link(self, transaction: Transaction, login: Any, member: Member) -> None:
        """Send a link, unless one has just gone to the same address; that one stays valid."""
        token = secrets.secret()
        now = datetime.now(UTC)
        statement = insert(password_resets).values(
            login_id=login.id,
            secret_hash=secrets.digest(token),
            email=login.email,
            expire_time=now + RESET_LIFETIME,
        )
        due = sa.or_(
            password_resets.c.expire_time <= now + RESET_LIFETIME - RESET_INTERVAL,
            password_resets.c.email != login.email,
        )
        kept = statement.on_conflict_do_update(
            index_elements=["login_id"], set_=dict(statement.excluded), where=due
        ).returning(password_resets.c.login_id)
        if transaction.execute(kept).first() is None:
            return
        values = {"link": f"{self._public_url}/reset#{token}", "name": member.name}
        self._mail.post(
            transaction, login.email, "password_reset", member.language, values, request_id=f"reset-{token[-16:]}"
        )
