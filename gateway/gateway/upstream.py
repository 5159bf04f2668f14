"""The services, as the gateway calls them: one channel each, deadlines, and retries where they are safe."""

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.message import Message

from gateway.exchange import Call
from gateway.transcoding.bindings import Rpc

_RETRIES = 3
_FIRST_PAUSE = 0.1  # seconds, doubled each time, half of it random
_OPTIONS: list[tuple[str, Any]] = [
    ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
    ("grpc.enable_retries", 0),  # ours know which calls may be repeated
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 60_000),  # not below the 30 s the services tolerate, or they answer with GOAWAY
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 16 * 2**20),
    ("grpc.max_send_message_length", 16 * 2**20),
]

Metadata = list[tuple[str, str]]


class Upstream:
    """Channels by service. The service token goes with every call: from nobody else do services believe the address a
    request came from, or take a call that only services may make. (No route leads to one of those.)

    Made inside the event loop. Channels connect lazily, and find a service that was away when it comes back.
    """

    def __init__(self, addresses: Mapping[str, str], service_token: str) -> None:
        self.services = tuple(addresses)
        self._token = ("x-guanxi-service-token", service_token)
        self._channels = {
            service: grpc.aio.insecure_channel(f"dns:///{address}", options=_OPTIONS)
            for service, address in addresses.items()
        }
        self._methods: dict[tuple[str, str], Any] = {}

    def connect(self) -> None:
        """Begin connecting, so that nobody's first request has to wait for it."""
        for channel in self._channels.values():
            channel.get_state(try_to_connect=True)

    async def close(self) -> None:
        """Let calls under way end, then close."""
        await asyncio.gather(*(channel.close(5) for channel in self._channels.values()))

    def _method(self, service: str, rpc: Rpc) -> Any:
        key = (service, rpc.path)
        if key not in self._methods:
            self._methods[key] = self._channels[service].unary_unary(
                rpc.path,
                request_serializer=rpc.request_type.SerializeToString,
                response_deserializer=rpc.answer_type.FromString,
            )
        return self._methods[key]

    async def call(
        self, service: str, rpc: Rpc, request: Message, metadata: Metadata, seconds: float, *, repeatable: bool
    ) -> Any:
        """The service's answer; raises grpc.aio.AioRpcError. UNAVAILABLE is tried again if `repeatable`."""
        metadata = [*metadata, self._token]
        method = self._method(service, rpc)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = _FIRST_PAUSE
        for attempt in range(_RETRIES + 1):
            try:
                return await method(request, timeout=max(0.001, deadline - loop.time()), metadata=metadata)
            except grpc.aio.AioRpcError as error:
                last = attempt == _RETRIES or loop.time() + pause > deadline
                if error.code() != grpc.StatusCode.UNAVAILABLE or not repeatable or last:
                    raise
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - only spreads the load
            pause *= 2
        raise AssertionError("unreachable")

    async def for_caller(
        self, call: Call, service: str, rpc: Rpc, request: Message, *, repeatable: bool, seconds: float = 1e9
    ) -> Any:
        """A call under the caller's own token."""
        return await self.call(
            service, rpc, request, call.metadata(), min(call.remaining(), seconds), repeatable=repeatable
        )

    async def as_gateway(self, service: str, rpc: Rpc, request: Message, seconds: float = 5.0) -> Any:
        """A call for nobody in particular, for what the gateway needs itself."""
        return await self.call(service, rpc, request, [], seconds, repeatable=True)
