"""Projections: what a service keeps of others' records is the newest that was told, in whatever order."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.connection import Database
from chassis.database.schema import refs
from chassis.events.projections import keep_newest, records
from chassis.ids import uuid7
from chassis.resources.refs import follow
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from reporting.facts.table import opportunity_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.postgres import Database as TestDatabase


@pytest.fixture(scope="module")
def database(service_database: "Callable[[str], TestDatabase]") -> "Iterator[Database]":
    """Reporting's database, as its worker sees it."""
    made = Database(service_database("reporting").worker_url, 1)
    yield made
    made.dispose()


def told(org_id: Any, *accounts: tuple[Any, int, str]) -> events_pb2.Event:
    """An event about accounts: id, version and name."""
    event = events_pb2.Event(id=str(uuid7()), org_id=str(org_id), resource="customers.Account", verb="updated")
    for record_id, version, name in accounts:
        message = accounts_pb2.Account(id=str(record_id), name=name)
        event.changes.add(id=str(record_id), version=version).after.Pack(message, type_url_prefix="guanxi/")
    return event


class TestRecords:
    def test_sides(self) -> None:
        """A side that is not there is None, and so are both where no contract knows the resource."""
        record_id = uuid7()
        event = told(uuid7(), (record_id, 3, "A"))
        (found,) = records(event)
        assert (record_id, 3, None, "A") == (found.id, found.version, found.before, found.after.name)
        event.resource = "elsewhere.Thing"
        assert [None] == [record.after for record in records(event)]


class TestKeepNewest:
    def test_versions(self, database: Database) -> None:
        """The newest version stays, also when one event tells of several, in whatever order they come."""
        call, account = system_call(uuid7()), uuid7()
        for event in (
            told(call.org_id, (account, 2, "two"), (account, 3, "three"), (account, 1, "one")),
            told(call.org_id, (account, 2, "two again")),
        ):
            with database.write(call) as transaction:
                follow(transaction, event)
        kept = database.read(call, sa.select(refs.c.title, refs.c.version).where(refs.c.id == account))
        assert [("three", 3)] == [tuple(row) for row in kept]

    def test_values(self, database: Database) -> None:
        """Amounts come back digit for digit, quotes and absent values as they were."""
        call = system_call(uuid7())
        row = {
            "id": uuid7(),
            "version": 1,
            "amount": Decimal("123456789012345.6789"),
            "status": 'it\'s "so" %s',
            "close_date": None,
        }
        with database.write(call) as transaction:
            keep_newest(transaction, opportunity_facts, [row])
        columns = [opportunity_facts.c[name] for name in row]
        kept = database.read(call, sa.select(*columns).where(opportunity_facts.c.org_id == call.org_id))
        assert [tuple(row.values())] == [tuple(found) for found in kept]

    def test_nothing(self, database: Database) -> None:
        """No rows are no statement."""
        with database.write(system_call(uuid7())) as transaction:
            keep_newest(transaction, refs, [])
