"""NATS as we use it: one durable stream a service, and core subjects for live news.

The outbox is the record and NATS a fast, replaceable cache of it; nothing here is ever restored.
"""

import asyncio
import logging

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from chassis.contract import service_names
from chassis.events.subscriptions import stream_of

log = logging.getLogger(__name__)
ACK_WAIT = 60.0
DELIVERIES = 8
# Waits before each redelivery, in seconds; the first also bounds how long a handler may take.
BACKOFF = [ACK_WAIT, 60.0, 60.0, 120.0, 300.0, 300.0, 600.0]


async def connect(url: str, name: str) -> Client:
    """A connection that never stops trying."""

    async def on_error(error: Exception) -> None:
        log.warning("nats: %s", error)

    return await nats.connect(
        url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.5, connect_timeout=2,
        allow_reconnect=True, error_cb=on_error, ping_interval=10, max_outstanding_pings=2,
    )  # fmt: skip


async def ensure_stream(jetstream: JetStreamContext, service: str, replicas: int) -> None:
    """Make a service's stream, or bring its settings up to date."""
    config = StreamConfig(
        name=stream_of(service),
        subjects=[f"guanxi.{service}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        num_replicas=replicas,
        duplicate_window=120,
        deny_delete=True,
        deny_purge=True,
        max_age=30 * 86400,
    )
    try:
        await jetstream.stream_info(stream_of(service))
        await jetstream.update_stream(config)
    except NotFoundError:
        await jetstream.add_stream(config)


async def ensure_streams(jetstream: JetStreamContext, replicas: int) -> None:
    """Make every service's stream, so that consumers do not depend on the producers' start."""
    for service in service_names():
        await ensure_stream(jetstream, service, replicas)


async def ensure_consumer(
    jetstream: JetStreamContext, stream: str, consumer: str, subjects: list[str]
) -> JetStreamContext.PullSubscription:
    """Make a durable consumer with these settings, or update it, and bind to it."""
    config = ConsumerConfig(
        durable_name=consumer,
        filter_subjects=subjects,
        ack_wait=ACK_WAIT,
        max_deliver=DELIVERIES + 1,
        backoff=BACKOFF,
        max_ack_pending=2000,
    )
    await jetstream.add_consumer(stream, config)
    return await jetstream.pull_subscribe_bind(durable=consumer, stream=stream)


async def until_stopped(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until the process is to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
