"""The worker: relay, consumers, timers and jobs on one loop; what they do runs in threads."""

import asyncio
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from nats.aio.client import Client

from chassis.authz.snapshots import ControlPlane
from chassis.config import ServiceConfig
from chassis.database.connection import Database
from chassis.database.doorbell import COMMITTED, LOOK_SECONDS, Bells
from chassis.database.listener import Listener
from chassis.database.migrations import keep_partitions
from chassis.database.schema import idempotency_keys, inbox
from chassis.events.broker import connect, until_set
from chassis.events.inbox import consumers_of, count_dead_letters
from chassis.events.relay import Relay
from chassis.events.subscriptions import Subscription
from chassis.jobs import JobKind, JobRunner
from chassis.telemetry import DEAD_LETTERS
from chassis.timers import TimerHandler, fire_due

log = logging.getLogger(__name__)
KEEP = timedelta(days=30)


class Worker:
    """Everything of a service that no request waits for."""

    def __init__(
        self,
        name: str,
        config: ServiceConfig,
        database: Database,
        control_plane: ControlPlane,
        subscriptions: list[Subscription],
        timers: Mapping[str, TimerHandler],
        jobs: Mapping[str, JobKind],
        loops: list[Callable[[], bool]],
    ) -> None:
        self._name = name
        self._config = config
        self._database = database
        self._relay = Relay(database, name, config.replicas)
        self._begin = control_plane.system_call
        self._consumers = consumers_of(database, subscriptions, self._begin)
        self._timers = timers
        self._runner = JobRunner(database, control_plane, jobs, self._tell, name, config.jobs)
        # More work of the service's own: each returns whether there was any.
        self._loops = loops
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until stopping, then finish what is under way."""
        self._loop = asyncio.get_running_loop()
        threads = self._config.work_threads + self._config.jobs + 1 + len(self._consumers)
        self._loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="work"))
        bells = Bells(self._loop)
        listener = Listener(self._config.worker_database_url, {COMMITTED: bells.ring}, bells.ring)
        listener.start()
        rung = [*[self._runner.run_next] * self._config.jobs, *self._loops, *([self._fire] if self._timers else [])]
        tasks = [
            asyncio.create_task(self._repeat(self._measure, 5.0, stopping)),
            asyncio.create_task(self._repeat(self._tidy, 3600.0, stopping)),
            *(asyncio.create_task(self._repeat(work, LOOK_SECONDS, stopping, bells.event())) for work in rung),
        ]
        client = await self._connected(stopping)
        if client is not None:
            self._client = client
            tasks.append(asyncio.create_task(self._relay.run(client, stopping, bells.event())))
            tasks += [
                asyncio.create_task(consumer.run(client, stopping, self._config.replicas))
                for consumer in self._consumers
            ]
        await stopping.wait()
        listener.stop()
        bells.ring()
        await asyncio.gather(*tasks, return_exceptions=True)
        if client is not None:
            await _close(client)

    async def _connected(self, stopping: asyncio.Event) -> Client | None:
        while not stopping.is_set():
            try:
                return await connect(self._config.nats_url, f"guanxi-{self._name}")
            except Exception as error:
                log.warning("nats is away: %s", error)
                await until_set(stopping, 1.0)
        return None

    async def _repeat(
        self, work: Callable[[], bool], pause: float, stopping: asyncio.Event, bell: asyncio.Event | None = None
    ) -> None:
        """Run `work` while it finds something; pause when it does not, until the bell if there is one, or when it fails."""
        waited_for = bell or stopping
        while not stopping.is_set():
            if bell is not None:
                bell.clear()
            try:
                busy = await asyncio.to_thread(work)
            except Exception as error:
                log.warning("%s waits: %s", getattr(work, "__name__", "work"), error)
                await until_set(stopping, max(pause, 1.0))
                continue
            if not busy:
                await until_set(waited_for, pause)

    def _fire(self) -> bool:
        return fire_due(self._database, self._timers, begin=self._begin) > 0

    def _measure(self) -> bool:
        self._relay.measure()
        DEAD_LETTERS.set(count_dead_letters(self._database))
        return False

    def _tidy(self) -> bool:
        """Make the coming days' partitions, drop the old ones, forget old keys in small bites."""
        before = datetime.now(UTC) - KEEP
        with self._database.work() as connection:
            keep_partitions(connection)
        for table in (idempotency_keys, inbox):
            while True:
                with self._database.work() as connection:
                    old: Any = (
                        sa.select(sa.literal_column("ctid")).select_from(table).where(table.c.create_time < before)
                    )
                    bite = sa.delete(table).where(sa.literal_column("ctid").in_(old.limit(5000)))
                    if connection.execute(bite).rowcount < 5000:
                        break
        return False

    def _tell(self, org_id: uuid.UUID, news: dict[str, Any]) -> None:
        """Publish live news from any thread."""
        client, loop = self._client, self._loop
        if client is None or loop is None or not client.is_connected:
            return
        payload = json.dumps(news, default=str).encode()
        asyncio.run_coroutine_threadsafe(client.publish(f"guanxi.live.{org_id}", payload), loop)


async def _close(client: Client) -> None:
    """Send what is still buffered and go. Not `drain`: it waits for pull subscriptions that nobody reads any more."""
    try:
        await client.flush(timeout=2)
    except Exception as error:
        log.warning("nats did not take the last messages: %s", error)
    await client.close()
