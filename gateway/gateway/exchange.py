"""One HTTP exchange: what came in (`Call`) and what goes out (`Answer`, `Stream`)."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope

from chassis.texts import language_of
from gateway.errors import RefusedError

DEADLINE = 30.0  # seconds a request may take, unless it asks for less
BODY_SECONDS = 30.0  # for a body that is read whole: a trickle must not hold a place
STALL = 60.0  # seconds without a byte of a file
JSON = "application/json"

Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Call:
    """A request on its way through the gateway."""

    method: str
    path: bytes
    query: bytes
    headers: dict[str, str]
    receive: Receive
    address: str
    language: str
    deadline: float  # time.monotonic() at which the caller stops waiting
    token: str = ""  # access token, once the caller is known
    refresh: str = ""  # refresh token, where a browser's cookies brought the access token
    session: str = ""  # id of that session
    cookies: list[str] = field(default_factory=list)  # Set-Cookie headers for the answer
    traceparent: str = ""
    trace_id: str = ""

    @classmethod
    def of(cls, scope: Scope, receive: Receive, address: str) -> "Call":
        """From an ASGI scope. Repeated headers are joined with commas, cookies with semicolons (RFC 9110, 5.3)."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name in headers:
                value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
            headers[name] = value
        return cls(
            method=scope["method"],
            path=scope.get("raw_path") or scope["path"].encode(),
            query=scope["query_string"],
            headers=headers,
            receive=receive,
            address=address,
            language=language_of(headers.get("accept-language", "")),
            deadline=time.monotonic() + DEADLINE,
        )

    def remaining(self) -> float:
        """Seconds until the deadline, never quite 0."""
        return max(0.001, self.deadline - time.monotonic())

    def extend(self) -> None:
        """Begin the deadline anew, after an upload that took as long as it took."""
        self.deadline = time.monotonic() + DEADLINE

    def metadata(self) -> list[tuple[str, str]]:
        """What a service is told of the caller. Nothing else the client sent passes."""
        pairs = [("accept-language", self.language), ("x-guanxi-address", self.address)]
        if self.token:
            pairs.append(("authorization", f"Bearer {self.token}"))
        if self.traceparent:
            pairs.append(("traceparent", self.traceparent))
        return pairs

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives; raises RefusedError when the client goes away or falls silent."""
        while True:
            try:
                async with asyncio.timeout(STALL):
                    message: Any = await self.receive()
            except TimeoutError:
                raise RefusedError(408, "BODY_STALLED") from None
            if message["type"] == "http.disconnect":
                raise RefusedError(499, "CLIENT_GONE")
            if piece := message.get("body", b""):
                yield piece
            if not message.get("more_body", False):
                return

    async def body(self, limit: int) -> bytes:
        """The whole body; raises RefusedError when it is larger than `limit` bytes, or takes too long to arrive."""
        announced = self.headers.get("content-length", "")
        if announced.isdigit() and int(announced[:20]) > limit:
            raise RefusedError(413, "BODY_TOO_LARGE", limit=limit)
        received: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for piece in self.pieces():
                    size += len(piece)
                    if size > limit:
                        raise RefusedError(413, "BODY_TOO_LARGE", limit=limit)
                    received.append(piece)
        except TimeoutError:
            raise RefusedError(408, "BODY_STALLED") from None
        return received[0] if len(received) == 1 else b"".join(received)

    def media_type(self) -> str:
        """The body's media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(slots=True)
class Answer:
    """A complete answer."""

    body: bytes = b""
    status: int = 200
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Stream:
    """An answer whose body comes piece by piece."""

    chunks: AsyncGenerator[bytes, None]
    status: int = 200
    media_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
