"""Services under test: one server of each for the run, an organization of its own for every test."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from customers.app import build as build_customers
from customers.config import Config as CustomersConfig
from engagement.app import build as build_engagement
from engagement.config import Config as EngagementConfig
from sales.app import build as build_sales
from sales.config import Config as SalesConfig
from tests.services.harness import Client, Running, Tenant, config_of, running
from tests.support.house import Admin, House, engagement_settings, house_of

if TYPE_CHECKING:
    from local.inbox import MailSink
    from tests.support.postgres import Database, Databases


@pytest.fixture(scope="session")
def customers(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The customers service."""
    config = config_of(service_database("customers"), tmp_path_factory.mktemp("customers"), CustomersConfig)
    with running(build_customers, config) as started:
        yield started


@pytest.fixture
def tenant(customers: Running) -> Tenant:
    """A new organization."""
    return customers.tenants.make()


@pytest.fixture
def client(customers: Running, tenant: Tenant) -> Iterator[Client]:
    """Its administrator, calling customers."""
    made = customers.client(tenant)
    yield made
    made.close()


@pytest.fixture(scope="module")
def sales(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory, customers: Running
) -> Iterator[Running]:
    """The sales service, of the same organizations as customers."""
    address = {"GUANXI_CUSTOMERS_ADDRESS": f"127.0.0.1:{customers.port}"}
    config = config_of(service_database("sales"), tmp_path_factory.mktemp("sales"), SalesConfig, **address)
    with running(build_sales, config, customers.tenants) as started:
        yield started


@pytest.fixture(scope="module")
def house(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory, mail_sink: "MailSink"
) -> Iterator[House]:
    """Identity and engagement, for all tests of a file."""
    with house_of(service_database, tmp_path_factory.mktemp("house"), mail_sink) as made:
        yield made


@pytest.fixture
def admin(house: House) -> Admin:
    """A new organization's administrator."""
    return house.sign_up()


@pytest.fixture(scope="module")
def engagement(
    databases: "Databases", tmp_path_factory: pytest.TempPathFactory, mail_sink: "MailSink"
) -> Iterator[Running]:
    """Engagement by itself on a database of its own: its senders take whatever waits. Private addresses are allowed, and
    the system has no provider of SMS.
    """
    settings = engagement_settings(mail_sink.url) | {"GUANXI_PRIVATE_CHANNELS": "allow"}
    folder = tmp_path_factory.mktemp("engagement")
    config = config_of(databases.create("engagement"), folder, EngagementConfig, **settings)
    with running(build_engagement, config) as started:
        yield started


@pytest.fixture
def company(engagement: Running) -> Tenant:
    """A new organization of that engagement."""
    return engagement.tenants.make()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords that were hashed to be compared, as they come."""
    found: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash_: str, password: str) -> Any:
        found.append(password)
        return verify(self, hash_, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return found
