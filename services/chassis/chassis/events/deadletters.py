"""`dead-letters`: what consumers could not handle, for a person to see, to handle again, or to drop.

python -m reporting dead-letters                        how many there are, and each in a line
python -m reporting dead-letters replay [--id EVENT]    handle them again; one that fails stays, with its new error
python -m reporting dead-letters drop --id EVENT        forget one for good
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import BeginCall
from chassis.database.connection import Database
from chassis.database.schema import dead_letters
from chassis.events.inbox import NOT_AN_EVENT, Consumer, parsed
from chassis.events.subscriptions import Subscription


class DeadLetters:
    """The dead letters of one service."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription], begin: BeginCall) -> None:
        self._database = database
        self._consumers = {
            one.consumer: Consumer(database, one, stream, subjects, begin)
            for one in subscriptions
            for stream, subjects in one.subjects().items()
        }

    def find(self, event_id: str = "") -> list[Any]:
        """All, or those of one event, in the order in which they were given up."""
        wanted = sa.select(dead_letters).order_by(dead_letters.c.create_time, dead_letters.c.event_id)
        if event_id:
            wanted = wanted.where(dead_letters.c.event_id == event_id)
        with self._database.work() as connection:
            return list(connection.execute(wanted).all())

    def replay(self, row: Any) -> str:
        """Handle one again; empty when that went well or it had had its effect, else why not. It then stays."""
        consumer, event = self._consumers.get(row.consumer), parsed(row.payload)
        if consumer is None:
            error = "this version has no such consumer"
        elif event is None:
            error = NOT_AN_EVENT
        else:
            try:
                consumer.handle([event])
            except Exception as raised:  # whatever a handler raises is what the person asks about
                error = repr(raised)[:2000]
            else:
                self.drop(row)
                return ""
        with self._database.work() as connection:
            connection.execute(sa.update(dead_letters).where(*_this(row)).values(error=error))
        return error

    def drop(self, row: Any) -> None:
        """Forget one."""
        with self._database.work() as connection:
            connection.execute(sa.delete(dead_letters).where(*_this(row)))


def run(letters: DeadLetters, arguments: Sequence[str], program: str) -> int:
    """The command line; 1 when something could not be handled or found."""
    parser = argparse.ArgumentParser(prog=f"python -m {program} dead-letters")
    parser.add_argument("verb", nargs="?", default="list", choices=("list", "replay", "drop"))
    parser.add_argument("--id", default="", metavar="EVENT", help="one event only; drop needs it")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "drop" and not chosen.id:
        parser.error("drop needs --id EVENT: what is dropped is gone")
    found = letters.find(chosen.id)
    if chosen.id and not found:
        print(f"no dead letter of event {chosen.id}", file=sys.stderr)  # noqa: T201 - a command line
        return 1
    failed = 0
    for row in found:
        outcome = _done(letters, row, chosen.verb)
        failed += outcome.startswith("failed")
        print(f"{row.create_time:%Y-%m-%d %H:%M:%S}  {row.consumer}  {row.subject}  {row.event_id}  {outcome}")  # noqa: T201 - a command line
    print(f"{len(letters.find())} left")  # noqa: T201 - a command line
    return 1 if failed else 0


def _done(letters: DeadLetters, row: Any, verb: str) -> str:
    if verb == "list":
        return str(row.error)
    if verb == "drop":
        letters.drop(row)
        return "dropped"
    error = letters.replay(row)
    return f"failed again: {error}" if error else "handled"


def _this(row: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return dead_letters.c.consumer == row.consumer, dead_letters.c.event_id == row.event_id
