"""A mail sink: it takes every mail over SMTP, delivers none, and keeps each as a file that a person can read.

A mail is on disk before the sender is told "250": a kill of the sink loses nothing it has accepted.
"""

import email
import email.policy
import os
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.process import poll

MAX_MAIL_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail as it was accepted. `received` is UTC; `recipients` are the envelope's, so Bcc shows too."""

    id: str
    received: datetime
    sender: str
    recipients: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The first group of six digits in the text, which is how a verification code is sent."""
        found = re.search(r"(?<!\d)\d{6}(?!\d)", self.text or self.html)
        return found.group() if found else None


class Inbox:
    """A folder of mails, oldest first by name."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when it is not there."""
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def add(self, content: bytes, sender: str, recipients: list[str]) -> str:
        """Keep a mail, synced to disk; returns its id."""
        identity = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        envelope = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n".encode()
        partial = self.folder / f"{identity}.part"
        with partial.open("wb") as file:
            file.write(envelope + content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self.folder / f"{identity}.eml")
        return identity

    def add_sms(self, to: str, text: str) -> str:
        """Keep a short message as a mail to its number; returns its id."""
        message = EmailMessage()
        message["Subject"] = "SMS"
        message.set_content(text)
        return self.add(message.as_bytes(), "", [" ".join(to.split())])

    def ids(self) -> list[str]:
        """The ids of all mails, oldest first."""
        return sorted(path.stem for path in self.folder.glob("*.eml"))

    def read(self, identity: str) -> Mail | None:
        """One mail; None when there is none of this id."""
        if not re.fullmatch(r"\d{20}-[0-9a-f]{8}", identity):
            return None
        try:
            content = (self.folder / f"{identity}.eml").read_bytes()
        except FileNotFoundError:
            return None
        message = email.message_from_bytes(content, policy=email.policy.default)
        headers = {name: str(value) for name, value in message.items()}
        return Mail(
            id=identity,
            received=datetime.fromtimestamp(int(identity[:20]) / 1e9, UTC),
            sender=headers.pop("X-Envelope-From", ""),
            recipients=[part for part in headers.pop("X-Envelope-To", "").split(", ") if part],
            subject=headers.get("Subject", ""),
            text=_body(message, "plain"),
            html=_body(message, "html"),
            headers=headers,
        )

    def mails(self, recipient: str | None = None) -> list[Mail]:
        """All mails, or those to one address; oldest first."""
        found = [mail for mail in map(self.read, self.ids()) if mail is not None]
        return [mail for mail in found if recipient is None or recipient in mail.recipients]

    def wait_for(self, recipient: str, *, count: int = 1, seconds: float = 20) -> Mail:
        """The latest mail to an address, once there are `count`; raises TimeoutError after `seconds`."""
        if not poll(lambda: len(self.mails(recipient)) >= count, seconds, every=0.05):
            raise TimeoutError(
                f"{len(self.mails(recipient))} of {count} mails to {recipient} within {seconds:g} seconds"
            )
        return self.mails(recipient)[-1]


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


class _Handler:
    """aiosmtpd's callbacks; their names are its interface."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        identity = self._inbox.add(content, envelope.mail_from or "", list(envelope.rcpt_tos))
        return f"250 kept as {identity}"


class MailSink:
    """The SMTP server, in a thread of its own, on loopback."""

    def __init__(self, folder: Path, port: int) -> None:
        """Mails go to `folder`."""
        self.inbox = Inbox(folder)
        self.port = port
        self._controller = Controller(
            _Handler(self.inbox), hostname="127.0.0.1", port=port, data_size_limit=MAX_MAIL_BYTES, enable_SMTPUTF8=True
        )

    @property
    def url(self) -> str:
        """The address for whoever sends mail: smtp://host:port."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; the mails stay."""
        self._controller.stop()
