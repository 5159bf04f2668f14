"""So many calls a minute for each key, counted in this process."""

import ipaddress
import math
import threading
import time
from collections.abc import Callable
from functools import lru_cache

_SECONDS = 60.0
_CAPACITY = 50_000


@lru_cache(maxsize=4096)
def place_of(address: str) -> str:
    """What limits count by: an IPv4 address, of IPv6 the /64, which is the least that one connection is given
    (RFC 6177); anything else as it is.
    """
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if one.version == 4:
        return str(one)
    mapped = one.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((one.packed[:8] + bytes(8), 64)))


class Windows:
    """A window of a minute begins with a key's first call, and takes so many."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._windows: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, limit: int) -> int:
        """0 when the call is within the limit, or there is none (0); else the seconds until the next window."""
        if not limit:
            return 0
        now = self._now()
        with self._lock:
            ends, taken = self._windows.pop(key, (now + _SECONDS, 0))
            if ends <= now:
                ends, taken = now + _SECONDS, 0
            while len(self._windows) >= _CAPACITY:  # the one that asked longest ago
                self._windows.pop(next(iter(self._windows)))
            self._windows[key] = (ends, taken + 1)
        return 0 if taken < limit else max(1, math.ceil(ends - now))
