"""Staging: rows of the file in the database, and what is found out about them set by set."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import islice
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.database.schema import jobs
from chassis.imports.cells import CellReader, Problem
from chassis.imports.tables import import_issues, import_rows, import_values

CHUNK = 2000
KEEP = timedelta(days=7)
T = TypeVar("T")
_TEMPORARY = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS staged_rows (number integer, raw jsonb, keys text[], title_key text,"
    " problems jsonb, record_id uuid, skip boolean) ON COMMIT DELETE ROWS"
)
_COPY = "COPY staged_rows FROM STDIN"
_MOVE = sa.text(
    "INSERT INTO import_rows (org_id, job_id, number, raw, keys, title_key, problems, record_id, skip)"
    " SELECT :org, :job, number, raw, keys, title_key, problems, record_id, skip FROM pg_temp.staged_rows"
    " ON CONFLICT (org_id, job_id, number) DO UPDATE SET raw = excluded.raw, keys = excluded.keys,"
    " title_key = excluded.title_key, problems = excluded.problems, skip = excluded.skip"
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def record_id_of(job_id: uuid.UUID, number: int, kind: str = "") -> uuid.UUID:
    """The id (UUIDv7) of the record that a row makes: the same however often the row is read."""
    digest = hashlib.sha256(f"{job_id}/{kind}/{number}".encode()).digest()
    value = job_id.int >> 80 << 80 | (number >> 12 & 0xFFF) << 64 | (number & 0xFFF) << 50
    return uuid.UUID(int=value | int.from_bytes(digest[:6]) | 0x7000 << 64 | 0x8000 << 48)


@contextmanager
def without_loops(transaction: Transaction) -> Iterator[None]:
    """Joins hash or merge in this block. The planner knows nothing of rows that were written a moment ago and would
    loop over them: 8,800 rows took minutes, and take 60 ms without loops.
    """
    transaction.connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    transaction.connection.exec_driver_sql("SET LOCAL enable_nestloop = on")


class Staging:
    """The staged rows of one job."""

    def __init__(self, call: Call, job_id: uuid.UUID) -> None:
        self._scope = {"org": call.org_id, "job": job_id}
        self.job_id = job_id

    def clear(self, transaction: Transaction) -> None:
        """Forget everything staged, and what other imports of the organization staged that ended a week ago."""
        over = sa.select(jobs.c.id).where(
            jobs.c.org_id == self._scope["org"],
            jobs.c.kind == "import",
            jobs.c.end_time < datetime.now(UTC) - KEEP,
        )
        for table in (import_rows, import_values, import_issues):
            transaction.execute(sa.delete(table).where(*self.of(table)))
            transaction.execute(sa.delete(table).where(table.c.org_id == self._scope["org"], table.c.job_id.in_(over)))

    def of(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        """The condition for this job's rows of a table."""
        return table.c.org_id == self._scope["org"], table.c.job_id == self.job_id

    def run(self, transaction: Transaction, statement: str, **values: Any) -> int:
        """Run a statement with :org and :job; returns the number of rows."""
        return transaction.execute(sa.text(statement), {**self._scope, **values}).rowcount

    def run_set(self, transaction: Transaction, statement: str, **values: Any) -> int:
        """Run a statement that joins staged rows with other rows; see `without_loops`."""
        with without_loops(transaction):
            return self.run(transaction, statement, **values)

    def rows(self, transaction: Transaction, statement: str, **values: Any) -> list[sa.Row[Any]]:
        """Rows of a query with :org and :job."""
        return list(transaction.execute(sa.text(statement), {**self._scope, **values}))

    def add(
        self,
        transaction: Transaction,
        reader: CellReader,
        rows: Sequence[tuple[int, dict[str, str], bool, list[Problem]]],
    ) -> None:
        """Stage rows: (number, cells by field, left out, problems of the row itself). Row-level security forbids COPY
        into the table itself, so they pass through a temporary one.
        """
        buffer = StringIO()
        for number, raw, skip, problems in rows:
            reading = reader.read(raw)
            found = [*problems, *reading.problems]
            buffer.write(
                "\t".join(
                    (
                        str(number),
                        orjson.dumps(raw).decode().replace("\\", "\\\\"),
                        _array(reader.keys(raw)),
                        reader.title_key(raw).translate(_ESCAPES),
                        orjson.dumps(found).decode().replace("\\", "\\\\") if found else "[]",
                        str(record_id_of(self.job_id, number)),
                        "t" if skip else "f",
                    )
                )
            )
            buffer.write("\n")
        buffer.seek(0)
        transaction.connection.exec_driver_sql(_TEMPORARY)
        transaction.cursor().copy_expert(_COPY, buffer)
        transaction.execute(_MOVE, self._scope)

    def values(self, transaction: Transaction, field: str) -> Iterator[list[str]]:
        """The different texts of a field, in pieces."""
        statement = sa.text(
            "SELECT DISTINCT raw->>:field FROM import_rows WHERE org_id = :org AND job_id = :job AND raw ? :field"
        )
        # On the statement: on the connection these options would stay for all that follows.
        streamed = statement.execution_options(stream_results=True, yield_per=CHUNK)
        for piece in transaction.execute(streamed, {**self._scope, "field": field}).scalars().partitions():
            yield list(piece)

    def put_values(self, transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
        """What texts of references were found to mean."""
        if rows:
            transaction.execute(
                sa.insert(import_values),
                [{"org_id": self._scope["org"], "job_id": self.job_id, **row} for row in rows],
            )

    def repeat(self, step: Callable[[], int], limit: int = 100) -> int:
        """Run a statement until it changes nothing more; returns how often it changed something."""
        times = 0
        while times < limit and step():
            times += 1
        return times


def _array(values: list[str] | None) -> str:
    """A text array as COPY reads it."""
    if values is None:
        return "\\N"
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return f"{{{quoted}}}".translate(_ESCAPES)
