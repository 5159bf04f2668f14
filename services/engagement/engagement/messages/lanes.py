"""Who may send how much at once: each organization has a lane, so that none stands in another's way."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

# Of the threads there are, one lane takes at most this part, and all lanes in trouble together at most half.
_SHARE = 8
MOST_REST = 60.0


class Lanes:
    """Counts what is under way. A lane whose mail server failed rests, then tries with one message at a time."""

    def __init__(self, threads: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._threads = threads
        self._share = max(threads // _SHARE, 1)
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way: Counter[uuid.UUID] = Counter()
        # Lanes in trouble: failures in a row, and when the lane may try again.
        self._failures: Counter[uuid.UUID] = Counter()
        self._rests_until: dict[uuid.UUID, float] = {}

    def room(self) -> bool:
        """Whether another sending may begin at all."""
        with self._lock:
            return self._under_way.total() < self._threads

    def closed(self) -> list[uuid.UUID]:
        """Lanes that may not begin another sending now."""
        with self._lock:
            now = self._clock()
            troubled = sum(self._under_way[lane] for lane in self._failures)
            full = [lane for lane, count in self._under_way.items() if count >= self._share]
            resting = [
                lane
                for lane in self._failures
                if self._under_way[lane] or self._rests_until[lane] > now or troubled >= max(self._threads // 2, 1)
            ]
            return list({*full, *resting})

    def enter(self, lane: uuid.UUID) -> None:
        """A sending begins."""
        with self._lock:
            self._under_way[lane] += 1

    def leave(self, lane: uuid.UUID, *, well: bool) -> None:
        """It has ended; not `well` when the mail server itself is in trouble."""
        with self._lock:
            self._under_way[lane] -= 1
            if not self._under_way[lane]:
                del self._under_way[lane]
            if well:
                self._failures.pop(lane, None)
                self._rests_until.pop(lane, None)
            else:
                self._failures[lane] += 1
                self._rests_until[lane] = self._clock() + min(2.0 ** min(self._failures[lane], 10), MOST_REST)
