"""Consumers: take events from the broker and have their effect once.

A batch is one transaction: for each event its organization is set, an inbox row is written, and the handler runs. An
event whose inbox row is there already has had its effect. When a batch fails its events are tried one by one; one that
fails on its last delivery goes to the dead letters.
"""

import asyncio
import logging
import time
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from google.protobuf.message import DecodeError
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind
from sqlalchemy.dialects.postgresql import insert

from chassis.call import BeginCall, system_call
from chassis.database.bulk import insert_rows
from chassis.database.connection import Database, Transaction, set_scope
from chassis.database.schema import dead_letters, inbox
from chassis.errors import UnavailableError
from chassis.events.broker import DELIVERIES, Intake, ensure_consumer, ensure_streams, until_set
from chassis.events.subscriptions import Subscription
from chassis.telemetry import CONSUMER_LAG, EVENT_SECONDS, EVENTS_HANDLED, context_of, tracer
from guanxi.events.v1 import events_pb2

log = logging.getLogger(__name__)
BATCH = 100
# After the database was away.
RETRY_SECONDS = 2.0
NOT_AN_EVENT = "not an event"
# A quiet consumer's lag is asked for this seldom; a busy one's every second.
MEASURE_SECONDS = 15.0


class Consumer:
    """One subscription at work on one stream."""

    def __init__(
        self,
        database: Database,
        subscription: Subscription,
        stream: str,
        subjects: list[str],
        begin: BeginCall = system_call,
    ) -> None:
        self._database = database
        self._begin = begin
        self._subscription = subscription
        self._stream = stream
        self._subjects = subjects
        self._measured = 0.0
        self._stopping = asyncio.Event()
        # A consumer of several streams has a durable in each; its inbox is one.
        self.durable = f"{subscription.consumer}-{stream.lower()}"

    async def run(self, client: Client, stopping: asyncio.Event, replicas: int) -> None:
        """Until stopping: take, handle, acknowledge."""
        self._stopping = stopping
        jetstream = client.jetstream(timeout=10)
        while not stopping.is_set():
            intake = Intake(client, self._stream, self.durable)
            try:
                await ensure_streams(jetstream, replicas)
                await ensure_consumer(jetstream, self._stream, self.durable, self._subjects)
                await intake.open()
                while not stopping.is_set():
                    await self._measure(jetstream)
                    if messages := await intake.take(BATCH, 1.0):
                        self._measured = min(self._measured, time.monotonic() - MEASURE_SECONDS + 1.0)
                        await self._take(messages)
            except Exception as error:  # broker or database away, or the stream made anew: bind again
                log.warning("%s waits: %s", self.durable, error)
                self._measured = 0.0
                await until_set(stopping, 1.0)
            finally:
                await _closed(intake)

    async def _measure(self, jetstream: JetStreamContext) -> None:
        """Set the gauge of what is not taken yet: soon after something was, and now and then."""
        if time.monotonic() < self._measured + MEASURE_SECONDS:
            return
        info = await jetstream.consumer_info(self._stream, self.durable)
        CONSUMER_LAG.labels(self.durable).set((info.num_pending or 0) + (info.num_ack_pending or 0))
        self._measured = time.monotonic()

    async def _take(self, messages: list[Msg]) -> None:
        events = [parsed(message.data) for message in messages]
        good = [(message, event) for message, event in zip(messages, events, strict=True) if event is not None]
        for message, event in zip(messages, events, strict=True):
            if event is None:
                await asyncio.to_thread(self._bury, message, NOT_AN_EVENT)
                await message.term()
        if not good:
            return
        try:
            await asyncio.to_thread(self.handle, [event for _, event in good])
            await asyncio.gather(*(message.ack_sync() for message, _ in good))
        except UnavailableError:
            await self._wait_for_database([message for message, _ in good])
        except Exception:
            log.exception("%s: a batch failed; trying its events one by one", self.durable)
            for message, event in good:
                await self._take_one(message, event)

    async def _take_one(self, message: Msg, event: events_pb2.Event) -> None:
        try:
            await asyncio.to_thread(self.handle, [event])
            await message.ack_sync()
        except UnavailableError:
            await self._wait_for_database([message])
        except Exception as error:
            delivered = message.metadata.num_delivered
            log.exception("%s: event %s failed on delivery %d", self.durable, event.id, delivered)
            EVENTS_HANDLED.labels(self._subscription.consumer, "failed").inc()
            if delivered >= DELIVERIES:
                await asyncio.to_thread(self._bury, message, repr(error))
                await message.term()
            else:
                await message.nak(delay=min(2.0**delivered, 60.0))

    async def _wait_for_database(self, messages: list[Msg]) -> None:
        """Give messages back, and take no others before the database answers: no fault of theirs."""
        log.warning("%s waits: the database is away", self.durable)
        for message in messages:
            await message.nak(delay=RETRY_SECONDS)
        while not self._stopping.is_set():
            try:
                await asyncio.to_thread(self._database.probe, sa.select(sa.literal(1)))
            except Exception:
                await until_set(self._stopping, 1.0)
            else:
                return

    def handle(self, events: list[events_pb2.Event]) -> None:
        """Have the effect of events, in one transaction; each organization's in their order."""
        by_organization: dict[uuid.UUID, list[events_pb2.Event]] = {}
        for event in events:
            by_organization.setdefault(uuid.UUID(event.org_id), []).append(event)
        with self._database.write(system_call(None)) as transaction:
            for org_id, of_one in by_organization.items():
                self._handle(transaction.connection, org_id, of_one)
        for event in events:
            EVENTS_HANDLED.labels(self._subscription.consumer, "done").inc()
            age = (datetime.now(UTC) - event.time.ToDatetime(UTC)).total_seconds()
            EVENT_SECONDS.labels(self._subscription.consumer).observe(max(age, 0))

    def _handle(self, connection: sa.Connection, org_id: uuid.UUID, events: list[events_pb2.Event]) -> None:
        consumer = self._subscription.consumer
        set_scope(connection, self._begin(org_id, method=consumer))
        rows = {event.id: {"org_id": org_id, "consumer": consumer, "event_id": event.id} for event in events}
        statement = "ON CONFLICT DO NOTHING RETURNING event_id"
        fresh = set(insert_rows(connection, inbox, list(rows.values()), ending=statement).scalars())
        for event in events:
            if uuid.UUID(event.id) not in fresh:
                continue
            fresh.remove(uuid.UUID(event.id))
            with tracer.start_as_current_span(
                f"consume {consumer}", context=context_of(event.traceparent), kind=SpanKind.CONSUMER
            ) as span:
                span.set_attribute("messaging.destination.name", event.resource)
                call = self._begin(org_id, method=consumer, job_id=event.actor.job_id)
                self._subscription.handler(Transaction(call, connection), event)

    def _bury(self, message: Msg, error: str) -> None:
        headers = message.headers or {}
        row = {
            "consumer": self._subscription.consumer,
            "event_id": headers.get("Nats-Msg-Id", f"{self._stream}:{message.metadata.sequence.stream}"),
            "subject": message.subject,
            "payload": message.data,
            "error": error[:2000],
        }
        with self._database.work() as connection:
            connection.execute(insert(dead_letters).values(row).on_conflict_do_nothing())
        EVENTS_HANDLED.labels(self._subscription.consumer, "dead").inc()


def consumers_of(database: Database, subscriptions: list[Subscription], begin: BeginCall) -> list[Consumer]:
    """A consumer for each subscription and stream."""
    return [
        Consumer(database, subscription, stream, subjects, begin)
        for subscription in subscriptions
        for stream, subjects in subscription.subjects().items()
    ]


def count_dead_letters(database: Database) -> int:
    """How many events wait for a person."""
    return int(database.probe(sa.select(sa.func.count()).select_from(dead_letters))[0])


async def _closed(intake: Intake) -> None:
    try:
        await intake.close()
    except Exception as error:
        log.warning("messages come again later: %s", error)


def parsed(payload: bytes) -> events_pb2.Event | None:
    """The event in a message; None when it is not one."""
    try:
        event = events_pb2.Event.FromString(payload)
        uuid.UUID(event.org_id)
        uuid.UUID(event.id)
    except (DecodeError, ValueError):
        return None
    return event
