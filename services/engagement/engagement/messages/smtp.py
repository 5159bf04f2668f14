"""One SMTP conversation."""

import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as _POLICY
from urllib.parse import unquote, urlsplit

from typing_extensions import override

# Seconds for each answer, and for the whole conversation: a server may send a byte now and then for ever.
TIMEOUT = 20.0
DEADLINE = 45.0
_CLOSING = 421
# Addresses that Python calls global and that lead inside: translations of IPv4, and the IETF's own assignments.
_INSIDE = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.0.0.0/24")))


class NotSentError(Exception):
    """The server did not take the message; trying again is safe.

    `final` when another try will not help; `down` when the server serves nobody now.
    """

    def __init__(self, reason: str, *, final: bool = False, down: bool = False) -> None:
        self.final = final
        self.down = down
        super().__init__(reason)


class UnknownError(Exception):
    """The connection broke after the message was handed over: it may have been taken."""


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
    try:
        connection = socket.create_connection((_address(server), server.port), timeout=TIMEOUT)
    except OSError as error:
        raise NotSentError(type(error).__name__, down=True) from error
    with _ended_after(connection, deadline), _Session() as session:
        try:
            session.greet(connection, server)
            _introduce(session, server, message)
        except smtplib.SMTPAuthenticationError as error:
            raise NotSentError("authentication refused", final=True) from error
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


@contextmanager
def _ended_after(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Break the connection off when the block takes longer, wherever it is waiting."""
    twin = connection.dup()  # stays valid when TLS takes the other over
    timer = threading.Timer(seconds, _break_off, [twin])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        twin.close()
        connection.close()


def _break_off(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _address(server: MailServer) -> str:
    """The address to connect to, resolved once, so that it cannot change between check and use."""
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    for *_, place in found:
        address = str(place[0])
        if not server.public_only or _is_public(ipaddress.ip_address(address.partition("%")[0])):
            return address
    raise NotSentError("the server is not at a public address", final=True)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _is_public(mapped)
    inside = any(address.version == network.version and address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside
