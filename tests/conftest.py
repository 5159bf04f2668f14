"""What every test may ask for: real infrastructure, started when it is first needed, shared where that is safe."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import run

if TYPE_CHECKING:
    from local.broker import Broker
    from local.inbox import MailSink
    from tests.support.postgres import Database, Databases
    from tests.support.stack import Stack


def pytest_configure(config: pytest.Config) -> None:
    """The run's main process names the shared folder before any worker starts."""
    if not hasattr(config, "workerinput"):
        folder = run.begin()
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ.setdefault("GUANXI_LOG_LEVEL", "WARNING")


@pytest.fixture(scope="session")
def databases() -> "Databases":
    """The run's PostgreSQL (fsync off): `databases.create("customers")` gives a migrated database of its own."""
    from tests.support.postgres import Databases

    return Databases()


@pytest.fixture(scope="session")
def durable_databases() -> "Databases":
    """The same with fsync on, for tests about crashes."""
    from tests.support.postgres import Databases

    return Databases(fsync=True)


@pytest.fixture(scope="session")
def service_database(databases: "Databases") -> "Callable[[str], Database]":
    """One migrated database per service for all tests of this worker; tests part by organization."""
    made: dict[str, Database] = {}

    def database(service: str) -> "Database":
        if service not in made:
            made[service] = databases.create(service)
        return made[service]

    return database


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Broker]":
    """The worker's nats-server."""
    from tests.support.nats import start_broker

    server = start_broker(tmp_path_factory.mktemp("broker"))
    yield server
    server.stop()


@pytest.fixture
def new_broker(tmp_path: Path) -> "Iterator[Callable[[], Broker]]":
    """Makes nats-servers that a test may kill or empty."""
    from tests.support.nats import start_broker

    made: list[Broker] = []

    def start() -> "Broker":
        made.append(start_broker(tmp_path))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def mail_sink(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[MailSink]":
    """The worker's SMTP server; `mail_sink.inbox.wait_for(address)` reads what arrived."""
    from tests.support.mail import start_mail_sink

    sink = start_mail_sink(tmp_path_factory.mktemp("mail"))
    yield sink
    sink.stop()


_STACK: "pytest.StashKey[Stack]" = pytest.StashKey()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> "Iterator[Stack]":
    """The worker's whole system: real processes behind `stack.url`. Tests part by signing up organizations."""
    from tests.support.stack import Stack

    system = Stack.start(tmp_path_factory.mktemp("stack"))
    request.config.stash[_STACK] = system
    yield system
    system.stop()


@pytest.fixture(scope="module", autouse=True)
def stranger(request: pytest.FixtureRequest) -> None:
    """Each file's tests come as from elsewhere: all sign up from one address, at which people do not by the hundred."""
    if system := request.config.stash.get(_STACK, None):
        system.forget_attempts()


@pytest.fixture
def new_stack(tmp_path: Path) -> "Iterator[Callable[..., Stack]]":
    """Makes whole systems that a test may kill: `new_stack(fsync=True, split=True)`."""
    from tests.support.stack import Stack

    made: list[Stack] = []

    def start(**options: bool) -> "Stack":
        made.append(Stack.start(tmp_path / f"stack-{len(made)}", **options))
        return made[-1]

    yield start
    for system in made:
        system.stop()
