"""One SMTP conversation."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as _POLICY
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from engagement.messages.reach import DEADLINE, LogInRefusedError, NotSentError, UnknownError, connect, ended_after

_CLOSING = 421


@dataclass(frozen=True)
class MailServer:
    """Where to send. `security` is `none`, `starttls` or `tls`."""

    host: str
    port: int
    security: str
    user_name: str
    password: str
    sender: str
    # Only addresses of the open internet: for servers that organizations name themselves.
    public_only: bool = False


def server_of(url: str, sender: str) -> MailServer:
    """The server that a setting names."""
    parts = urlsplit(url)
    security = {"smtp": "none", "smtps": "tls", "smtp+starttls": "starttls"}[parts.scheme]
    port = parts.port or {"none": 25, "tls": 465, "starttls": 587}[security]
    return MailServer(
        parts.hostname or "", port, security, unquote(parts.username or ""), unquote(parts.password or ""), sender
    )


def send(server: MailServer, message: EmailMessage, *, deadline: float = DEADLINE) -> None:
    """Hand one message over, within `deadline` seconds of being connected. Raises NotSentError or UnknownError."""
    connection = connect(server.host, server.port, public_only=server.public_only)
    with ended_after(connection, deadline), _Session() as session:
        try:
            session.greet(connection, server)
            _introduce(session, server, message)
        except smtplib.SMTPAuthenticationError as error:
            raise LogInRefusedError("authentication refused", final=True) from error
        except OSError as error:  # smtplib's own errors are among them
            raise NotSentError(type(error).__name__, down=True) from error
        try:
            _command(lambda: session.data(message.as_bytes(policy=_POLICY)))
        except smtplib.SMTPDataError as error:  # refused before anything of the message was sent
            raise NotSentError(str(error.smtp_code), final=error.smtp_code >= 500) from error
        except OSError as error:
            raise UnknownError(type(error).__name__) from error


class _Session(smtplib.SMTP):
    """A conversation over a connection that is there already; certificates are verified for the host's name."""

    def greet(self, connection: socket.socket, server: MailServer) -> None:
        """Begin, under TLS where the server is to be spoken to so."""
        self._host = server.host
        if server.security == "tls":
            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=server.host)
        self.sock = connection
        code, answer = self.getreply()
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        if server.security == "starttls":
            self.starttls(context=ssl.create_default_context())

    @override
    def __exit__(self, *_: object) -> None:
        self.close()  # a QUIT would wait for an answer that nobody needs


def _introduce(session: smtplib.SMTP, server: MailServer, message: EmailMessage) -> None:
    """Log in, and say from whom and to whom."""
    if server.user_name:
        session.login(server.user_name, server.password)
    session.ehlo_or_helo_if_needed()
    sender, recipient = ascii_domain(server.sender), ascii_domain(str(message["To"]))
    options = []
    if not (sender + recipient).isascii():
        if not session.has_extn("smtputf8"):
            raise NotSentError("the server takes no addresses beyond ASCII", final=True)
        session.command_encoding = "utf-8"
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    _command(lambda: session.mail(sender, options))
    _command(lambda: session.rcpt(recipient))


def ascii_domain(address: str) -> str:
    """The address with its domain as DNS has it; what stands before the @ stays as it is."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}" if not domain.isascii() else address


def _command(step: Callable[[], tuple[int, bytes]]) -> None:
    code, answer = step()
    if code >= 400:
        reason = f"{code} {answer[:200].decode('ascii', 'replace')}"
        raise NotSentError(reason, final=code >= 500, down=code == _CLOSING)
