"""What a superuser does once for each service's database, before its first migration.

A database with a locale that never changes under an index, three roles none of which can pass
row-level security, two extensions, default privileges, and the LEAKPROOF marks without which
row-level security switches most indexes off. Everything here may be run again at any time.

    python -m chassis.database.bootstrap      reads GUANXI_SUPERUSER_URL (a libpq or SQLAlchemy address),
                                              GUANXI_SERVICES (databases, separated by commas) and
                                              GUANXI_ROLE_PASSWORDS (a JSON object: role -> password)
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import Connection, text

log = logging.getLogger(__name__)

EXTENSIONS = ("pg_trgm", "btree_gin")

LEAKPROOF = (
    "textlike(text, text)",
    "jsonb_contains(jsonb, jsonb)",
    "arraycontains(anyarray, anyarray)",
    "arrayoverlap(anyarray, anyarray)",
    "numeric_eq(numeric, numeric)",
    "numeric_lt(numeric, numeric)",
    "numeric_le(numeric, numeric)",
    "numeric_gt(numeric, numeric)",
    "numeric_ge(numeric, numeric)",
)
"""Functions the planner may push below a row-level security barrier, though PostgreSQL does not say so.

Their errors could reveal a row of another organization to someone who writes SQL; only compiled
statements run here, and patterns are escaped (search at 1M rows: 1.9 ms with the marks, 32 ms without).
"""

BACKUP_ROLE = "backup"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_LOCK_KEY = 0x6775616E  # "guan": one bootstrap at a time on a cluster


def roles_of(database: str) -> tuple[str, str, str]:
    """The owner, application and worker role of a service's database, in this order."""
    return f"{database}_owner", f"{database}_app", f"{database}_worker"


def role_names(databases: Iterable[str]) -> list[str]:
    """Every role `bootstrap` makes for these databases, the backup role last."""
    return [role for database in databases for role in roles_of(database)] + [BACKUP_ROLE]


def bootstrap(superuser_url: str, services: Iterable[str], passwords: Mapping[str, str]) -> None:
    """Create or repair the databases and roles of `services` (database names, such as `service_desk`).

    `passwords` maps each role (see `role_names`) to its password; a role left out keeps the one it has,
    and a new one has none. Raises ValueError for a name that is not a plain lower-case word, and
    psycopg2.Error when the address does not answer or its user may not create databases.
    Without superuser rights the LEAKPROOF marks and the backup role are left out with a warning.
    """
    databases = list(services)
    for name in databases:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a database name: {name!r}")
    with _connect(superuser_url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        _create_backup_role(cursor, passwords.get(BACKUP_ROLE))
        for database in databases:
            for role in roles_of(database):
                _create_role(cursor, role, passwords.get(role))
            _create_database(cursor, database)
        for database in databases:
            with _connect(superuser_url, database) as inside:
                _prepare_database(inside, database)


def missing_leakproof(connection: Connection) -> list[str]:
    """The functions of `LEAKPROOF` that lack their mark in this database; pg_dump and pg_upgrade forget them."""
    rows = connection.execute(
        text(
            "SELECT oid::regprocedure::text FROM pg_proc WHERE oid = ANY(CAST(:names AS regprocedure[])) AND NOT proleakproof"
        ),
        {"names": list(LEAKPROOF)},
    )
    unmarked = {row[0].replace(",", ", ") for row in rows}
    return [name for name in LEAKPROOF if name in unmarked]


@contextmanager
def _connect(url: str, database: str | None = None) -> Iterator[psycopg2.extensions.cursor]:
    """A cursor in autocommit: CREATE DATABASE refuses to run in a transaction."""
    address = re.sub(r"^postgresql\+psycopg2://", "postgresql://", url)
    overrides: dict[str, Any] = {} if database is None else {"dbname": database}
    connection = psycopg2.connect(address, **overrides)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _create_role(cursor: psycopg2.extensions.cursor, role: str, password: str | None) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = sql.SQL("ALTER ROLE") if cursor.fetchone() else sql.SQL("CREATE ROLE")
    secret = sql.SQL("") if password is None else sql.SQL("PASSWORD {}").format(sql.Literal(password))
    cursor.execute(
        sql.SQL("{} {} LOGIN NOCREATEDB NOCREATEROLE NOINHERIT {}").format(verb, sql.Identifier(role), secret)
    )
    cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
    row = cursor.fetchone()
    if row is None or row[0]:  # only a superuser may take these away, so ask only when they are there
        cursor.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role)))


def _create_backup_role(cursor: psycopg2.extensions.cursor, password: str | None) -> None:
    """A role that reads every row of every organization, and writes none: for pg_dump alone."""
    _create_role(cursor, BACKUP_ROLE, password)
    try:
        cursor.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(BACKUP_ROLE)))
        cursor.execute(
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(BACKUP_ROLE))
        )
    except InsufficientPrivilege:
        log.warning("the role %s cannot bypass row-level security: dump as a superuser instead", BACKUP_ROLE)


def _create_database(cursor: psycopg2.extensions.cursor, database: str) -> None:
    # pg_trgm asks libc, not the provider, what a letter is: under LC_CTYPE C, Chinese has no trigrams, hence no index.
    owner = sql.Identifier(roles_of(database)[0])
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))  # a managed service's admin must be a member
        cursor.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            ).format(sql.Identifier(database), owner)
        )
    cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))


def _prepare_database(cursor: psycopg2.extensions.cursor, database: str) -> None:
    for extension in EXTENSIONS:
        cursor.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    owner, app, worker = (sql.Identifier(role) for role in roles_of(database))
    backup = sql.Identifier(BACKUP_ROLE)
    names = {"database": sql.Identifier(database), "owner": owner, "app": app, "worker": worker, "backup": backup}
    for statement in _PRIVILEGES:
        cursor.execute(sql.SQL(statement).format(**names))
    try:
        for function in LEAKPROOF:
            cursor.execute(f"ALTER FUNCTION pg_catalog.{function} LEAKPROOF")
    except InsufficientPrivilege:
        log.warning("no right to mark functions LEAKPROOF in %s: it works, with slower search", database)


_PRIVILEGES = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}, {worker}",
    "GRANT CONNECT ON DATABASE {database} TO {backup}",
    "GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
    "GRANT USAGE ON SCHEMA public TO {app}, {worker}, {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}, {worker}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {app}, {worker}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON TABLES TO {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT ON SEQUENCES TO {backup}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {app}, {worker}",
)


def main(environment: Mapping[str, str] = os.environ) -> int:
    """The command line: 0 when every database is ready, 2 when a setting is missing or unreadable."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    missing = [
        name
        for name in ("GUANXI_SUPERUSER_URL", "GUANXI_SERVICES", "GUANXI_ROLE_PASSWORDS")
        if not environment.get(name)
    ]
    if missing:
        log.error("missing settings: %s", ", ".join(missing))
        return 2
    try:
        passwords = json.loads(environment["GUANXI_ROLE_PASSWORDS"])
    except ValueError as error:
        log.error("GUANXI_ROLE_PASSWORDS is not JSON: %s", error)
        return 2
    databases = [name.strip() for name in environment["GUANXI_SERVICES"].split(",") if name.strip()]
    bootstrap(environment["GUANXI_SUPERUSER_URL"], databases, passwords)
    log.info("ready: %s", ", ".join(databases))
    return 0


if __name__ == "__main__":
    sys.exit(main())
