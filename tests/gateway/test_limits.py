"""Nobody takes more than a share, and an overload is said instead of waited out."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
from prometheus_client import REGISTRY

from chassis.rates import place_of
from gateway.errors import RefusedError
from gateway.limits import Rate
from tests.gateway.conftest import Gateway, until
from tests.gateway.services import PASSWORD


def test_a_rate_refills(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once, then as many a second as agreed; each key for itself; the refusal says how long to wait."""
    now = [1000.0]
    monkeypatch.setattr("gateway.limits.time.monotonic", lambda: now[0])
    rate = Rate(2.0, 3.0)
    for _ in range(3):
        rate.take("a")
    with pytest.raises(RefusedError) as refusal:
        rate.take("a")
    assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (429, "1")
    rate.take("b")
    now[0] += 0.5
    rate.take("a")
    with pytest.raises(RefusedError):
        rate.take("a")


def test_attempts_to_log_in_are_slowed_down(new_gateway: Callable[..., Gateway]) -> None:
    """Guessing passwords from one address ends in 429, in the guesser's language; reading goes on."""
    gateway = new_gateway(login_rate=0.1)
    client = gateway.client(headers={"accept-language": "zh"})
    body = {"email": "a@b.cn", "password": "wrong"}
    answers = [client.post("/api/v1/sessions", json=body) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "请求过于频繁" in answers[-1].json()["detail"]
    assert gateway.identity.count("SessionService.CreateSession") == 3
    assert gateway.program().get("/api/v1/accounts").status_code == 200


@pytest.mark.parametrize("path", ["signup", "signup:verify", "sessions:verify", "passwords:forgot", "passwords:reset"])
def test_whatever_is_asked_without_a_session_is_slowed_down(new_gateway: Callable[..., Gateway], path: str) -> None:
    """Codes, links and addresses are guessed no faster than passwords."""
    client = new_gateway(login_rate=0.1).client()
    answers = [client.post(f"/api/v1/{path}", json={}) for _ in range(4)]
    assert 429 not in [answer.status_code for answer in answers[:3]]
    assert 429 == answers[3].status_code


def test_one_session_cannot_take_everything(new_gateway: Callable[..., Gateway]) -> None:
    """A client in a loop is slowed down; another session of the same user is not."""
    gateway = new_gateway(user_rate=1.0)
    browser, other = gateway.browser(), gateway.browser()
    statuses = [browser.get("/api/v1/accounts").status_code for _ in range(5)]
    assert statuses[:2] == [200, 200]
    assert 429 in statuses
    assert other.get("/api/v1/accounts").status_code == 200


def test_an_address_has_a_limit_too(new_gateway: Callable[..., Gateway]) -> None:
    """Made-up credentials do not get around it."""
    gateway = new_gateway(address_rate=1.0)
    statuses = [
        gateway.client(headers={"authorization": f"Bearer {number}"}).get("/api/v1/accounts").status_code
        for number in range(5)
    ]
    assert 429 in statuses


def test_beyond_its_capacity_the_gateway_says_so_at_once(new_gateway: Callable[..., Gateway]) -> None:
    """Requests over the limit are refused within moments, with when to come back; those under way are finished."""
    gateway = new_gateway(concurrency=2)
    let_go, inside = threading.Event(), threading.Semaphore(0)

    def hold(*_: object) -> object:
        inside.release()
        let_go.wait(10)
        return gateway.customers._list(None, None)  # type: ignore[arg-type]

    gateway.customers.handlers["AccountService.ListAccounts"] = hold
    program = gateway.program()
    with ThreadPoolExecutor(2) as pool:
        held = [pool.submit(program.get, "/api/v1/accounts") for _ in range(2)]
        for _ in held:
            assert inside.acquire(timeout=10)
        started = time.monotonic()
        refused = program.get("/api/v1/contacts")
        assert time.monotonic() - started < 2
        let_go.set()
        assert {answer.result().status_code for answer in held} == {200}
    assert (refused.status_code, refused.json()["reason"]) == (503, "OVERLOADED")
    assert refused.headers["retry-after"] == "1"
    until(lambda: program.get("/api/v1/accounts/none").status_code == 404)


def test_a_log_in_works_within_the_limits(gateway: Gateway) -> None:
    """The ordinary case is not in the way of the others."""
    body = {"email": "wang@example.com", "password": PASSWORD}
    assert gateway.client().post("/api/v1/sessions", json=body).status_code == 200


def test_the_gauge_goes_back_to_nothing(new_gateway: Callable[..., Gateway]) -> None:
    """The requests in flight are counted when somebody looks: after the last one there are none."""
    program = new_gateway().program()
    assert program.get("/api/v1/accounts").status_code == 200
    assert program.get("/api/v1/mars").status_code == 404
    until(lambda: REGISTRY.get_sample_value("guanxi_http_server_in_flight") == 0.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
    ],
)
def test_one_connection_counts_once(one: str, other: str, same: bool) -> None:
    """Who has an IPv6 connection has 2 to the 64th addresses, and no more attempts than others."""
    assert same == (place_of(one) == place_of(other))


def test_addresses_of_one_ipv6_network_share_their_attempts(new_gateway: Callable[..., Gateway]) -> None:
    """Each attempt from another address of the same network ends in 429, too."""
    gateway = new_gateway(login_rate=0.1, trusted_proxies=(ip_network("127.0.0.0/8"),))

    def status(address: str) -> int:
        client = gateway.client(headers={"x-forwarded-for": address})
        return client.post("/api/v1/sessions", json={"email": "a@b.cn", "password": "wrong"}).status_code

    assert [401, 401, 401, 429] == [status(f"2001:db8:1:2::{number}") for number in range(1, 5)]
    assert 401 == status("2001:db8:1:3::1")
