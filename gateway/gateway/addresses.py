"""Where a request comes from: the socket's peer, or what a proxy of ours says of it."""

import ipaddress
from functools import lru_cache

from starlette.types import Scope

from gateway.config import Network


class Addresses:
    """X-Forwarded-For is believed only from configured networks, and read from its end: the first address that is
    not a proxy of ours is the caller's. What stands before it the caller may have made up.
    """

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self._is_trusted = lru_cache(maxsize=4096)(self._in_trusted_network)

    def of(self, scope: Scope) -> str:
        """The caller's address; empty when there is no socket."""
        client = scope.get("client")
        peer: str = client[0] if client else ""
        if not self._trusted or not self._is_trusted(peer):
            return peer
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(forwarded.decode("latin-1").split(",")):
            candidate = hop.strip()
            if not _is_address(candidate):
                return peer
            peer = candidate
            if not self._is_trusted(peer):
                return peer
        return peer

    def _in_trusted_network(self, address: str) -> bool:
        try:
            one = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(one in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
