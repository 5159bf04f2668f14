"""Events: from the commit to the effect, once, in order, whatever falls over in between."""

import asyncio
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.call import system_call
from chassis.database.connection import Database
from chassis.database.schema import dead_letters, inbox, outbox, relay_state
from chassis.errors import UnavailableError
from chassis.events import inbox as inboxes
from chassis.events.inbox import Consumer
from chassis.events.relay import rewind, sequence
from chassis.events.subscriptions import Subscription
from chassis.ids import uuid7
from chassis.service import Service
from customers.app import build as build_customers
from customers.config import Config as CustomersConfig
from guanxi.events.v1 import events_pb2
from reporting.app import build as build_reporting
from reporting.facts.handlers import follow
from reporting.facts.table import account_facts
from tests.services.harness import Client, Tenant, Tenants, config_of

if TYPE_CHECKING:
    from local.broker import Broker
    from tests.support.postgres import Databases

SECONDS = 60


@pytest.fixture
def world(databases: "Databases", new_broker: "Callable[[], Broker]", tmp_path: Path) -> Iterator["World"]:
    """Customers and reporting with databases and a broker of their own."""
    made = World(databases, new_broker, tmp_path)
    yield made
    made.close()


class World:
    """Two services; nothing runs until a test says so."""

    def __init__(self, databases: "Databases", new_broker: "Callable[[], Broker]", folder: Path) -> None:
        self.new_broker = new_broker
        self.broker = new_broker()
        self.tenants = Tenants()
        self.tenant: Tenant = self.tenants.make()
        made = {name: databases.create(name) for name in ("customers", "reporting")}
        self.configs = {
            name: config_of(database, folder / name, CustomersConfig, GUANXI_NATS_URL=self.broker.url)
            for name, database in made.items()
        }
        self.customers = build_customers(self.configs["customers"], identity=self.tenants.identity)
        self.reporting = build_reporting(self.configs["reporting"], identity=self.tenants.identity)
        self.server = self.customers.server()
        self.server.start()
        self.client = Client(self.server.port, self.tenant.token())

    def create(self, name: str) -> Any:
        """A new account."""
        return self.client.call("CreateAccount", account={"name": name})

    def facts(self) -> dict[str, str]:
        """Account id → name, as reporting knows them."""
        call = system_call(self.tenant.id)
        rows = self.reporting.database.read(
            call, sa.select(account_facts).where(account_facts.c.org_id == self.tenant.id)
        )
        return {str(row.id): row.name for row in rows}

    def restarted_broker(self) -> None:
        """A broker that has lost everything."""
        self.broker.kill()
        self.broker = self.new_broker()
        for service in (self.customers, self.reporting):
            service.config = replace(service.config, nats_url=self.broker.url)

    def close(self) -> None:
        self.server.stop(pause=0, grace=1)
        self.client.close()
        self.customers.close()
        self.reporting.close()


@contextmanager
def working(*services: Service) -> Iterator[None]:
    """The services' workers, while the block runs."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    async def work() -> None:
        await asyncio.gather(*(service.worker().run(ended) for service in services))

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()))
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(120)
        loop.close()


def eventually(check: Callable[[], bool]) -> None:
    """Wait until it holds."""
    from local.process import poll

    assert poll(check, SECONDS, every=0.05)


def rows(database: Database, statement: Any) -> list[Any]:
    """Rows of the worker's own tables."""
    with database.work() as connection:
        return list(connection.execute(statement).all())


def test_effect(world: World) -> None:
    """What is committed in one service is known in another."""
    made = world.create("Acme")
    with working(world.customers, world.reporting):
        eventually(lambda: world.facts() == {made.id: "Acme"})


