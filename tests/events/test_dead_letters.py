"""Dead letters as the operator meets them: seen, handled again, dropped."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database.schema import dead_letters
from chassis.events.deadletters import DeadLetters, run
from chassis.events.subscriptions import Subscription
from reporting.facts.handlers import follow
from tests.events.test_events import World, events_of, rows, world

__all__ = ["world"]


def letters_of(world: World, handler: Any) -> DeadLetters:
    """Reporting's, with this handler."""
    subscription = Subscription("reporting-facts", ("customers.Account",), handler)
    return DeadLetters(world.reporting.worker_database, [subscription], world.reporting.control_plane.system_call)


def bury(world: World, event_id: str, payload: bytes, consumer: str = "reporting-facts") -> None:
    """As the consumer leaves it."""
    values = {"consumer": consumer, "event_id": event_id, "subject": "guanxi.customers.account.created"}
    with world.reporting.worker_database.work() as connection:
        connection.execute(sa.insert(dead_letters).values(**values, payload=payload, error="KeyError('name')"))


@pytest.fixture
def event(world: World) -> Any:
    """An account's event among the dead letters."""
    world.create("Buried")
    found = events_of(world)[0]
    bury(world, found.id, found.SerializeToString())
    return found


def test_list(world: World, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is a line with consumer, subject, event and error."""
    assert 0 == run(letters_of(world, follow), [], "reporting")
    line, left = capsys.readouterr().out.splitlines()
    for part in ("reporting-facts", "guanxi.customers.account.created", event.id, "KeyError('name')"):
        assert part in line
    assert "1 left" == left


def test_replay(world: World, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Handled again it has its effect once and is gone; a second time there is nothing to do."""
    letters = letters_of(world, follow)
    assert 0 == run(letters, ["replay"], "reporting")
    assert ["Buried"] == list(world.facts().values())
    assert [] == letters.find()
    assert 0 == run(letters, ["replay"], "reporting")
    assert "0 left" in capsys.readouterr().out


def test_one_that_fails_again_stays(world: World, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It keeps its place with its newest error, hinders no other, and the command says so by its exit code."""

    def fail(*_: Any) -> None:
        raise ValueError("still wrong")

    bury(world, "GUANXI_CUSTOMERS:7", b"\xff\xff not an event")
    bury(world, str(uuid.uuid4()), event.SerializeToString(), consumer="of-an-older-version")
    assert 1 == run(letters_of(world, fail), ["replay"], "reporting")
    errors = [row.error for row in rows(world.reporting.worker_database, sa.select(dead_letters))]
    assert {"ValueError('still wrong')", "not an event", "this version has no such consumer"} == set(errors)
    assert "failed again" in capsys.readouterr().out


def test_drop(world: World, event: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """One is dropped by name only, never all by mistake."""
    letters = letters_of(world, follow)
    with pytest.raises(SystemExit):
        run(letters, ["drop"], "reporting")
    assert 1 == run(letters, ["drop", "--id", "unknown"], "reporting")
    assert 0 == run(letters, ["drop", "--id", event.id], "reporting")
    assert [] == letters.find()
    assert {} == world.facts()
