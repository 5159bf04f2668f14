"""NATS as we use it: one durable stream a service, and core subjects for live news.

The outbox is the record and NATS a fast, replaceable cache of it; nothing here is ever restored.
"""

import asyncio
import json
import logging
import time

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from chassis.contract import service_names
from chassis.events.subscriptions import stream_of

log = logging.getLogger(__name__)
# How long a handler may take; who was killed at it leaves its events to others after this time.
ACK_WAIT = 60.0
DELIVERIES = 8
# A request for messages stays open at the server this long.
REQUEST_SECONDS = 30.0
# Ends of a request that are no trouble (no message, time over, batch complete, connection lost), and what only passes by.
_ENDED = frozenset({"404", "408"})
_PASSING = frozenset({"100"})


class ConsumerLostError(Exception):
    """The durable consumer or its stream is gone, or has another leader: bind again."""


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


async def ensure_consumer(jetstream: JetStreamContext, stream: str, consumer: str, subjects: list[str]) -> None:
    """Make a durable consumer with these settings, or update it."""
    config = ConsumerConfig(
        durable_name=consumer,
        filter_subjects=subjects,
        ack_wait=ACK_WAIT,
        # We count ourselves: what the broker gives up by itself nobody would ever see again.
        max_deliver=-1,
        max_ack_pending=2000,
    )
    await jetstream.add_consumer(stream, config)


class Intake:
    """Messages of a durable consumer, as they come: the server keeps an open request, and is not asked again and again."""

    def __init__(self, client: Client, stream: str, consumer: str) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._open = 0
        self._expires = 0.0
        self._reconnects = 0

    async def open(self) -> None:
        """Begin to listen; nothing is asked for yet."""
        self._subscription = await self._client.subscribe(self._inbox)

    async def take(self, most: int, seconds: float) -> list[Msg]:
        """What has come, at most so many; waits for the first. Empty when none came. Raises ConsumerLostError."""
        await self._ask(most)
        found: list[Msg] = []
        while len(found) < most:
            # Only the first is waited for: whoever waits for a full batch makes every event late.
            message = await self._received(0 if found else seconds)
            if message is None:
                break
            status = (message.headers or {}).get("Status")
            if status is None:
                self._open -= 1
                found.append(message)
            elif status in _ENDED:
                self._open -= int((message.headers or {}).get("Nats-Pending-Messages", most))
            elif status not in _PASSING:
                raise ConsumerLostError(f"{status} {(message.headers or {}).get('Description', '')}".strip())
        return found

    async def close(self) -> None:
        """Listen no more, and give back at once what came meanwhile."""
        if self._subscription is None:
            return
        left = []
        while self._subscription.pending_msgs:
            left.append(await self._subscription.next_msg(0.1))
        await self._subscription.unsubscribe()
        for message in left:
            if message.reply:
                await message.nak()

    async def _ask(self, most: int) -> None:
        """Keep the request open. It dies with the connection, and when its time is over."""
        now, reconnects = time.monotonic(), self._client.stats["reconnects"]
        if now >= self._expires or reconnects != self._reconnects:
            self._open = 0
        if self._open > most // 2:
            return
        self._open, self._expires, self._reconnects = self._open + most, now + REQUEST_SECONDS, reconnects
        request = {"batch": most, "expires": int(REQUEST_SECONDS * 1e9)}
        await self._client.publish(self._next, json.dumps(request).encode(), self._inbox)

    async def _received(self, seconds: float) -> Msg | None:
        assert self._subscription is not None
        if not seconds and not self._subscription.pending_msgs:
            return None
        try:
            return await self._subscription.next_msg(seconds or 1.0)
        except TimeoutError:
            return None


async def until_set(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, such as that the process is to stop, but not longer than so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
