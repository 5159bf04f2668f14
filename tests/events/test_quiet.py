"""Workers that wait for work cost next to nothing, and begin at once when there is some."""

import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from chassis import worker as workers
from chassis.events import relay as relays
from local.process import poll
from tests.events.test_events import World, working, world

if TYPE_CHECKING:
    from chassis.database.connection import Database

__all__ = ["world"]
# Looks in four seconds: relay and jobs every two seconds each, gauges every five; half as many again for a slow start.
MOST_STATEMENTS = 12


def test_woken_by_a_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request commits is published and has its effect at once, although nobody would look for ten minutes."""
    monkeypatch.setattr(relays, "LOOK_SECONDS", 600.0)
    monkeypatch.setattr(workers, "LOOK_SECONDS", 600.0)
    with working(world.customers, world.reporting):
        assert poll(lambda: bool(world.create("Woken").id), 10)
        assert poll(lambda: "Woken" in world.facts().values(), 20, every=0.05)
        time.sleep(1)  # asleep again
        world.create("Again")
        assert poll(lambda: "Again" in world.facts().values(), 20, every=0.05)


def test_listens_again_after_a_lost_connection(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever loses the connection it listened on looks once, and listens on another."""
    monkeypatch.setattr(relays, "LOOK_SECONDS", 600.0)
    with working(world.customers, world.reporting):
        world.create("Before")
        assert poll(lambda: len(world.facts()) == 1, 20, every=0.05)
        assert _end_listening(world.customers.worker_database) == 1
        world.create("After")
        assert poll(lambda: len(world.facts()) == 2, 20, every=0.05)


def _end_listening(database: "Database") -> int:
    """How many sessions listened; a role may end its own."""
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    with database.work() as connection:
        return len(connection.execute(sa.text(end)).all())


def test_idle_workers_ask_little(world: World) -> None:
    """With nothing to do a worker asks its database a few times a second at most."""
    asked: list[str] = []
    engine = world.customers.worker_database._engine
    with working(world.customers):
        world.create("First")
        time.sleep(2)
        sa.event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        time.sleep(4)
    assert 0 < len(asked) <= MOST_STATEMENTS, asked
