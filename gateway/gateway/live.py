"""`GET /api/v1/live`: what changed, as server-sent events.

    event: changed    {"modules": ["accounts"]}      at most once a second; read again what you show
    event: job        {…}                            an import or export of the caller's own
    event: ping       {}                             every 15 s
    event: degraded   {"live": false}                the broker is away (false), or back (true): poll meanwhile

Services publish to core NATS, `guanxi.live.<organization>`, as JSON: `resources` (types of records) or `modules` that
changed, for the `users` named or else for everybody, and `jobs` that went on, each with its `user_id`. A process subscribes once for each organization that has
listeners. Nothing here is a record's content: a client reads that through the API, with its own rights. A stream is
authorized again every 30 s and ends with its access token; the browser then comes back with renewed cookies.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
import nats
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from chassis.contract import is_own_module
from gateway.errors import RefusedError
from gateway.exchange import Call, Stream
from gateway.sessions.cookies import claims_of
from gateway.telemetry import LIVE_DEGRADED, LIVE_STREAMS
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

COALESCE = 1.0  # seconds
PING = 15.0
REAUTHORIZE = 30.0
STREAMS_PER_USER = 20
# What is each user's own, and no module.
_PERSONAL = {"engagement.Notification": "notifications"}
_JOBS_KEPT = 50  # newest state of each job while a second passes
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Listener:
    """One stream: what has happened since it last wrote."""

    user_id: str
    modules: set[str] = field(default_factory=set)
    jobs: dict[str, Any] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, modules: list[str], jobs: list[Any]) -> None:
        """Take note of a message; jobs of other users are none of its business."""
        self.modules.update(modules)
        for job in jobs:
            if job.get("user_id") == self.user_id and (job.get("id") in self.jobs or len(self.jobs) < _JOBS_KEPT):
                self.jobs[str(job.get("id"))] = job
        if self.modules or self.jobs:
            self.woken.set()


class Hub:
    """One connection to NATS, one subscription for each organization somebody listens for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._modules: Mapping[str, str] = {}
        self._client: Client | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._subscriptions: dict[str, Subscription] = {}
        self.closing = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether messages can arrive."""
        return self._client is not None and self._client.is_connected

    def _module(self, kind: str) -> str:
        """By the type of its records; empty for what is no module."""
        name = kind.rpartition(".")[2]
        return name if is_own_module(name) else self._modules.get(kind, "")

    def start(self, modules: Mapping[str, str]) -> None:
        """Connect in the background, for as long as it takes. `modules`: by the type of their records, which is how
        services name what changed.
        """
        self._modules = {**modules, **_PERSONAL}
        self._connecting = asyncio.create_task(self._connect())

    async def close(self) -> None:
        """End all streams, then the connection."""
        self.stop_streams()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._client is not None:
            await self._client.close()

    def stop_streams(self) -> None:
        """End all streams: the process is about to stop."""
        self.closing.set()
        self._wake()

    def _wake(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.woken.set()

    async def _connect(self) -> None:
        while self._client is None:
            try:
                self._client = await nats.connect(
                    self._url,
                    name="gateway",
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    error_cb=_note,
                    disconnected_cb=self._notice,
                    reconnected_cb=self._notice,
                )
            except (OSError, nats.errors.Error, TimeoutError):
                LIVE_DEGRADED.set(1)
                await asyncio.sleep(1)
        for organization in list(self._listeners):
            await self._subscribe(organization)
        await self._notice()

    async def _notice(self) -> None:
        """The connection has come or gone: every stream says so."""
        _log.warning("live changes %s", "arrive" if self.connected else "stopped: NATS is away")
        LIVE_DEGRADED.set(0 if self.connected else 1)
        self._wake()

    async def _subscribe(self, organization: str) -> None:
        if self._client is None or organization in self._subscriptions:
            return

        async def hear(message: Msg) -> None:
            self._hear(organization, message.data)

        self._subscriptions[organization] = await self._client.subscribe(f"guanxi.live.{organization}", cb=hear)

    def _hear(self, organization: str, data: bytes) -> None:
        try:
            message = orjson.loads(data)
            modules = [str(module) for module in message.get("modules", [])]
            modules += [module for kind in message.get("resources", []) if (module := self._module(str(kind)))]
            jobs = [job for job in message.get("jobs", []) if isinstance(job, dict)]
            audience = frozenset(message.get("users", []))
        except (ValueError, AttributeError, TypeError):
            _log.warning("a live message that cannot be read: %r", data[:100])
            return
        for listener in self._listeners.get(organization, ()):
            if not audience or listener.user_id in audience:
                listener.hear(modules, jobs)

    async def join(self, organization: str, listener: Listener) -> None:
        """Listen for an organization."""
        self._listeners[organization].add(listener)
        LIVE_STREAMS.inc()
        await self._subscribe(organization)

    async def leave(self, organization: str, listener: Listener) -> None:
        """Stop listening; the last one out ends the subscription."""
        listeners = self._listeners[organization]
        listeners.discard(listener)
        LIVE_STREAMS.dec()
        if listeners:
            return
        del self._listeners[organization]
        subscription = self._subscriptions.pop(organization, None)
        if subscription is not None and self.connected:
            await subscription.unsubscribe()

    def streams_of(self, organization: str, user_id: str) -> int:
        """How many streams a user has open here."""
        return sum(listener.user_id == user_id for listener in self._listeners.get(organization, ()))


class Live:
    """The handler."""

    def __init__(self, catalog: Catalog, upstream: Upstream, hub: Hub) -> None:
        self._upstream = upstream
        self._current = catalog.rpc("guanxi.identity.v1.SessionService.GetCurrentSession")
        self._hub = hub

    async def __call__(self, call: Call, _values: tuple[str, ...]) -> Stream:
        """Opens a stream; raises RefusedError (429) when the user has too many."""
        if self._hub.closing.is_set():
            raise _refusal(503, "OVERLOADED", "1")  # another replica is there, or we are back in a moment
        session = await self._authorize(call)
        if self._hub.streams_of(session.organization_id, session.user_id) >= STREAMS_PER_USER:
            raise _refusal(429, "TOO_MANY_STREAMS", "30")
        listener = Listener(session.user_id)
        headers = {"X-Accel-Buffering": "no"}  # or nginx holds events back
        return Stream(self._events(call, session.organization_id, listener), 200, "text/event-stream", headers)

    async def _authorize(self, call: Call) -> Any:
        return await self._upstream.call(
            "identity", self._current, self._current.request_type(), call.metadata(), 5.0, repeatable=True
        )

    async def _events(self, call: Call, organization: str, listener: Listener) -> AsyncGenerator[bytes, None]:
        gone = asyncio.create_task(_until_gone(call))
        gone.add_done_callback(lambda _task: listener.woken.set())
        await self._hub.join(organization, listener)
        try:
            yield b"retry: 2000\n\n" + _event("ping", {})
            connected, authorized = True, time.monotonic()
            while not gone.done() and not self._hub.closing.is_set():
                if self._hub.connected != connected:
                    connected = self._hub.connected
                    yield _event("degraded", {"live": connected})
                woken = await _wait(listener.woken, PING)
                for event in _take(listener):
                    yield event
                if not woken:
                    yield _event("ping", {})
                if time.monotonic() - authorized >= REAUTHORIZE:
                    authorized = time.monotonic()
                    if not await self._still_allowed(call):
                        return
                await _wait(self._hub.closing, COALESCE)
        finally:
            gone.cancel()
            await self._hub.leave(organization, listener)

    async def _still_allowed(self, call: Call) -> bool:
        """Whether the session still stands. While identity is away it does, until the token ends."""
        expires = claims_of(call.token).expires
        if expires and expires <= time.time():
            return False
        try:
            await self._authorize(call)
        except grpc.aio.AioRpcError as error:
            return error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        return True


def _refusal(status: int, reason: str, wait: str) -> RefusedError:
    error = RefusedError(status, reason)
    error.headers["Retry-After"] = wait
    return error


def _take(listener: Listener) -> list[bytes]:
    """What has gathered, as events; the listener starts afresh."""
    events = [_event("job", job) for job in listener.jobs.values()]
    if listener.modules:
        events.append(_event("changed", {"modules": sorted(listener.modules)}))
    listener.modules.clear()
    listener.jobs.clear()
    listener.woken.clear()
    return events


def _event(name: str, data: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within the time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _until_gone(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass


async def _note(error: Exception) -> None:
    """Every failed attempt to reconnect; what matters is said when the connection goes and comes."""
    _log.debug("NATS: %s", type(error).__name__)
