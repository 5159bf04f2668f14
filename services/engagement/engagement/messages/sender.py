"""Sends what waits: the intent is committed before, the outcome after.

A message whose sender died in between is `unknown`: mail is sent again under the same Message-ID, which receivers
recognise; a doubled mail is better than a lost code. An SMS costs, and is sent once more at most.

Organizations take turns, and each has few sendings under way: neither a long queue nor a mail server that answers
slowly makes others wait. A server that cannot be reached rests, longer with each failure, and is then tried with one
message.
"""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from prometheus_client import Counter

from chassis.database.connection import Database
from chassis.sealing import SealError
from engagement.messages.lanes import Lanes
from engagement.messages.reach import NotSentError, UnknownError
from engagement.messages.table import SYSTEM, any_due, next_due
from engagement.messages.ways import Way

log = logging.getLogger(__name__)
MESSAGES = Counter("guanxi_messages_total", "Messages by what became of them.", ["template", "outcome"])
THREADS = 16
# Longer than looking up a name, connecting and `reach.DEADLINE` together: nobody takes over what is under way.
_LEASE = timedelta(seconds=120)


class Sender:
    """Sends on threads of its own, so that a slow mail server holds up nothing else of the worker."""

    def __init__(
        self,
        database: Database,
        way: Way,
        *,
        threads: int = THREADS,
    ) -> None:
        self._database = database
        self._way = way
        self._table = way.table
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self._lanes = Lanes(threads)
        self._under_way: set[Future[None]] = set()
        self._after = SYSTEM

    def send_due(self) -> bool:
        """Begin to send the next message; False when none is due for which there is room."""
        self._tidy()
        if not self._lanes.room():
            wait(self._under_way, timeout=0.5, return_when=FIRST_COMPLETED)
            return True
        row = self._claim()
        if row is None:
            return False
        self._after = row.org_id or SYSTEM
        self._lanes.enter(self._after)
        self._under_way.add(self._pool.submit(self._send, row))
        return True

    def _tidy(self) -> None:
        """Forget what has ended. A message whose outcome could not be written comes again when its lease ends."""
        for item in {item for item in self._under_way if item.done()}:
            self._under_way.remove(item)
            if (error := item.exception()) is not None:
                log.warning("the outcome of a message was not written: %s", error)

    def _send(self, row: Any) -> None:
        """Send one message and write down what became of it."""
        well = True
        try:
            self._way.send(row)
        except NotSentError as error:
            well = not error.down
            self._failed(row, "failed" if error.final else "queued", str(error))
        except UnknownError as error:
            well = False
            self._failed(row, "unknown", str(error))
        except SealError:
            self._failed(row, "queued", "the channel's password does not open under this master key")
        except Exception as error:  # one message that cannot be made must not come again every two minutes for ever
            log.exception("message %s", row.id)
            self._failed(row, "queued", type(error).__name__)
        else:
            self._finish(row, state="sent", sent_time=datetime.now(UTC), values={}, error="")
            MESSAGES.labels(row.template, "sent").inc()
        finally:
            self._lanes.leave(row.org_id or SYSTEM, well=well)
            self._database.ring()  # there is room again

    def _claim(self) -> Any:
        """Lease the next organization's oldest due message; when this process dies the lease ends and it comes again."""
        now = datetime.now(UTC)
        closed = self._lanes.closed()
        if self._database.probe(any_due(self._table, now)) is None:
            return None  # nearly always; asked in one round trip
        with self._database.work() as connection:
            for after in (self._after, None):
                row = connection.execute(
                    sa.update(self._table)
                    .where(self._table.c.id == next_due(self._table, after, closed, now).scalar_subquery())
                    .values(state="sending", attempts=self._table.c.attempts + 1, due_time=now + _LEASE)
                    .returning(self._table)
                ).first()
                if row is not None:
                    return row
        return None

    def _failed(self, row: Any, state: str, error: str) -> None:
        now = datetime.now(UTC)
        tired = state == "unknown" and row.attempts >= self._way.most_unknown
        final = state == "failed" or tired or now - row.create_time > self._way.keep_trying
        pause = timedelta(seconds=min(2 ** min(row.attempts, 12), 3600))
        log.warning("message %s not sent (attempt %d): %s", row.id, row.attempts, error)
        self._finish(row, state="failed" if final else state, error=error[:500], due_time=now + pause)
        MESSAGES.labels(row.template, "failed" if final else state).inc()

    def _finish(self, row: Any, **values: Any) -> None:
        # Not over the head of whoever took it over.
        mine = (self._table.c.id == row.id, self._table.c.attempts == row.attempts)
        with self._database.work() as connection:
            connection.execute(sa.update(self._table).where(*mine).values(**values))
