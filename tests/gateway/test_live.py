"""Listeners hear what changed in their organization, soon, and nothing of anybody else's."""

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import nats
import pytest

from gateway import live
from gateway.sessions import callers
from local.broker import Broker
from tests.gateway.conftest import Gateway, until
from tests.gateway.services import ORGANIZATION, USER


class Listener:
    """One open stream, read in the background."""

    def __init__(self, client: httpx.Client) -> None:
        self.events: list[tuple[str, Any]] = []
        self.ended = False
        request = client.build_request("GET", "/api/v1/live")
        self._connection = http.client.HTTPConnection(request.url.host, request.url.port or 80, timeout=30)
        self._connection.request("GET", request.url.path, headers=dict(request.headers))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name = ""
        try:
            answer = self._connection.getresponse()
            self.status = answer.status
            for raw in answer:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self.events.append((name, json.loads(line.removeprefix("data: "))))
        except (OSError, http.client.HTTPException):
            pass
        self._connection.close()
        self.ended = True

    def close(self) -> None:
        """As a closed tab does."""
        self._connection.sock.shutdown(socket.SHUT_RDWR)

    def heard(self, name: str) -> list[Any]:
        return [data for event, data in self.events if event == name]


@contextmanager
def publisher(broker: Broker) -> Iterator[Callable[[str, Any], None]]:
    """Publishes as a service does."""

    def publish(subject: str, message: Any) -> None:
        async def once() -> None:
            client = await nats.connect(broker.url)
            data = message if isinstance(message, bytes) else json.dumps(message).encode()
            await client.publish(subject, data)
            await client.drain()

        asyncio.run(once())

    yield publish


@pytest.fixture
def listening(new_gateway: Callable[..., Gateway], broker: Broker) -> Gateway:
    """A gateway that is connected to the broker."""
    gateway = new_gateway(nats_url=broker.url)
    until(lambda: gateway.hub.connected)
    return gateway


def open_stream(gateway: Gateway) -> Listener:
    """A listener whose subscription stands."""
    listener = Listener(gateway.program())
    until(lambda: listener.heard("ping"))
    return listener


def test_changes_of_ones_organization_are_heard_and_gathered(listening: Gateway, broker: Broker) -> None:
    """A burst of changes is one event, at most once a second; other organizations' are not heard."""
    listener = open_stream(listening)
    with publisher(broker) as publish:
        publish("guanxi.live.other", {"modules": ["secrets"]})
        publish(f"guanxi.live.{ORGANIZATION}", {"modules": ["accounts"]})
        until(lambda: listener.heard("changed"))
        publish(f"guanxi.live.{ORGANIZATION}", {"modules": ["accounts"]})
        publish(f"guanxi.live.{ORGANIZATION}", {"resources": ["customers.Contact", "customers.Account", "mars.Rover"]})
        until(lambda: len(listener.heard("changed")) >= 2)
    assert listener.heard("changed")[0] == {"modules": ["accounts"]}
    assert listener.heard("changed")[-1] == {"modules": ["accounts", "contacts"]}
    assert len(listener.heard("changed")) == 2


def test_jobs_are_told_to_who_started_them(listening: Gateway, broker: Broker) -> None:
    """Progress of one's own imports arrives, others' does not; only the newest state of each is told."""
    listener = open_stream(listening)
    mine = {"id": "customers-1", "state": "running", "done": 5, "user_id": USER}
    with publisher(broker) as publish:
        publish(f"guanxi.live.{ORGANIZATION}", {"jobs": [{**mine, "user_id": "somebody"}, mine]})
        until(lambda: listener.heard("job"))
    assert listener.heard("job") == [mine]


def test_messages_that_cannot_be_read_do_no_harm(listening: Gateway, broker: Broker) -> None:
    """Whatever arrives on the subject, the stream goes on."""
    listener = open_stream(listening)
    with publisher(broker) as publish:
        for message in (
            b"",
            b"\xff",
            b"[]",
            b"5",
            b'{"modules": 5}',
            b'{"jobs": {"a": 1}}',
            b'{"jobs": [5]}',
            b'{"resources": [[]]}',
        ):
            publish(f"guanxi.live.{ORGANIZATION}", message)
        publish(f"guanxi.live.{ORGANIZATION}", {"modules": ["accounts"]})
        until(lambda: listener.heard("changed"))
    assert not listener.ended


def test_without_the_broker_streams_stay_and_say_so(
    new_gateway: Callable[..., Gateway], new_broker: Callable[[], Broker]
) -> None:
    """When the broker goes, listeners are told to poll; when it is back they are told, and hear again."""
    broker = new_broker()
    gateway = new_gateway(nats_url=broker.url)
    until(lambda: gateway.hub.connected)
    listener = open_stream(gateway)
    broker.kill()
    until(lambda: {"live": False} in listener.heard("degraded"))
    broker.start()
    broker.wait_ready()
    until(lambda: {"live": True} in listener.heard("degraded"))
    with publisher(broker) as publish:
        publish(f"guanxi.live.{ORGANIZATION}", {"modules": ["accounts"]})
        until(lambda: listener.heard("changed"))
    assert not listener.ended


def test_a_gateway_that_never_met_the_broker_streams_all_the_same(gateway: Gateway) -> None:
    """Live changes are a comfort: without NATS the API and the stream work, degraded."""
    listener = Listener(gateway.program())
    until(lambda: listener.heard("degraded"))
    assert listener.heard("degraded") == [{"live": False}]


def test_a_session_that_ends_closes_its_streams(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorization is asked for again while a stream is open; a revoked session's ends."""
    monkeypatch.setattr(live, "REAUTHORIZE", 0.2)
    monkeypatch.setattr(live, "PING", 0.2)
    monkeypatch.setattr(live, "COALESCE", 0.05)
    gateway = new_gateway()
    browser = gateway.browser()
    listener = Listener(browser)
    until(lambda: len(listener.heard("ping")) > 3)
    assert not listener.ended
    gateway.identity.ended.update(gateway.identity.refresh_tokens.values())
    until(lambda: listener.ended)


def test_a_stream_ends_with_its_access_token(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser then comes back with cookies that are renewed in passing; a stream cannot set any."""
    monkeypatch.setattr(live, "REAUTHORIZE", 0.2)
    monkeypatch.setattr(live, "PING", 0.2)
    monkeypatch.setattr(callers, "_EARLY", 0)
    gateway = new_gateway()
    gateway.identity.lifetime = 2.5
    browser = gateway.browser()
    started = time.monotonic()
    listener = Listener(browser)
    until(lambda: listener.ended)
    assert listener.status == 200
    assert time.monotonic() - started < 10
    assert browser.get("/api/v1/sessions/current").status_code == 200


def test_streams_are_bounded_and_freed(new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may have so many; closing one makes room for another."""
    monkeypatch.setattr(live, "STREAMS_PER_USER", 2)
    gateway = new_gateway()
    listeners = [Listener(gateway.program()), Listener(gateway.program())]
    until(lambda: all(listener.heard("ping") for listener in listeners))
    refused = gateway.program().get("/api/v1/live")
    assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_STREAMS")
    listeners[0].close()
    until(lambda: gateway.hub.streams_of(ORGANIZATION, USER) == 1)
    third = Listener(gateway.program())
    until(lambda: third.heard("ping"))


def test_a_stream_needs_a_log_in(gateway: Gateway) -> None:
    """As everything else."""
    assert gateway.client().get("/api/v1/live").status_code == 401
