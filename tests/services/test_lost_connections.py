"""A database that comes back: what callers see of the connections that died with it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from identity.app import build
from identity.config import Config
from tests.services.harness import SERVICE_TOKEN, Client, Refused, config_of
from tests.support.house import identity_settings

if TYPE_CHECKING:
    from tests.support.postgres import Database

WRONG: dict[str, Any] = {"email": "nobody@example.com", "password": "not a password"}


def test_a_dead_connection_is_no_failure_of_ours(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Who meets a connection that died idle is told to try again, log-ins too; the next one is served."""
    database = service_database("identity")
    service = build(config_of(database, tmp_path_factory.mktemp("lost"), Config, **identity_settings()))
    server = service.server()
    server.start()
    client = Client(server.port, service_token=SERVICE_TOKEN)
    codes = []
    try:
        for _ in range(3):
            with pytest.raises(Refused) as refused:
                client.call("CreateSession", **WRONG)
            codes.append(str(refused.value.code))
            if len(codes) == 1:
                _terminate(database)
    finally:
        server.stop(pause=0, grace=1)
        service.close()
    assert [code.rpartition(".")[2] for code in codes] == ["UNAUTHENTICATED", "UNAVAILABLE", "UNAUTHENTICATED"]


def _terminate(database: "Database") -> None:
    connection = psycopg2.connect(database.superuser_url.replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                       " AND datname = current_database() AND usename = 'identity_app'")  # fmt: skip
    connection.close()
