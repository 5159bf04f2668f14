"""Where a person has logged in from: of a log-in from elsewhere they are told."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.database.connection import Database, Transaction
from chassis.ids import uuid7
from guanxi.identity.v1 import sessions_pb2
from identity.mail import Mail
from identity.sessions.secrets import digest
from identity.sessions.table import known_devices
from identity.users.contact import entered
from identity.users.table import logins, memberships

REMEMBERED = timedelta(days=90)
_FORMATS = {"zh": "%Y年%m月%d日 %H:%M", "en": "%d %B %Y, %H:%M"}


def knows(database: Database, email: str, address: str) -> bool:
    """Whether a person logged in from this address within the last 90 days."""
    statement = (
        sa.select(known_devices.c.login_id)
        .join(logins, logins.c.id == known_devices.c.login_id)
        .where(
            sa.func.lower(logins.c.email) == entered(email),
            logins.c.only_org_id.is_(None),  # what an administrator made elsewhere makes nobody known
            known_devices.c.address == address,
            known_devices.c.last_time > datetime.now(UTC) - REMEMBERED,
        )
        .limit(1)
    )
    with database.work() as connection:
        return connection.execute(statement).first() is not None


class Devices:
    """Remembers them, and posts the notice with the session it tells of."""

    def __init__(self, mail: Mail, public_url: str) -> None:
        self._mail = mail
        self._public_url = public_url.rstrip("/")

    def came(self, transaction: Transaction, session: sessions_pb2.CurrentSession, device: str, address: str) -> None:
        """A session began. The very first one of a person is no news."""
        member_of = (
            memberships.c.org_id == transaction.call.org_id,
            memberships.c.user_id == uuid.UUID(session.user_id),
        )
        login = transaction.execute(
            sa.select(logins.c.id, logins.c.email, logins.c.only_org_id)
            .join(memberships, memberships.c.login_id == logins.c.id)
            .where(*member_of)
        ).one()
        now = datetime.now(UTC)
        mine = known_devices.c.login_id == login.id
        key = digest(f"{device}\0{address}")
        times = {
            bytes(row.device_hash): row.last_time for row in transaction.execute(sa.select(known_devices).where(mine))
        }
        row = {"login_id": login.id, "device_hash": key, "address": address[:60], "last_time": now}
        statement = insert(known_devices).values(row)
        transaction.execute(
            statement.on_conflict_do_update(index_elements=["login_id", "device_hash"], set_={"last_time": now})
        )
        transaction.execute(sa.delete(known_devices).where(mine, known_devices.c.last_time < now - REMEMBERED))
        if login.only_org_id is None and times and (key not in times or times[key] < now - REMEMBERED):
            self._tell(transaction, login.email, session, device, address, now)

    def _tell(
        self,
        transaction: Transaction,
        email: str,
        session: sessions_pb2.CurrentSession,
        device: str,
        address: str,
        now: datetime,
    ) -> None:
        when = now.astimezone(ZoneInfo(session.time_zone)).strftime(_FORMATS[session.language])
        values = {
            "name": session.user_name,
            "when": f"{when} ({session.time_zone})",
            "device": device[:200] or "?",
            "address": address,
            "link": f"{self._public_url}/forgot",
        }
        self._mail.post(transaction, email, "new_device", session.language, values, request_id=f"device-{uuid7()}")
