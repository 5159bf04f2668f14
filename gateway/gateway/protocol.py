"""HTTP/1.1 with bounds that uvicorn's fast parser lacks: on the size of a request's head, and on the time it takes.

Without them one connection that never ends its headers takes memory without end, and many that never begin them take
all file descriptors ("slowloris").
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 20.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. The methods are asyncio's and the parser's callbacks."""

    _head_bytes = 0
    _in_head = True
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """The first head is awaited from now on."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and self._goes_on(data):
                self._refuse("431 Request Header Fields Too Large")
                return
        super().data_received(data)

    def _goes_on(self, data: bytes) -> bool:
        """Whether the head ends in this very piece, as it does when a large body follows a small head at once."""
        return b"\r\n\r\n" not in data or self._head_bytes - len(data) > HEAD_BYTES

    def on_message_begin(self) -> None:
        """A head begins; the first one is awaited already."""
        super().on_message_begin()
        if self._head_timer is None:
            self._start_timer()

    def on_headers_complete(self) -> None:
        """It is there."""
        self._in_head, self._head_bytes = False, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is another head. Until it begins, keep-alive is uvicorn's matter."""
        self._in_head = True
        super().on_message_complete()

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, "408 Request Timeout")

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: str) -> None:
        """Say why, unless the answer to an earlier request is on its way; then close."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        self.transport.close()
