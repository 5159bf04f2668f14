"""Ways out of the house: through which channel a message goes, and how it is written for it."""

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Protocol

import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.connection import Database
from chassis.errors import NotFoundError
from chassis.sealing import Seal
from engagement.channels.table import channels
from engagement.messages import smtp
from engagement.messages.reach import NotSentError
from engagement.messages.sms import SmsProvider, send_sms
from engagement.messages.smtp import MailServer, ascii_domain
from engagement.messages.table import messages, text_messages
from engagement.messages.templates import render, render_sms


class Way(Protocol):
    """What a sender needs to know of a kind of message."""

    @property
    def table(self) -> sa.Table:
        """Where they wait."""

    @property
    def most_unknown(self) -> int:
        """Tries of a message that may have been taken: more would be more copies of it."""

    @property
    def keep_trying(self) -> timedelta:
        """After which a message is of no use any more."""

    def send(self, row: Any) -> None:
        """Raises NotSentError, UnknownError or SealError."""


class Channels:
    """Organizations' own ways, with their secrets opened."""

    def __init__(self, database: Database, seal: Seal, *, private: bool) -> None:
        self._database = database
        self._seal = seal
        self._private = private

    def first(self, org_id: uuid.UUID | None, kind: str) -> Mapping[str, Any] | None:
        """An organization's oldest channel of a kind; None when it has none."""
        return self._find(org_id, channels.c.kind == kind) if org_id is not None else None

    def one(self, org_id: uuid.UUID, channel_id: uuid.UUID) -> Mapping[str, Any]:
        """A channel. Raises NotFoundError."""
        found = self._find(org_id, channels.c.id == channel_id)
        if found is None:
            raise NotFoundError
        return found

    def _find(self, org_id: uuid.UUID, *conditions: sa.ColumnElement[bool]) -> Mapping[str, Any] | None:
        found = self._database.read(
            system_call(org_id),
            sa.select(channels)
            .where(channels.c.org_id == org_id, channels.c.delete_time.is_(None), *conditions)
            .order_by(channels.c.create_time)
            .limit(1),
        )
        return found[0]._asdict() if found else None

    def mail_server(self, channel: Mapping[str, Any]) -> MailServer:
        """What an e-mail channel leads to."""
        return MailServer(
            channel["host"],
            channel["port"],
            channel["security"] or "none",
            channel["user_name"] or "",
            self._secret(channel),
            channel["sender"],
            public_only=not self._private,
        )

    def sms_provider(self, channel: Mapping[str, Any]) -> SmsProvider:
        """What an SMS channel leads to."""
        return SmsProvider(
            channel["url"] or "",
            channel["method"] or "POST",
            channel["headers"] or "",
            channel["body"] or "",
            self._secret(channel),
            channel["success_status"] or 0,
            channel["success_pattern"] or "",
            channel["timeout"] or 0,
            public_only=not self._private,
        )

    def _secret(self, channel: Mapping[str, Any]) -> str:
        sealed = channel["sealed_password"]
        return (
            self._seal.open(bytes(sealed), channels.name, channel["org_id"], channel["id"]).decode() if sealed else ""
        )


class MailWay:
    """Mail, over SMTP."""

    table = messages
    most_unknown = 8
    keep_trying = timedelta(days=1)

    def __init__(
        self,
        own: Channels,
        system: MailServer,
        deliver: Callable[[MailServer, EmailMessage], None] = smtp.send,
    ) -> None:
        self._own = own
        self._system = system
        self._deliver = deliver

    def send(self, row: Any) -> None:
        """Through the organization's own channel, else the system's."""
        channel = self._own.first(row.org_id, "email")
        server = self._own.mail_server(channel) if channel else self._system
        subject, text = render(row.template, row.language, row.values)
        mail = compose(server, row.id, row.recipient, subject, text)
        mail["Date"] = format_datetime(row.create_time)
        self._deliver(server, mail)


class SmsWay:
    """Short messages, over a provider's HTTP interface."""

    table = text_messages
    most_unknown = 2
    # Codes are worth nothing later.
    keep_trying = timedelta(minutes=30)

    def __init__(self, own: Channels, system: SmsProvider | None) -> None:
        self._own = own
        self._system = system

    def send(self, row: Any) -> None:
        """Through the organization's own provider, else the system's."""
        channel = self._own.first(row.org_id, "sms")
        provider = self._own.sms_provider(channel) if channel else self._system
        if provider is None:
            raise NotSentError("there is no SMS channel", final=True)
        text = render_sms(row.template, row.language, row.values)
        send_sms(provider, row.recipient, text, row.values.get("code", ""))


def compose(server: MailServer, message_id: Any, to: str, subject: str, text: str) -> EmailMessage:
    """A mail of the system, without its date."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = server.sender, to, subject
    mail["Message-ID"] = f"<{message_id}@{ascii_domain(server.sender).rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail
