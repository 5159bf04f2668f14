"""Services under test: one server of each for the run, an organization of its own for every test."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from customers.app import build as build_customers
from tests.services.harness import Client, Running, Tenant, config_of, running

if TYPE_CHECKING:
    from tests.support.postgres import Database


@pytest.fixture(scope="session")
def customers(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The customers service."""
    config = config_of(service_database("customers"), tmp_path_factory.mktemp("customers"))
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
