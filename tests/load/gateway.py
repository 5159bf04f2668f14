"""`python -m tests.load.gateway`: what the gateway itself does for a request, in microseconds of this process's CPU.

The ASGI application answers with a service that answers at once: no socket, no gRPC, no other process, so that a busy
machine does not show. What a request costs beside it is uvicorn's and grpc.aio's (200 to 300 µs of CPU a call).
"""

import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from chassis import telemetry
from chassis.contract import service_names
from gateway.app import Gateway
from gateway.config import GatewayConfig
from gateway.live import Hub
from gateway.transcoding.catalog import Catalog
from guanxi.customers.v1 import accounts_pb2
from local import ports
from tests.gateway.services import access_token

ID = "0190aaaa-0000-7000-8000-000000000001"
ONE = f"/api/v1/accounts/{ID}"
TURNS = 5


def account() -> accounts_pb2.Account:
    """A record with something of every kind of field."""
    one = accounts_pb2.Account(id=ID, etag="12", name="华兴科技", industry="software", created_by=ID, owner_id=ID)
    one.create_time.GetCurrentTime()
    one.update_time.GetCurrentTime()
    one.external_ids["erp"] = "17"
    one.custom["size"].text = "large"
    one.annual_revenue.currency_code, one.annual_revenue.units = "CNY", 1000
    return one


def config(folder: Path) -> GatewayConfig:
    """As in production: spans are written, limits are counted."""
    addresses: dict[str, Any] = {f"{service}_address": "127.0.0.1:1" for service in service_names()}
    return GatewayConfig(
        listen="127.0.0.1:1",
        metrics_listen=f"127.0.0.1:{ports.pick(1)[0]}",
        public_url="http://127.0.0.1",
        service_token="the services' own secret",
        nats_url="nats://127.0.0.1:1",
        trace_file=str(folder / "traces.jsonl"),
        user_rate=1e8,
        address_rate=1e8,
        **addresses,
    )


def scope(path: str, query: bytes, **headers: str) -> dict[str, Any]:
    """A GET as uvicorn hands it over."""
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "client": ("127.0.0.1", 5),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }


async def measure(settings: GatewayConfig) -> None:
    """Print the best of some turns of each kind."""
    gateway = Gateway(settings, Catalog(), Hub(settings.nats_url))
    answers = {"GetAccount": account(), "ListAccounts": accounts_pb2.ListAccountsResponse(accounts=[account()] * 50)}

    async def call(_service: str, rpc: Any, *_: Any, **__: Any) -> Any:
        return answers[rpc.path.rpartition("/")[2]]

    gateway.upstream.call = call  # type: ignore[method-assign,assignment]
    token = access_token("s", time.time() + 3600)
    common = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8", "user-agent": "bench"}
    bearer = common | {"authorization": f"Bearer {token}"}
    browser = common | {"cookie": f"guanxi-access={token}; guanxi-refresh=r", "sec-fetch-site": "same-origin"}
    for name, path, query, headers, count in (
        ("get, bearer token", ONE, b"", bearer, 4000),
        ("get, cookies", ONE, b"", browser, 4000),
        ("list of 50", "/api/v1/accounts", b"page_size=50&filter=name%20%3D%20%22x%22", bearer, 400),
    ):
        status = 0

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)

        best = float("inf")
        for _ in range(TURNS):
            begun = time.process_time()
            for _ in range(count):
                await gateway.api(scope(path, query, **headers), _nothing, send)
            best = min(best, (time.process_time() - begun) / count)
        sys.stdout.write(f"  {name:<20}{best * 1e6:>8.0f} µs\n" if status == 200 else f"  {name}: {status}\n")
    await gateway.upstream.close()


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-") as place:
        chosen = config(Path(place))
        telemetry.set_up("gateway", chosen)
        logging.disable(logging.WARNING)
        uvloop.run(measure(chosen))
        telemetry.flush()
