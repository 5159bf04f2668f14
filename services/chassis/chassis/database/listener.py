"""What a database tells of at once: LISTEN on a connection of its own, in a thread of its own."""

import logging
import select
import threading
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
import sqlalchemy as sa
from psycopg2 import sql

log = logging.getLogger(__name__)
_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 1.0


class Listener:
    """Calls a handler with the payload of every notification. A lost notification does no harm to who also polls."""

    def __init__(self, url: str, handlers: Mapping[str, Callable[[str], None]], begun: Callable[[], None]) -> None:
        """`handlers` are by channel; `begun` is called when listening begins, and begins again after an outage."""
        address = sa.make_url(url).set(drivername="postgresql")
        self._address = address.render_as_string(hide_password=False)
        self._handlers = handlers
        self._begun = begun
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End, within 5 seconds."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                connection = psycopg2.connect(self._address, connect_timeout=5, application_name="guanxi-listener")
            except psycopg2.Error:
                self._stopping.wait(_AGAIN_SECONDS)
                continue
            try:
                self._listen(connection)
            except (psycopg2.Error, OSError) as error:
                log.warning("listening again: %s", type(error).__name__)
                self._stopping.wait(_AGAIN_SECONDS)
            finally:
                connection.close()

    def _listen(self, connection: Any) -> None:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for channel in self._handlers:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._begun()
        while not self._stopping.is_set():
            if not select.select([connection], [], [], _LOOK_SECONDS)[0]:
                continue
            connection.poll()
            while connection.notifies:
                told = connection.notifies.pop(0)
                self._handlers[told.channel](told.payload)
