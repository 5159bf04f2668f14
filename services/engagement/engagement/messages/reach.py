"""Connections to the outside: to which addresses, for how long, and what became of them."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Seconds for each answer, and for the whole conversation: a server may send a byte now and then for ever.
TIMEOUT = 20.0
DEADLINE = 45.0
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


class LogInRefusedError(NotSentError):
    """User name and password, or the secret, are not those that the server knows."""


class PrivateAddressError(NotSentError):
    """The server is inside, where organizations may not call."""


class UnknownError(Exception):
    """The connection broke after the message was handed over: it may have been taken."""


def connect(host: str, port: int, *, public_only: bool, timeout: float = TIMEOUT) -> socket.socket:
    """A connection to the address that was checked. Raises NotSentError."""
    try:
        return socket.create_connection((_address(host, port, public_only=public_only), port), timeout=timeout)
    except (OSError, UnicodeError) as error:
        raise NotSentError(type(error).__name__, down=True) from error


@contextmanager
def ended_after(connection: socket.socket, seconds: float) -> Iterator[None]:
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


def _address(host: str, port: int, *, public_only: bool) -> str:
    """The address to connect to, resolved once, so that it cannot change between check and use."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        address = str(place[0])
        if not public_only or _is_public(ipaddress.ip_address(address.partition("%")[0])):
            return address
    raise PrivateAddressError("the server is not at a public address", final=True)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _is_public(mapped)
    inside = any(address.version == network.version and address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside
