"""How much one caller, and all together, may ask at once. In memory: each replica counts for itself."""

import math
import time

from gateway.errors import RefusedError

_CAPACITY = 50_000  # keys remembered of one kind


class Rate:
    """A token bucket for each key: `rate` requests a second, and `burst` at once. A rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(1.0, burst)
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when

    def take(self, key: str) -> None:
        """Raises RefusedError (429, with Retry-After) when the key has used up its share."""
        if not self._rate:
            return
        now = time.monotonic()
        left, since = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        if left < 1:
            self._buckets[key] = (left, now)
            raise self._refusal(left)
        while len(self._buckets) >= _CAPACITY:  # the one that asked longest ago
            self._buckets.pop(next(iter(self._buckets)))
        self._buckets[key] = (left - 1, now)

    def _refusal(self, left: float) -> RefusedError:
        seconds = max(1, math.ceil((1 - left) / self._rate))
        error = RefusedError(429, "RATE_LIMITED", seconds=seconds)
        error.headers["Retry-After"] = str(seconds)
        return error


class Concurrency:
    """At most so many `with` blocks at once; more are turned away at the door instead of waiting."""

    def __init__(self, limit: int, status: int = 503, reason: str = "OVERLOADED") -> None:
        self._limit = limit
        self._status = status
        self._reason = reason
        self.busy = 0

    def __enter__(self) -> None:
        """Raises RefusedError when all are taken."""
        if self.busy >= self._limit:
            error = RefusedError(self._status, self._reason)
            error.headers["Retry-After"] = "1"
            raise error
        self.busy += 1

    def __exit__(self, *_: object) -> None:
        self.busy -= 1
