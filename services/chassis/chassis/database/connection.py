"""Connections and units of work.

A write is one transaction that begins by setting the organization, the actor and the caller's remaining time. A read is
one simple query in autocommit with the same settings in front of it: `SELECT set_config(…); SELECT …` in one round
trip, so that row-level security costs microseconds and not a transaction. Reads of several statements use `snapshot`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import orjson
import psycopg2
import sqlalchemy as sa
from opentelemetry import trace
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from chassis.call import Call
from chassis.database.doorbell import Doorbell
from chassis.errors import DeadlineError, InvalidArgumentError, UnavailableError
from chassis.telemetry import child_span

_PREFIX = (
    "SELECT set_config('guanxi.org_id', %(guanxi_org)s, true), "
    "set_config('statement_timeout', %(guanxi_timeout)s, true); "
)
_QUERY_CANCELED = "57014"
_SERIALIZATION = ("40001", "40P01")
R = TypeVar("R")


def mapping(row: sa.Row[Any]) -> Mapping[str, Any]:
    """A row by column name."""
    found: Any = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Compiled:
    """A SELECT as text with named parameters, and its columns."""

    sql: str
    columns: tuple[str, ...]


class Transaction:
    """A write under way: executes statements, and knows the call it belongs to."""

    def __init__(self, call: Call, connection: sa.Connection) -> None:
        self.call = call
        self.connection = connection

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run one statement."""
        return self.connection.execute(statement, parameters)

    def cursor(self) -> Any:
        """The raw psycopg2 cursor, for COPY."""
        raw = self.connection.connection.dbapi_connection
        if raw is None:
            raise UnavailableError
        return raw.cursor()


class Database:
    """One service's database under one role."""

    def __init__(self, url: str, pool_size: int, *, application: str = "guanxi") -> None:
        self._engine = sa.create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_use_lifo=True,
            insertmanyvalues_page_size=500,
            # Rows do not belong in logs.
            hide_parameters=True,
            json_serializer=_to_json,
            json_deserializer=_from_json,
            connect_args={"application_name": application, "connect_timeout": 5, "keepalives_idle": 30},
        )
        self._doorbell = Doorbell(self._engine)
        sa.event.listen(self._engine, "before_cursor_execute", _set_before_select, retval=True)

    @contextmanager
    def write(self, call: Call) -> Iterator[Transaction]:
        """One transaction; commits at the end of the block, rolls back when it raises."""
        with (
            translated(),
            child_span("sql.transaction"),
            self._engine.begin() as connection,
            call.cancellation.covering(_canceller(connection)),
        ):
            self._begin(connection, call)
            yield Transaction(call, connection)
        self._doorbell.ring()

    @contextmanager
    def snapshot(self, call: Call) -> Iterator[Transaction]:
        """Several reads of one state: REPEATABLE READ, READ ONLY."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            translated(),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            self._begin(connection, call)
            yield Transaction(call, connection)

    def read(self, call: Call, statement: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[sa.Row[Any]]:
        """All rows of one SELECT, in one round trip. Tries once more on another connection when one was broken."""

        def select(connection: sa.Connection) -> list[sa.Row[Any]]:
            return list(connection.execution_options(guanxi_scope=_scope(call)).execute(statement).all())

        return self._read(call, select)

    def compile(self, statement: sa.Select[Any]) -> Compiled:
        """A SELECT made ready for `run`; every value in it is a named parameter."""
        compiled = statement.compile(dialect=self._engine.dialect)
        return Compiled(_PREFIX + str(compiled), tuple(column.name for column in statement.selected_columns))

    def run(self, call: Call, compiled: Compiled, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """All rows of a compiled SELECT, by column name; otherwise as `read`, in a fifth of its time."""

        def select(connection: sa.Connection) -> list[Mapping[str, Any]]:
            raw: Any = connection.connection.dbapi_connection
            try:
                with raw.cursor() as cursor:
                    cursor.execute(compiled.sql, {**parameters, **_scope(call)})
                    return [dict(zip(compiled.columns, row, strict=True)) for row in cursor.fetchall()]
            except psycopg2.Error as error:
                if raw.closed:
                    connection.invalidate(error)
                kind = OperationalError if isinstance(error, psycopg2.OperationalError) else DBAPIError
                lost = bool(raw.closed)
                raise kind(compiled.sql, None, error, hide_parameters=True, connection_invalidated=lost) from error

        return self._read(call, select)

    def _read(self, call: Call, select: Callable[[sa.Connection], list[R]]) -> list[R]:
        for last in (False, True):
            try:
                with translated(), child_span("sql.read") as span:
                    with self._reading() as connection, call.cancellation.covering(_canceller(connection)):
                        rows = select(connection)
                    span.set_attribute("db.rows", len(rows))
                    return rows
            except UnavailableError as error:
                if last or not getattr(error.__cause__, "connection_invalidated", False):
                    raise
        raise AssertionError("unreachable")

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection in autocommit, set on the driver: for SQLAlchemy's isolation levels psycopg2 sends two SETs."""
        with self._engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.autocommit = True
            try:
                yield connection
            finally:
                if not raw.closed:
                    raw.rollback()  # nothing is sent unless a statement failed
                    raw.autocommit = False

    @contextmanager
    def work(self) -> Iterator[sa.Connection]:
        """A transaction without an organization, for the worker's own loops over WORKER_TABLES and global ones."""
        with self._engine.begin() as connection:
            yield connection

    def probe(self, statement: sa.Executable) -> Any:
        """The first row of a small question over WORKER_TABLES, in one round trip without a transaction."""
        with self._reading() as connection:
            return connection.execute(statement).first()

    def ring(self) -> None:
        """Wake this service's workers, after `work` left them something; `write` does it by itself."""
        self._doorbell.ring()

    def dispose(self) -> None:
        """Close every connection."""
        self._doorbell.close()
        self._engine.dispose()

    @staticmethod
    def _begin(connection: sa.Connection, call: Call) -> None:
        set_scope(connection, call)


