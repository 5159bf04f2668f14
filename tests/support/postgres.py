"""A real PostgreSQL for tests: one cluster for the run, each service migrated once, then copied as a template.

def test_something(databases):
    database = databases.create("customers")      # a migrated copy; database.app_url, .worker_url, …
"""

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import sql

from chassis.database.bootstrap import bootstrap, role_names, roles_of
from local import ports, process
from local.errors import StartError
from local.postgres import Postgres
from tests.support import run

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "test"
_SQLALCHEMY = "postgresql+psycopg2"
_numbers = itertools.count(1)
_keepers: "list[subprocess.Popen[bytes]]" = []  # held so that nobody waits for them, nor warns that nobody does


@dataclass(frozen=True)
class Database:
    """One database and the addresses of its roles, as SQLAlchemy writes them."""

    name: str
    service: str
    port: int

    def url(self, role: str, password: str = PASSWORD) -> str:
        """The address for any role."""
        return f"{_SQLALCHEMY}://{role}:{password}@127.0.0.1:{self.port}/{self.name}"

    @property
    def owner_url(self) -> str:
        """For migrations."""
        return self.url(roles_of(self.service)[0])

    @property
    def app_url(self) -> str:
        """For requests."""
        return self.url(roles_of(self.service)[1])

    @property
    def worker_url(self) -> str:
        """For the relay, consumers and timers."""
        return self.url(roles_of(self.service)[2])

    @property
    def superuser_url(self) -> str:
        """For what a test checks behind row-level security."""
        return self.url("postgres")

    def environment(self) -> dict[str, str]:
        """The settings by which a service finds this database."""
        return {
            "GUANXI_DATABASE_URL": self.app_url,
            "GUANXI_WORKER_DATABASE_URL": self.worker_url,
            "GUANXI_OWNER_DATABASE_URL": self.owner_url,
        }


class Databases:
    """The cluster of this test run. Cheap to make in every worker; the first one starts the server."""

    def __init__(self, *, fsync: bool = False) -> None:
        """With `fsync` a second cluster that loses nothing in a crash, for tests which prove that."""
        self._kind = "postgres-fsync" if fsync else "postgres"
        self.port = _shared_cluster(self._kind, fsync=fsync)
        self.superuser_url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def create(self, service: str) -> Database:
        """A new database with the service's schema; `service` is its package name, such as `service_desk`."""
        self._once(service, migrate=True)
        name = f"{service}_{os.getpid()}_{next(_numbers)}"
        owner = roles_of(service)[0]
        with self._superuser() as connection, connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*map(sql.Identifier, (name, service, owner)))
            )
        return Database(name, service, self.port)

    def create_empty(self, service: str) -> Database:
        """The database `service` itself, bootstrapped but without tables: for tests that make their own."""
        name = f"{service}_{os.getpid()}_{next(_numbers)}"
        bootstrap(self.superuser_url, [name], dict.fromkeys(role_names([name]), PASSWORD))
        return Database(name, name, self.port)

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is still connected."""
        with self._superuser() as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))

    def _once(self, service: str, *, migrate: bool) -> None:
        with run.once(f"{self._kind}-{service}") as done:
            if done.exists():
                return
            bootstrap(self.superuser_url, [service], dict.fromkeys(role_names([service]), PASSWORD))
            if migrate:
                _migrate(Database(service, service, self.port))
            done.write_text("{}")

    def _superuser(self) -> "_Autocommit":
        return _Autocommit(self.superuser_url)


class _Autocommit:
    """A connection without transactions, closed at the end: CREATE DATABASE wants both."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def __enter__(self) -> "psycopg2.extensions.connection":
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _migrate(database: Database) -> None:
    """Run the service's own migrations, as in production: `python -m <service> migrate`."""
    outcome = subprocess.run(
        [sys.executable, "-m", database.service, "migrate"],
        env={**os.environ, **database.environment()},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise StartError(f"{database.service} migrate", f"ended with code {outcome.returncode}:\n{outcome.stdout}")


def _shared_cluster(kind: str, *, fsync: bool) -> int:
    """The port of the run's cluster; started by the first who asks, kept until the run's main process ends."""
    with run.once(kind) as known:
        if known.exists():
            return int(json.loads(known.read_text())["port"])
        folder = run.folder() / kind
        folder.mkdir()
        cluster = Postgres(
            folder / "data", port=ports.pick(1)[0], password=PASSWORD, log=folder / "postgres.log", fsync=fsync
        )
        cluster.initialize()
        owner = run.owner()
        keep = [sys.executable, "-m", "local.keep", str(owner.pid), str(owner.started), str(folder), "--"]
        _keepers.append(
            process.start(
                [*keep, *cluster.command()],
                log=folder / "keep.log",
                environment=os.environ,
                cwd=ROOT,
            )
        )
        cluster.wait_ready(60)
        known.write_text(json.dumps({"port": cluster.port}))
        return cluster.port
