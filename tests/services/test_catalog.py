"""The databases: migrated to what the code declares, and closed to other organizations by PostgreSQL itself."""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chassis.contract import service_names
from chassis.database.schema import GLOBAL_TABLES, chassis_metadata
from chassis.ids import uuid7

if TYPE_CHECKING:
    from tests.support.postgres import Database


def declared(service: str) -> sa.MetaData:
    """All tables a service declares, the chassis' among them."""
    importlib.import_module(f"{service}.app")
    merged = sa.MetaData()
    for metadata in (chassis_metadata, importlib.import_module(f"{service}.metadata").metadata):
        for table in metadata.tables.values():
            table.to_metadata(merged)
    return merged


def relevant(difference: Any) -> bool:
    """Partitions are made by the day, and expressions in indexes come back from PostgreSQL in other words."""
    if isinstance(difference, list):
        return any(relevant(item) for item in difference)
    name = difference[1].name if hasattr(difference[1], "name") else ""
    return not (difference[0] in ("remove_table", "remove_index") and str(name).startswith("outbox_2"))


@pytest.mark.parametrize("service", service_names())
def test_migrated_as_declared(service: str, service_database: "Callable[[str], Database]") -> None:
    """After all migrations a database has exactly the tables, columns and indexes that the code declares."""
    engine = sa.create_engine(service_database(service).owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        found = [item for item in compare_metadata(context, declared(service)) if relevant(item)]
    engine.dispose()
    assert [] == [item for item in found if "alembic_version" not in str(item)]


@pytest.mark.parametrize("service", service_names())
def test_rows_are_closed(service: str, service_database: "Callable[[str], Database]") -> None:
    """Every table that is not on the short list of global ones has row-level security, enabled and forced."""
    with psycopg2.connect(plain(service_database(service).superuser_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert {name for (name,) in cursor.fetchall()} <= GLOBAL_TABLES


@pytest.mark.parametrize("service", service_names())
@pytest.mark.parametrize("role", ["app", "worker"])
def test_raw_sql_sees_nothing(service: str, role: str, service_database: "Callable[[str], Database]") -> None:
    """Raw SQL under the service's roles, without an organization or with another's, sees no row of any tenant's table."""
    database = service_database(service)
    worker_sees = {"outbox", "inbox", "timers", "jobs", "idempotency_keys"} if role == "worker" else set()
    url = database.app_url if role == "app" else database.worker_url
    with psycopg2.connect(plain(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND relrowsecurity AND NOT relispartition"
        )
        for (table,) in cursor.fetchall():
            if table in worker_sees:
                continue
            for organization in ("", str(uuid7())):
                cursor.execute("SELECT set_config('guanxi.org_id', %s, true)", (organization,))
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                assert (0,) == cursor.fetchone(), table


@pytest.mark.parametrize("service", service_names())
def test_roles_are_weak(service: str, service_database: "Callable[[str], Database]") -> None:
    """No role of a service is superuser, passes row-level security, or owns a table it serves requests with."""
    with psycopg2.connect(plain(service_database(service).superuser_url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE %s AND (rolsuper OR rolbypassrls)", (f"{service}\\_%",)
        )
        assert (0,) == cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner IN (%s, %s) AND schemaname NOT LIKE 'pg\\_temp\\_%%'",
            (f"{service}_app", f"{service}_worker"),
        )
        assert (0,) == cursor.fetchone()


def plain(url: str) -> str:
    """The address as libpq has it."""
    return url.replace("+psycopg2", "")