def test_no_gap(world: World) -> None:
    """The sequence has no gap and follows each record's versions, although transactions overlap."""
    made = [world.create(f"A{n}") for n in range(5)]

    def edit(item: Any) -> None:
        client = Client(world.server.port, world.tenant.token())
        for _ in range(8):
            item = client.call(
                "UpdateAccount",
                account={"id": item.id, "etag": item.etag, "name": f"{item.name}+"},
                update_mask={"paths": ["name"]},
            )
            sequence(world.customers.worker_database)
        client.close()

    threads = [threading.Thread(target=edit, args=(item,)) for item in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while sequence(world.customers.worker_database):
        pass
    found = rows(world.customers.worker_database, sa.select(outbox.c.seq, outbox.c.payload).order_by(outbox.c.seq))
    assert list(range(1, 46)) == [row.seq for row in found]
    versions: dict[str, int] = {}
    for row in found:
        for change in events_pb2.Event.FromString(row.payload).changes:
            assert versions.get(change.id, 0) + 1 == change.version
            versions[change.id] = change.version


def test_broker_lost(world: World) -> None:
    """A broker that lost everything is filled again by moving the relay's pointer back; nothing is doubled."""
    world.create("before")
    with working(world.customers, world.reporting):
        eventually(lambda: len(world.facts()) == 1)
    world.restarted_broker()
    world.create("after")
    assert 0 == rewind(world.customers.worker_database)
    with working(world.customers, world.reporting):
        eventually(lambda: sorted(world.facts().values()) == ["after", "before"])
    assert 2 == len(
        rows(world.reporting.worker_database, sa.select(inbox).where(inbox.c.consumer == "reporting-facts"))
    )


def test_broker_away(world: World) -> None:
    """Writes go on without the broker, and what they told arrives when it is back."""
    world.broker.kill()
    made = [world.create(f"A{n}").id for n in range(3)]
    world.broker = world.new_broker()
    for service in (world.customers, world.reporting):
        service.config = replace(service.config, nats_url=world.broker.url)
    with working(world.customers, world.reporting):
        eventually(lambda: sorted(world.facts()) == sorted(made))


def consumer_of(world: World, handler: Any) -> Consumer:
    """A consumer of accounts in reporting, without a broker."""
    subscription = Subscription("test", ("customers.Account",), handler)
    return Consumer(world.reporting.worker_database, subscription, "GUANXI_CUSTOMERS", ["guanxi.customers.account.*"])


def events_of(world: World) -> list[events_pb2.Event]:
    """Every event that customers wrote."""
    found = rows(world.customers.worker_database, sa.select(outbox.c.payload).order_by(outbox.c.id))
    return [events_pb2.Event.FromString(row.payload) for row in found]


def test_repeated_and_late(world: World) -> None:
    """Events that come thrice and in the wrong order leave the newest version, and each has its effect once."""
    item = world.create("v1")
    for name in ("v2", "v3"):
        item = world.client.call(
            "UpdateAccount", account={"id": item.id, "etag": item.etag, "name": name}, update_mask={"paths": ["name"]}
        )
    seen: list[str] = []

    def handler(transaction: Any, event: events_pb2.Event) -> None:
        seen.append(event.id)
        follow(transaction, event)

    consumer, events = consumer_of(world, handler), events_of(world)
    for event in [*reversed(events), *events, *reversed(events)]:
        consumer.handle([event])
    assert {item.id: "v3"} == world.facts()
    assert sorted(event.id for event in events) == sorted(seen)


def test_failed_handler_leaves_nothing(world: World) -> None:
    """A handler that fails leaves no trace: neither its effect nor the mark that it was done."""
    world.create("A")

    def handler(transaction: Any, event: events_pb2.Event) -> None:
        follow(transaction, event)
        raise RuntimeError("after the effect")

    with pytest.raises(RuntimeError):
        consumer_of(world, handler).handle(events_of(world))
    assert {} == world.facts()
    consumer_of(world, follow).handle(events_of(world))
    assert 1 == len(world.facts())


def test_poison(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no event goes to the dead letters at once, what always fails after its last delivery; others pass."""
    monkeypatch.setattr(inboxes, "DELIVERIES", 1)
    bad = uuid.UUID(world.create("poison").id)
    good = world.create("good").id

    def handler(transaction: Any, event: events_pb2.Event) -> None:
        if any(change.id == str(bad) for change in event.changes):
            raise ValueError("poison")
        follow(transaction, event)

    world.reporting.subscriptions = [Subscription("reporting-facts", ("customers.Account",), handler)]
    with working(world.customers, world.reporting):
        eventually(lambda: list(world.facts()) == [good])
        asyncio.run(_publish_garbage(world.broker.url))
        eventually(lambda: len(rows(world.reporting.worker_database, sa.select(dead_letters))) == 2)


def test_database_away_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often an event came in vain because the database was away, it has its effect when that is back."""
    monkeypatch.setattr(inboxes, "DELIVERIES", 2)
    monkeypatch.setattr(inboxes, "RETRY_SECONDS", 0.05)
    world.create("A")
    refused: list[str] = []

    def handler(transaction: Any, event: events_pb2.Event) -> None:
        if len(refused) < 12:
            refused.append(event.id)
            raise UnavailableError
        follow(transaction, event)

    world.reporting.subscriptions = [Subscription("reporting-facts", ("customers.Account",), handler)]
    with working(world.customers, world.reporting):
        eventually(lambda: len(world.facts()) == 1)
    assert 12 == len(refused)
    assert [] == rows(world.reporting.worker_database, sa.select(dead_letters))


async def _publish_garbage(url: str) -> None:
    import nats

    client = await nats.connect(url)
    await client.jetstream().publish("guanxi.customers.account.created", b"\xff\xff not an event")
    await client.close()


def test_crash_between_publish_and_pointer(world: World) -> None:
    """A relay that died after publishing publishes again; the effect stays one."""
    world.create("A")
    with working(world.customers, world.reporting):
        eventually(lambda: len(world.facts()) == 1)
    with world.customers.worker_database.work() as connection:
        connection.execute(sa.update(relay_state).values(published_seq=0))
    world.create("B")
    with working(world.customers, world.reporting):
        eventually(lambda: len(world.facts()) == 2)
    assert 2 == len(
        rows(world.reporting.worker_database, sa.select(inbox).where(inbox.c.consumer == "reporting-facts"))
    )


class TestChangeFeed:
    def test_follows(self, world: World) -> None:
        """A reader that goes on from its cursor gets every change once, as it is now, and removals."""
        feed = lambda cursor: world.client.call("ListChanges", module="accounts", cursor=cursor)  # noqa: E731
        start = feed("").cursor
        first, second = world.create("A"), world.create("B")
        world.client.call("DeleteAccount", id=second.id, etag=second.etag)
        while sequence(world.customers.worker_database):
            pass
        answer = feed(start)
        assert [(first.id, False), (second.id, True)] == [(item.id, item.removed) for item in answer.changes]
        assert not feed(answer.cursor).changes

    def test_foreign_cursor(self, world: World) -> None:
        """A cursor of another epoch asks for a fresh start instead of leaving something out."""
        from tests.services.harness import Refused

        cursor = world.client.call("ListChanges", module="accounts").cursor
        with world.customers.worker_database.work() as connection:
            connection.execute(sa.update(relay_state).values(epoch=uuid7()))
        with pytest.raises(Refused) as refused:
            world.client.call("ListChanges", module="accounts", cursor=cursor)
        assert "RESYNC_REQUIRED" == refused.value.reason
