"""Sends what waits: the intent is committed before, the outcome after.

A message whose sender died in between is `unknown`: mail is sent again under the same Message-ID, which receivers
recognise; a doubled mail is better than a lost code.
"""

import logging
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import sqlalchemy as sa
from prometheus_client import Counter

from chassis.call import system_call
from chassis.database.connection import Database
from engagement.channels.resource import Seal
from engagement.channels.table import channels
from engagement.messages.smtp import MailServer, NotSentError, UnknownError, send
from engagement.messages.table import messages
from engagement.messages.templates import render

log = logging.getLogger(__name__)
MESSAGES = Counter("guanxi_messages_total", "Messages by what became of them.", ["template", "outcome"])
MOST_ATTEMPTS = 8
_LEASE = timedelta(seconds=60)


class Sender:
    """Takes one message at a time."""

    def __init__(self, database: Database, system: MailServer, seal: Seal, *, private_channels: bool) -> None:
        self._database = database
        self._system = system
        self._seal = seal
        self._private_channels = private_channels

    def send_next(self) -> bool:
        """Send the message that has waited longest; False when none waits."""
        row = self._claim()
        if row is None:
            return False
        try:
            server = self._server(row)
            send(server, self._mail(row, server))
        except NotSentError as error:
            self._failed(row, "failed" if error.final else "queued", str(error))
        except UnknownError as error:
            self._failed(row, "unknown", str(error))
        else:
            self._finish(row, state="sent", sent_time=datetime.now(UTC), values={}, error="")
            MESSAGES.labels(row.template, "sent").inc()
        return True

    def _claim(self) -> Any:
        """Lease a message; when this process dies the lease ends and the message comes again."""
        now = datetime.now(UTC)
        waiting = (
            sa.select(messages.c.id)
            .where(messages.c.state.in_(("queued", "sending", "unknown")), messages.c.due_time <= now)
            .order_by(messages.c.due_time)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        with self._database.work() as connection:
            return connection.execute(
                sa.update(messages)
                .where(messages.c.id == waiting)
                .values(state="sending", attempts=messages.c.attempts + 1, due_time=now + _LEASE)
                .returning(messages)
            ).first()

    def _server(self, row: Any) -> MailServer:
        """The organization's own channel, else the system's."""
        if row.org_id is None:
            return self._system
        found = self._database.read(
            system_call(row.org_id),
            sa.select(channels)
            .where(channels.c.org_id == row.org_id, channels.c.kind == "email", channels.c.delete_time.is_(None))
            .order_by(channels.c.create_time)
            .limit(1),
        )
        if not found:
            return self._system
        channel = found[0]
        sealed = channel.sealed_password
        return MailServer(
            channel.host,
            channel.port,
            channel.security or "none",
            channel.user_name or "",
            self._seal.open(channel.id, bytes(sealed)) if sealed else "",
            channel.sender,
            public_only=not self._private_channels,
        )

    def _mail(self, row: Any, server: MailServer) -> EmailMessage:
        subject, text = render(row.template, row.language, row.values)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = server.sender, row.recipient, subject
        mail["Date"] = format_datetime(row.create_time)
        mail["Message-ID"] = f"<{row.id}@{server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        return mail

    def _failed(self, row: Any, state: str, error: str) -> None:
        final = state == "failed" or row.attempts >= MOST_ATTEMPTS
        wait = timedelta(seconds=min(2**row.attempts, 3600))
        log.warning("message %s not sent (attempt %d): %s", row.id, row.attempts, error)
        self._finish(row, state="failed" if final else state, error=error[:500], due_time=datetime.now(UTC) + wait)
        MESSAGES.labels(row.template, "failed" if final else state).inc()

    def _finish(self, row: Any, **values: Any) -> None:
        with self._database.work() as connection:
            connection.execute(sa.update(messages).where(messages.c.id == row.id).values(**values))
