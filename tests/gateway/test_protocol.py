"""Connections that are up to no good end; those in order go on."""

import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from gateway import exchange, protocol
from tests.gateway.conftest import Gateway, until


def connect(gateway: Gateway) -> socket.socket:
    parts = urlsplit(gateway.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def answered(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    try:
        while piece := connection.recv(4096):
            received += piece
    except ConnectionError:
        pass
    connection.close()
    return received


def test_a_head_without_end_is_refused(gateway: Gateway) -> None:
    """64 KiB of headers are enough for anybody, in one piece or in many."""
    for size in (100, 60_000):
        connection = connect(gateway)
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        line = b"x-filler: " + b"a" * size + b"\r\n"
        try:
            for _ in range(200_000 // size):
                connection.sendall(line)
        except ConnectionError:
            pass
        assert answered(connection).startswith(b"HTTP/1.1 431") or size == 60_000


def test_a_head_that_never_comes_is_not_waited_for(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither silence nor a trickle keeps a connection; a second request on it has the same time again."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.5)
    gateway = new_gateway()
    for beginning in (b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea"):
        connection = connect(gateway)
        connection.sendall(beginning)
        started = time.monotonic()
        assert b"HTTP/1.1 408" in answered(connection)
        assert time.monotonic() - started < 8


def test_a_slow_answer_and_an_idle_connection_are_no_slow_head(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of a head counts while it arrives, not while we think nor between requests."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    gateway = new_gateway()
    ordinary = gateway.customers.handlers["AccountService.ListAccounts"]

    def slowly(request: Any, received: Any) -> Any:
        time.sleep(0.8)
        return ordinary(request, received)

    gateway.customers.handlers["AccountService.ListAccounts"] = slowly
    with httpx.Client(base_url=gateway.url, headers={"authorization": "Bearer gx_good"}, trust_env=False) as client:
        assert client.get("/api/v1/accounts").status_code == 200
        idle = time.monotonic() + 0.6
        until(lambda: time.monotonic() > idle)
        assert client.get("/healthz").status_code == 200


def test_a_body_that_trickles_is_not_waited_for(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A place is not held by who announces more than is sent; a file that stalls is given up as well."""
    monkeypatch.setattr(exchange, "BODY_SECONDS", 0.4)
    monkeypatch.setattr(exchange, "STALL", 0.4)
    gateway = new_gateway()
    for path in ("accounts", "files?module=accounts"):
        connection = connect(gateway)
        head = f"POST /api/v1/{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gx_good\r\ncontent-length: 99\r\n"
        connection.sendall(head.encode() + b"content-type: application/json\r\nconnection: close\r\n\r\n{")
        assert answered(connection).startswith(b"HTTP/1.1 408")


def test_large_bodies_pass(gateway: Gateway) -> None:
    """The bound is on heads alone, even when head and body arrive together."""
    body = b"x" * 300_000
    head = f"POST /api/v1/files?module=accounts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer gx_good\r\ncontent-length: {len(body)}\r\n"
    connection = connect(gateway)
    connection.sendall(head.encode() + b"connection: close\r\n\r\n" + body)
    assert answered(connection).startswith(b"HTTP/1.1 200")