def _exact(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _to_json(value: Any) -> str:
    """JSON whose numbers are exact decimals."""
    return orjson.dumps(value, default=_exact).decode()


_from_json = json.JSONDecoder(parse_float=Decimal).decode  # json.loads would make a decoder each time


def _canceller(connection: sa.Connection) -> Callable[[], None]:
    """Asks PostgreSQL to end what this connection is doing."""
    raw: Any = connection.connection.dbapi_connection
    cancel: Callable[[], None] = raw.cancel
    return cancel


def set_scope(connection: sa.Connection, call: Call) -> None:
    """Set the organization and the time left, until the transaction ends."""
    connection.exec_driver_sql(_PREFIX.rstrip("; "), _scope(call))


def _scope(call: Call) -> dict[str, str]:
    return {"guanxi_org": _org(call), "guanxi_timeout": str(call.remaining_ms())}


def _org(call: Call) -> str:
    return str(call.principal.org_id) if call.principal.org_id else ""


def _set_before_select(
    connection: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> tuple[str, Any]:
    scope = connection.get_execution_options().get("guanxi_scope")
    if scope is None or executemany:
        return statement, parameters
    return _PREFIX + statement, {**parameters, **scope}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except ValueError as error:
        if "NUL" not in str(error):
            raise
        raise InvalidArgumentError("NUL") from error
    except PoolTimeoutError as error:
        raise UnavailableError from error
    except DBAPIError as error:
        code = getattr(error.orig, "pgcode", None)
        trace.get_current_span().set_attribute("db.error", str(code))
        if code == _QUERY_CANCELED:
            raise DeadlineError from error
        if code in _SERIALIZATION:
            raise UnavailableError from error
        if error.connection_invalidated or (
            isinstance(error, OperationalError) and code in (None, "57P01", "57P03", "53300")
        ):
            raise UnavailableError from error
        if isinstance(error.orig, psycopg2.DataError) and code == "22P05":
            raise InvalidArgumentError from error
        raise
