"""New access tokens: from a browser's refresh token, or from a program's API token. Never two at once for one token.

A refresh token may be used once, but several tabs wake up together and all send the old one: they share one call,
and for a minute its answer.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import grpc

from gateway.errors import RefusedError
from gateway.exchange import Call
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

API_TOKEN_PREFIX = "gx_"  # noqa: S105 - what tokens begin with, not one
_GRACE = 60.0  # seconds a renewed pair is handed to latecomers with the old token
_EARLY = 30.0  # seconds before its end an exchanged token is no longer used
_REFUSED = 5.0  # seconds a refused API token is not tried again
_CAPACITY = 10_000

Value = TypeVar("Value")


class Shared(Generic[Value]):
    """Answers by key, each asked for once at a time and kept as long as `lifetime` says."""

    def __init__(self, lifetime: Callable[[Value], float]) -> None:
        self._lifetime = lifetime
        self._entries: dict[str, tuple[asyncio.Task[Value], float]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[Value]]) -> Value:
        """The kept answer, the one under way, or a new one. Errors are not kept. One caller's departure does not
        stop it for the others.
        """
        now = time.monotonic()
        task, until = self._entries.get(key, (None, 0.0))
        if task is None or (task.done() and until < now):
            self._tidy(now)
            task = asyncio.ensure_future(self._asked(key, ask))
            self._entries[key] = (task, float("inf"))
        return task.result() if task.done() else await asyncio.shield(task)

    async def _asked(self, key: str, ask: Callable[[], Awaitable[Value]]) -> Value:
        try:
            value = await ask()
        except BaseException:
            self._entries.pop(key, None)
            raise
        task, _ = self._entries[key]
        self._entries[key] = (task, time.monotonic() + self._lifetime(value))
        return value

    def _tidy(self, now: float) -> None:
        if len(self._entries) < _CAPACITY:
            return
        self._entries = {key: entry for key, entry in self._entries.items() if entry[1] >= now}
        while len(self._entries) >= _CAPACITY:  # all in use: forget the oldest
            self._entries.pop(next(iter(self._entries)))


def _digest(token: str) -> str:
    """Keys of what is kept: no token stays in memory longer than its request."""
    return hashlib.sha256(token.encode()).hexdigest()


class Renewal:
    """Asks identity for access tokens."""

    def __init__(self, catalog: Catalog, upstream: Upstream) -> None:
        self._upstream = upstream
        self._refresh = catalog.rpc("guanxi.identity.v1.SessionService.RefreshSession")
        self._exchange = catalog.rpc("guanxi.identity.v1.ControlPlaneService.ExchangeApiToken")
        self._sessions: Shared[Any] = Shared(lambda _tokens: _GRACE)
        self._api_tokens: Shared[Any] = Shared(
            lambda answer: _REFUSED if answer is None else max(0.0, answer.expires_in - _EARLY)
        )

    async def session(self, call: Call, refresh_token: str, *, anew: bool = False) -> Any:
        """A new pair of tokens, `SessionTokens`; `anew`: of a session with a new id, in place of this one. Raises RefusedError (401) when the session has ended."""
        if not refresh_token:
            raise RefusedError(401, "SESSION_ENDED")
        request: Any = self._refresh.request_type()
        request.refresh_token, request.anew = refresh_token, anew
        metadata = call.metadata()

        async def ask() -> Any:
            return await self._upstream.call("identity", self._refresh, request, metadata, seconds=10, repeatable=False)

        try:
            return await self._sessions.get(_digest(refresh_token), ask)
        except grpc.aio.AioRpcError as error:
            if error.code() == grpc.StatusCode.UNAUTHENTICATED:
                raise RefusedError(401, "SESSION_ENDED") from None
            raise

    async def api_token(self, token: str) -> str:
        """An access token for an API token. Raises RefusedError (401) when identity does not know it."""
        request: Any = self._exchange.request_type()
        request.token = token

        async def ask() -> Any:
            try:
                return await self._upstream.as_gateway("identity", self._exchange, request)
            except grpc.aio.AioRpcError as error:
                if error.code() != grpc.StatusCode.UNAUTHENTICATED:
                    raise
                return None

        answer = await self._api_tokens.get(_digest(token), ask)
        if answer is None:
            raise RefusedError(401, "UNAUTHENTICATED")
        return str(answer.access_token)
