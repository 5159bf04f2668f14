"""A real gateway over real HTTP, in front of real gRPC servers, all on ports of their own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from chassis.contract import service_names
from gateway.config import GatewayConfig
from gateway.live import Hub
from gateway.server import http_server
from tests.gateway.services import PASSWORD, SERVICE_TOKEN, Backend, Identity, Keeper


@dataclass
class Gateway:
    """A running gateway and what stands behind it."""

    url: str
    hub: Hub
    backends: dict[str, Any]
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        return self.backends["identity"]

    @property
    def customers(self) -> Keeper:
        return self.backends["customers"]

    def client(self, **options: Any) -> httpx.Client:
        """A client without credentials."""
        client = httpx.Client(base_url=self.url, timeout=20, trust_env=False, **options)
        self.clients.append(client)
        return client

    def program(self) -> httpx.Client:
        """A program with an API token."""
        return self.client(headers={"authorization": "Bearer gx_good"})

    def browser(self) -> httpx.Client:
        """A browser that has logged in: cookies, and the CSRF token of its page."""
        client = self.client(headers={"sec-fetch-site": "same-origin"})
        answer = client.post("/api/v1/sessions", json={"email": "wang@example.com", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return client


@contextmanager
def running(backends: dict[str, Backend], **settings: Any) -> Iterator[Gateway]:
    """Serve until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    addresses = {f"{name}_address": f"127.0.0.1:{backend.port}" for name, backend in backends.items()}
    options: dict[str, Any] = {
        "metrics_listen": "127.0.0.1:1",
        "listen": "127.0.0.1:1",
        "public_url": url,
        "service_token": SERVICE_TOKEN,
        "nats_url": "nats://127.0.0.1:9",
        "user_rate": 0.0,
        "address_rate": 0.0,
        "login_rate": 0.0,
        **addresses,
        **settings,
    }
    config = GatewayConfig(**options)
    hub = Hub(config.nats_url)
    server = http_server(config, hub)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    until(lambda: server.started)
    gateway = Gateway(url, hub, backends)
    try:
        yield gateway
    finally:
        for client in gateway.clients:
            client.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the gateway did not stop"


def until(reached: Callable[[], Any], seconds: float = 15.0) -> Any:
    """Poll until it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := reached():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@pytest.fixture(scope="session")
def backends() -> Iterator[dict[str, Backend]]:
    """The services' stand-ins: real servers with handlers of a few lines."""
    made: dict[str, Backend] = {name: Identity() if name == "identity" else Keeper(name) for name in service_names()}
    for backend in made.values():
        backend.start()
    yield made
    for backend in made.values():
        backend.stop()


@pytest.fixture(scope="session")
def gateway(backends: dict[str, Backend]) -> Iterator[Gateway]:
    """One gateway for tests that leave no traces."""
    with running(backends) as one:
        yield one


@pytest.fixture
def new_gateway() -> Iterator[Callable[..., Gateway]]:
    """Makes a gateway with services of its own: `new_gateway(max_file=100)`."""
    stack: list[Any] = []
    started: list[Backend] = []

    def make(**settings: Any) -> Gateway:
        own: dict[str, Backend] = {name: Identity() if name == "identity" else Keeper(name) for name in service_names()}
        for backend in own.values():
            backend.start()
            started.append(backend)
        context = running(own, **settings)
        stack.append(context)
        return context.__enter__()

    yield make
    for context in reversed(stack):
        context.__exit__(None, None, None)
    for backend in started:
        backend.stop()


@pytest.fixture
def program(gateway: Gateway) -> httpx.Client:
    """A program with an API token."""
    return gateway.program()
