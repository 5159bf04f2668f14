"""Every route of the API, as the composition root adds them."""

import asyncio
from functools import cache
from typing import Any

from chassis.contract import service_names
from gateway.api import Endpoint
from gateway.app import Gateway
from gateway.config import GatewayConfig
from gateway.live import Hub
from gateway.transcoding.catalog import Catalog


@cache
def endpoints() -> list[tuple[str, Endpoint]]:
    """HTTP method and endpoint."""

    async def build() -> list[tuple[str, Endpoint]]:
        addresses: dict[str, Any] = {f"{service}_address": "127.0.0.1:1" for service in service_names()}
        config = GatewayConfig(
            listen="127.0.0.1:1",
            metrics_listen="127.0.0.1:1",
            public_url="http://127.0.0.1",
            service_token="x",
            nats_url="nats://127.0.0.1:1",
            **addresses,
        )
        gateway = Gateway(config, Catalog(), Hub(config.nats_url))
        await gateway.upstream.close()
        return gateway.api.endpoints

    return asyncio.run(build())
