"""The process starts with clear words or works, tells how it is, and stops without cutting anybody off."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import ports
from local.settings import ROOT
from tests.gateway.conftest import until
from tests.gateway.services import SERVICE_TOKEN, Backend

COMMAND = [sys.executable, "-m", "gateway", "serve"]


def environment(backends: dict[str, Backend], folder: Path, **more: str) -> dict[str, str]:
    """Settings of a gateway in front of these services."""
    port, metrics = ports.pick(2)
    addresses = {f"GUANXI_{name.upper()}_ADDRESS": f"127.0.0.1:{backend.port}" for name, backend in backends.items()}
    return {
        "PATH": os.environ["PATH"],
        "GUANXI_LISTEN": f"127.0.0.1:{port}",
        "GUANXI_METRICS_LISTEN": f"127.0.0.1:{metrics}",
        "GUANXI_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GUANXI_SERVICE_TOKEN": SERVICE_TOKEN,
        "GUANXI_NATS_URL": "nats://127.0.0.1:9",
        "GUANXI_TRACE_FILE": str(folder / "traces.jsonl"),
        "GUANXI_LOG_LEVEL": "info",
        **addresses,
        **more,
    }


class Process:
    """A gateway as it runs in production."""

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        self.url = settings["GUANXI_PUBLIC_URL"]
        self.metrics_url = f"http://{settings['GUANXI_METRICS_LISTEN']}/metrics"
        self._log = log
        with log.open("wb") as out:
            self.popen = subprocess.Popen(COMMAND, env=settings, stdout=out, stderr=subprocess.STDOUT)
        until(self._answers, 30)

    def _answers(self) -> bool:
        assert self.popen.poll() is None, self._log.read_text()
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=20)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def start(tmp_path: Path, backends: dict[str, Backend]) -> Iterator[Callable[..., Process]]:
    """Starts gateways; they end with the test."""
    made: list[Process] = []

    def begin(**more: str) -> Process:
        made.append(Process(environment(backends, tmp_path, **more), tmp_path / f"log-{len(made)}"))
        return made[-1]

    yield begin
    for process in made:
        process.popen.kill()
        process.popen.wait(10)


def test_wrong_settings_are_told_all_at_once() -> None:
    """Everything that is missing or wrong is named, with the remedy, before anything starts."""
    settings = {
        "PATH": os.environ["PATH"],
        "GUANXI_PUBLIC_URL": "http://crm.example.com",
        "GUANXI_LISTEN": "8080",
        "GUANXI_USER_RATE": "many",
    }
    ended = subprocess.run(COMMAND, env=settings, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    for word in (
        "GUANXI_PUBLIC_URL must begin with https",
        "GUANXI_LISTEN must be host:port",
        "GUANXI_USER_RATE",
        "GUANXI_SERVICE_TOKEN is missing",
    ):
        assert word in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_says_how_it_is(start: Callable[..., Process]) -> None:
    """Alive and ready are two questions; metrics have routes and no ids; logs are JSON with trace ids."""
    process = start()
    assert process.get("/readyz").status_code == 200
    answer = process.get("/api/v1/accounts/secret-id", authorization="Bearer gx_good")
    assert answer.status_code == 404
    process.get("/api/v1/nothing/secret-path")
    metrics = httpx.get(process.metrics_url, trust_env=False).text
    assert 'guanxi_http_server_seconds_count{method="GET",route="/api/v1/accounts/{id}",status="404"} 1.0' in metrics
    assert 'route="unmatched",status="404"} 1.0' in metrics
    assert "secret" not in metrics
    assert all({"time", "level", "service", "message"} <= set(record) for record in process.records())
    assert "gx_good" not in str(process.records())


def test_it_is_not_ready_while_identity_is_away(start: Callable[..., Process]) -> None:
    """Without log-ins there is no use in sending anybody here; but it lives."""
    (port,) = ports.pick(1)
    process = start(GUANXI_IDENTITY_ADDRESS=f"127.0.0.1:{port}")
    assert process.get("/healthz").status_code == 200
    assert process.get("/readyz").status_code == 503


def test_one_trace_goes_from_the_caller_to_the_service(
    start: Callable[..., Process], backends: dict[str, Backend], tmp_path: Path
) -> None:
    """The caller's trace id is kept; the service's parent is our span, whose parent is the caller's."""
    process = start()
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    answer = process.get("/api/v1/accounts", authorization="Bearer gx_good", traceparent=f"00-{trace}-{parent}-01")
    assert answer.headers["x-trace-id"] == trace
    received = backends["customers"].last("AccountService.ListAccounts").metadata["traceparent"]
    process.popen.send_signal(signal.SIGTERM)
    process.popen.wait(20)
    spans = [json.loads(line) for line in (tmp_path / "traces.jsonl").read_text().splitlines()]
    span = next(one for one in spans if one["trace_id"] == trace)
    assert received == f"00-{trace}-{span['span_id']}-01"
    assert (span["parent_id"], span["name"]) == (parent, "GET /api/v1/accounts")


def test_it_stops_when_the_last_answer_is_given(start: Callable[..., Process], backends: dict[str, Backend]) -> None:
    """On SIGTERM requests under way are answered, live streams end, new ones are not taken, and it exits with 0."""
    process = start()
    inside = threading.Event()
    customers = backends["customers"]
    ordinary = customers.handlers["AccountService.ListAccounts"]

    def slowly(request: Any, received: Any) -> Any:
        inside.set()
        time.sleep(1)
        return ordinary(request, received)

    customers.handlers["AccountService.ListAccounts"] = slowly
    try:
        with ThreadPoolExecutor(2) as pool:
            stream = pool.submit(process.get, "/api/v1/live", authorization="Bearer gx_good")
            until(lambda: "guanxi_live_streams 1.0" in httpx.get(process.metrics_url, trust_env=False).text)
            slow = pool.submit(process.get, "/api/v1/accounts", authorization="Bearer gx_good")
            assert inside.wait(10)
            process.popen.send_signal(signal.SIGTERM)
            assert slow.result(20).status_code == 200
            assert stream.result(20).status_code == 200
        assert process.popen.wait(20) == 0
    finally:
        customers.handlers["AccountService.ListAccounts"] = ordinary


def test_the_gateway_needs_no_database_machinery() -> None:
    """What its own package and the chassis without extras bring is enough: no driver is loaded, directly or not."""
    heavy = tomllib.loads((ROOT / "services/chassis/pyproject.toml").read_text())["project"]["optional-dependencies"]
    own = tomllib.loads((ROOT / "gateway/pyproject.toml").read_text())["project"]["dependencies"]
    refused = {name.replace("-", "_") for name in heavy["service"]} - {re.split("[>=;]", name)[0] for name in own}
    program = "import sys, gateway.server, gateway.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "gateway" in loaded
    assert {"sqlalchemy", "alembic"} <= refused
    assert not {"psycopg2", *refused} & set(loaded)
