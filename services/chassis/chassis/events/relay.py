"""The relay: gives committed events their place in the sequence, and publishes them in that order.

One sequencer works at a time. It numbers what is committed, in id order, without gaps; readers of the sequence never
meet a late-comer. The pointer moves only after the broker's acknowledgement, so a crash repeats events, never skips.
"""

import asyncio
import json
import logging
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from nats.aio.client import Client

from chassis.database.connection import Database
from chassis.database.doorbell import LOOK_SECONDS
from chassis.database.schema import outbox, relay_state
from chassis.events.broker import ensure_stream, until_set
from chassis.telemetry import EVENTS_PUBLISHED, OUTBOX_AGE, OUTBOX_PENDING
from guanxi.events.v1 import events_pb2

log = logging.getLogger(__name__)
BATCH = 500
# While another sequencer is at it.
POLL_SECONDS = 0.025
_SEQUENCER_LOCK = 0x67782001

_SEQUENCE = sa.text(
    """
    WITH batch AS MATERIALIZED (
        SELECT create_time, id FROM outbox WHERE seq IS NULL ORDER BY id LIMIT :batch
    ), numbered AS (
        SELECT create_time, id, row_number() OVER (ORDER BY id) AS n FROM batch
    ), counted AS (
        UPDATE relay_state SET last_seq = last_seq + (SELECT count(*) FROM batch)
        WHERE id = 1 AND EXISTS (SELECT FROM batch) RETURNING last_seq
    )
    UPDATE outbox SET seq = counted.last_seq - (SELECT count(*) FROM batch) + numbered.n
    FROM numbered, counted WHERE outbox.create_time = numbered.create_time AND outbox.id = numbered.id
    """
)


_WAITING = sa.text(
    "SELECT last_seq > published_seq OR EXISTS (SELECT FROM outbox WHERE seq IS NULL) AS any FROM relay_state WHERE id = 1"
)


def sequence(database: Database) -> int:
    """Number up to 500 committed events; returns how many. 0 when another sequencer is at it."""
    with database.work() as connection:
        if not connection.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEQUENCER_LOCK}):
            return 0
        return connection.execute(_SEQUENCE, {"batch": BATCH}).rowcount


class Relay:
    """Publishes one service's outbox. Run as many as you like; one works."""

    def __init__(self, database: Database, service: str, replicas: int) -> None:
        self._database = database
        self._service = service
        self._replicas = replicas
        self._ready = False

    async def run(self, client: Client, stopping: asyncio.Event, bell: asyncio.Event) -> None:
        """Until stopping: sequence, publish, advance; wait for the bell when there was nothing."""
        while not stopping.is_set():
            bell.clear()
            try:
                waiting = await asyncio.to_thread(self._database.probe, _WAITING)
                if not waiting.any:
                    await until_set(bell, LOOK_SECONDS)
                    continue
                moved = await asyncio.to_thread(sequence, self._database)
                moved += await self.publish(client)
            except Exception as error:  # the broker or the database is away: both come back
                log.warning("relay waits: %s", error)
                self._ready = False
                await until_set(stopping, 1.0)
                continue
            if not moved:
                await until_set(stopping, POLL_SECONDS)

    async def publish(self, client: Client) -> int:
        """Publish up to 500 sequenced events; returns how many."""
        rows = await asyncio.to_thread(self._next)
        if not rows:
            return 0
        jetstream = client.jetstream(timeout=10, publish_async_max_pending=BATCH * 2)
        if not self._ready:
            await ensure_stream(jetstream, self._service, self._replicas)
            self._ready = True
        futures = []
        news: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
        for row in rows:
            event = events_pb2.Event.FromString(row.payload)
            event.seq = row.seq
            headers = {"Nats-Msg-Id": event.id, "traceparent": event.traceparent or "-"}
            futures.append(await jetstream.publish_async(row.subject, event.SerializeToString(), headers=headers))
            news[event.org_id, frozenset(event.audience)].add(event.resource)
        # These futures have no time-out of their own.
        await asyncio.wait_for(asyncio.gather(*futures), 15)
        await asyncio.to_thread(self._advance, rows[-1].seq)
        EVENTS_PUBLISHED.inc(len(rows))
        for (org_id, audience), resources in news.items():
            told = {"resources": sorted(resources), **({"users": sorted(audience)} if audience else {})}
            await client.publish(f"guanxi.live.{org_id}", json.dumps(told).encode())
        return len(rows)

    def _next(self) -> list[Any]:
        with self._database.work() as connection:
            published = sa.select(relay_state.c.published_seq).where(relay_state.c.id == 1).scalar_subquery()
            return list(
                connection.execute(
                    sa.select(outbox.c.seq, outbox.c.subject, outbox.c.payload)
                    .where(outbox.c.seq > published)
                    .order_by(outbox.c.seq)
                    .limit(BATCH)
                ).all()
            )

    def _advance(self, seq: int) -> None:
        with self._database.work() as connection:
            connection.execute(
                sa.update(relay_state)
                .where(relay_state.c.id == 1, relay_state.c.published_seq < seq)
                .values(published_seq=seq)
            )

    def measure(self) -> None:
        """Set the gauges of the outbox."""
        published = sa.select(relay_state.c.published_seq).where(relay_state.c.id == 1).scalar_subquery()
        waiting = sa.or_(outbox.c.seq.is_(None), outbox.c.seq > published)
        count, oldest = self._database.probe(
            sa.select(sa.func.count(), sa.func.min(outbox.c.create_time)).where(waiting)
        )
        OUTBOX_PENDING.set(count)
        OUTBOX_AGE.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)


def rewind(database: Database, *, since: datetime | None = None) -> int:
    """Move the relay's pointer back, to the beginning or to a time; consumers take nothing twice. Returns the pointer."""
    with database.work() as connection:
        seq = 0
        if since is not None:
            first = connection.scalar(sa.select(sa.func.min(outbox.c.seq)).where(outbox.c.create_time >= since))
            seq = (first or 1) - 1
        connection.execute(
            sa.update(relay_state)
            .where(relay_state.c.id == 1, relay_state.c.published_seq > seq)
            .values(published_seq=seq)
        )
        return seq
