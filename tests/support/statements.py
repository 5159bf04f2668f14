"""What a service sends to PostgreSQL, whoever sends it: SQLAlchemy or a compiled statement by itself.

with recorded(database) as statements:
    client.call("GetAccount", id=record.id)
assert len(statements) == 1
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2.extensions
import sqlalchemy as sa

from chassis.database.connection import Database


@contextmanager
def recorded(database: Database, threads: str = "") -> Iterator[list[tuple[str, Any]]]:
    """Statements with their parameters, each a round trip, in the order they were sent; of threads so named alone, such as `rpc`."""
    statements: list[tuple[str, Any]] = []

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, query: Any, parameters: Any = None) -> None:
            if threading.current_thread().name.startswith(threads):
                statements.append((str(query), parameters))
            super().execute(query, parameters)

    def watch(connection: Any, *_: object) -> None:
        connection.cursor_factory = Cursor

    def leave(connection: Any, *_: object) -> None:
        connection.cursor_factory = None

    engine = database._engine
    sa.event.listen(engine, "checkout", watch)
    sa.event.listen(engine, "checkin", leave)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "checkout", watch)
        sa.event.remove(engine, "checkin", leave)
