"""How a service's workers hear at once of what was committed, without asking all the time.

Whoever commits rings: a thread says NOTIFY, at most once in 20 ms however much was written. It says so after the
commit, in a transaction of its own that waits for no disk, because PostgreSQL lets transactions with a NOTIFY commit
only one after the other. A ring may be lost, with its process or its connection: workers also look every two seconds.
"""

import asyncio
import logging
import threading

import sqlalchemy as sa

log = logging.getLogger(__name__)
# How often workers look without having been rung for.
LOOK_SECONDS = 2.0
COMMITTED = "guanxi_committed"
_PAUSE_SECONDS = 0.02
_RING = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{COMMITTED}', '')"


class Doorbell:
    """Rings for one database, from a thread that is started at the first ring."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._rung = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Something was committed; waits for nothing."""
        self._rung.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._closed.is_set():
                    self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Ring once more if there is something to tell, then no more."""
        self._closed.set()
        self._rung.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        while True:
            self._rung.wait()
            self._rung.clear()
            try:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(_RING)
            except Exception as error:
                log.debug("workers were not rung for: %s", error)
            if self._closed.wait(_PAUSE_SECONDS) and not self._rung.is_set():
                return


class Bells:
    """Events of one loop that are set by every ring, from whatever thread; see `listener.Listener`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[asyncio.Event] = []

    def event(self) -> asyncio.Event:
        """An event of the caller's own: clear it, look, and wait for it if there was nothing."""
        event = asyncio.Event()
        self._events.append(event)
        return event

    def ring(self, _payload: str = "") -> None:
        """Wake everyone who waits."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._set)

    def _set(self) -> None:
        for event in self._events:
            event.set()
