"""One SMTP conversation."""

import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0
# Addresses that Python calls global and that lead inside: translations of IPv4, and the IETF's own assignments.
_INSIDE = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.0.0.0/24")))


class NotSentError(Exception):
    """The server did not take the message; trying again is safe. `final` when another try will not help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        self.final = final
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


def send(server: MailServer, message: EmailMessage) -> None:
    """Hand one message over. Raises NotSentError or UnknownError."""
    try:
        address = _address(server)
        session = _session(server, address)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSentError(type(error).__name__) from error
    try:
        try:
            if server.security == "starttls":
                session.starttls(context=_context_for(server.host))
            if server.user_name:
                session.login(server.user_name, server.password)
            session.ehlo_or_helo_if_needed()
            _command(lambda: session.mail(server.sender))
            _command(lambda: session.rcpt(str(message["To"])))
        except smtplib.SMTPAuthenticationError as error:
            raise NotSentError("authentication refused", final=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(type(error).__name__) from error
        try:
            _command(lambda: session.data(message.as_bytes()))
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise UnknownError(type(error).__name__) from error
    finally:
        session.close()


def _command(step: Callable[[], tuple[int, bytes]]) -> None:
    code, answer = step()
    if code >= 400:
        raise NotSentError(f"{code} {answer[:200].decode('ascii', 'replace')}", final=code >= 500)


def _session(server: MailServer, address: str) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(address, server.port, timeout=TIMEOUT, context=_context_for(server.host))
    return smtplib.SMTP(address, server.port, timeout=TIMEOUT)


def _context_for(host: str) -> ssl.SSLContext:
    """Verifies the certificate for the name although the connection goes to the address that was checked."""
    context = ssl.create_default_context()
    wrap = context.wrap_socket

    def wrap_for_host(sock: socket.socket, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        options["server_hostname"] = host
        return wrap(sock, *arguments, **options)

    context.wrap_socket = wrap_for_host  # type: ignore[method-assign]
    return context


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
