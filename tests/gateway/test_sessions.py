"""Browsers stay logged in safely, programs by their tokens, and nobody in somebody else's name."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import httpx
import pytest

from gateway.sessions.cookies import Cookies
from tests.gateway.conftest import Gateway
from tests.gateway.inventory import endpoints
from tests.gateway.services import ORGANIZATION, PASSWORD, USER, access_token

LOGIN = {"email": "wang@example.com", "password": PASSWORD}
SAME = {"sec-fetch-site": "same-origin"}


def test_a_browser_logs_in_and_is_known(gateway: Gateway) -> None:
    """Log-in answers who it is and sets cookies no script can read; later requests need nothing else."""
    client = gateway.client(headers=SAME)
    answer = client.post("/api/v1/sessions", json=LOGIN)
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["id"] == USER
    assert body["organization"]["id"] == ORGANIZATION
    assert "access_token" not in answer.text
    assert "refresh_token" not in answer.text
    for header in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in header
        assert "SameSite=Lax" in header
        assert "Path=/" in header
        assert "Domain" not in header
    who = client.get("/api/v1/sessions/current").json()
    assert who["user"]["name"] == "王芳"
    assert who["csrf_token"] == body["csrf_token"]
    device = gateway.identity.last("SessionService.CreateSession").request.device
    assert device.startswith("python-httpx")


def test_a_log_in_of_two_steps(new_gateway: Callable[..., Gateway]) -> None:
    """A challenge is passed on and sets no cookies; its answer sets them as a log-in does, and codes come along once."""
    gateway = new_gateway()
    gateway.identity.challenge = "c1"
    client = gateway.client(headers=SAME)
    first = client.post("/api/v1/sessions", json=LOGIN)
    assert (first.status_code, first.json()["challenge"], first.json()["factors"]) == (200, "c1", ["totp"])
    assert "set-cookie" not in first.headers
    second = client.post("/api/v1/sessions:verify", json={"challenge": "c1", "code": "123456"})
    assert second.json()["recovery_codes"] == ["recover"]
    assert "access_token" not in second.text
    assert client.get("/api/v1/sessions/current").json()["csrf_token"] == second.json()["csrf_token"]
    request = gateway.identity.last("SessionService.VerifySession").request
    assert (request.challenge, request.code) == ("c1", "123456")
    assert request.device.startswith("python-httpx")


def test_a_program_takes_two_steps(new_gateway: Callable[..., Gateway]) -> None:
    """With X-Session: token both answers are as the service gives them, and there are no cookies."""
    gateway = new_gateway()
    gateway.identity.challenge = "c1"
    client = gateway.client(headers={"x-session": "token"})
    assert client.post("/api/v1/sessions", json=LOGIN).json()["challenge"] == "c1"
    answer = client.post("/api/v1/sessions:verify", json={"challenge": "c1", "code": "123456"})
    assert answer.json()["access_token"]
    assert answer.json()["recovery_codes"] == ["recover"]
    assert "set-cookie" not in answer.headers


def test_cookies_are_bound_to_the_host_where_there_is_tls() -> None:
    """Behind https the names begin with __Host- and the cookies are Secure."""
    for header in Cookies(secure=True).set("a", "b"):
        name, morsel = next(iter(SimpleCookie(header).items()))
        assert name.startswith("__Host-guanxi-")
        assert morsel["secure"]
        assert morsel["httponly"]
        assert (morsel["path"], morsel["domain"]) == ("/", "")


def test_a_wrong_password_is_a_plain_401(gateway: Gateway) -> None:
    """No cookies, no hint."""
    answer = gateway.client(headers=SAME).post("/api/v1/sessions", json={**LOGIN, "password": "x"})
    assert (answer.status_code, answer.json()["reason"]) == (401, "WRONG_PASSWORD")
    assert "set-cookie" not in answer.headers


def test_without_a_log_in_everything_but_the_public_is_401(gateway: Gateway) -> None:
    """Every route that is not public refuses a caller without credentials before a service is asked."""
    client = gateway.client()
    calls = {name: len(backend.calls) for name, backend in gateway.backends.items()}
    for method, endpoint in endpoints():
        if not endpoint.public:
            path = endpoint.template.replace("{module}", "c_project").replace("{", "").replace("}", "")
            answer = client.request(method, path)
            assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
            assert answer.headers["www-authenticate"] == "Bearer"
    assert calls == {name: len(backend.calls) for name, backend in gateway.backends.items()}


def test_unsafe_requests_need_the_token_of_the_page(gateway: Gateway) -> None:
    """With cookies alone nothing can be changed; nor with another session's token."""
    browser, other = gateway.browser(), gateway.browser()
    token = browser.headers.pop("x-csrf-token")
    for wrong in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "é"}, {"x-csrf-token": other.headers["x-csrf-token"]}):
        headers = {name.encode(): value.encode() for name, value in wrong.items()}
        answer = browser.post("/api/v1/accounts", json={"name": "a"}, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "CSRF_TOKEN_INVALID")
    answer = browser.post("/api/v1/accounts", json={"name": "a"}, headers={"x-csrf-token": token})
    assert answer.status_code == 200
    assert browser.get("/api/v1/accounts").status_code == 200  # reading needs none


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_other_sites_change_nothing(gateway: Gateway, headers: dict[str, str]) -> None:
    """A page of another site is refused even with cookies and token, and cannot log anybody in."""
    browser = gateway.browser()
    if "sec-fetch-site" not in headers:
        del browser.headers["sec-fetch-site"]
    for path, body in (
        ("/api/v1/accounts", {"name": "a"}),
        ("/api/v1/sessions", LOGIN),
        ("/api/v1/sessions:refresh", {}),
    ):
        answer = browser.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "CROSS_ORIGIN"), path


def test_an_old_browser_is_believed_by_its_origin(gateway: Gateway) -> None:
    """Where Sec-Fetch-Site is unknown, Origin must be ours."""
    browser = gateway.browser()
    del browser.headers["sec-fetch-site"]
    assert browser.post("/api/v1/accounts", json={"name": "a"}, headers={"origin": gateway.url}).status_code == 200


def test_an_expired_access_token_is_renewed_in_passing(new_gateway: Callable[..., Gateway]) -> None:
    """The user notices nothing; the answer brings new cookies, and the CSRF token stays good."""
    gateway = new_gateway()
    gateway.identity.lifetime = 1.0  # less than the ten seconds before the end in which tokens are renewed
    browser = gateway.browser()
    gateway.identity.lifetime = 300.0
    before = dict(browser.cookies)
    assert browser.post("/api/v1/accounts", json={"name": "a"}).status_code == 200
    assert dict(browser.cookies) != before
    assert gateway.identity.count("SessionService.RefreshSession") == 1
    assert browser.get("/api/v1/accounts").status_code == 200
    assert gateway.identity.count("SessionService.RefreshSession") == 1


def test_tabs_that_wake_together_share_one_renewal(new_gateway: Callable[..., Gateway]) -> None:
    """A refresh token is spent once, however many requests carry it, and latecomers get the same new pair."""
    gateway = new_gateway()
    gateway.identity.lifetime = 1.0
    browser = gateway.browser()
    gateway.identity.lifetime = 300.0
    gateway.identity.refresh_seconds = 0.2
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def tab(_number: int) -> httpx.Response:
        return httpx.get(f"{gateway.url}/api/v1/accounts", headers={"cookie": cookies}, trust_env=False, timeout=20)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(tab, range(10)))
    answers.append(tab(11))
    assert {answer.status_code for answer in answers} == {200}
    assert len({tuple(answer.headers.get_list("set-cookie")) for answer in answers}) == 1
    assert gateway.identity.count("SessionService.RefreshSession") == 1


def test_a_session_goes_on_under_a_new_id_once_it_is_proved_again(new_gateway: Callable[..., Gateway]) -> None:
    """After a change of the password the browser has another session, and the cookies before are worth nothing."""
    gateway = new_gateway()
    browser = gateway.browser()
    before = {"cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    first = browser.get("/api/v1/sessions").json()["sessions"][0]["id"]
    change = {"current_password": PASSWORD, "new_password": "another long enough"}
    assert browser.post("/api/v1/passwords:change", json=change).status_code == 204
    second = browser.get("/api/v1/sessions/current").json()
    assert browser.get("/api/v1/sessions").json()["sessions"][0]["id"] != first
    assert second["csrf_token"] != browser.headers["x-csrf-token"]
    old = httpx.get(f"{gateway.url}/api/v1/sessions/current", headers=before, trust_env=False)
    assert old.status_code == 401


def test_a_late_tab_is_not_left_with_the_old_id(new_gateway: Callable[..., Gateway]) -> None:
    """Another tab has just renewed the same session: what it was given is replaced."""
    gateway = new_gateway()
    browser, tab = gateway.browser(), gateway.client(headers=SAME)
    tab.cookies = httpx.Cookies(browser.cookies)
    first = browser.get("/api/v1/sessions").json()["sessions"][0]["id"]
    assert tab.post("/api/v1/sessions:refresh", headers={"x-csrf-token": browser.headers["x-csrf-token"]}).is_success
    change = {"current_password": PASSWORD, "new_password": "another long enough"}
    assert browser.post("/api/v1/passwords:change", json=change).status_code == 204
    assert browser.get("/api/v1/sessions").json()["sessions"][0]["id"] != first


def test_what_was_done_is_answered_even_when_the_session_stays(new_gateway: Callable[..., Gateway]) -> None:
    """Recovery codes are shown once: they are not lost because the session cannot be replaced at that moment."""
    gateway = new_gateway()
    browser = gateway.browser()
    gateway.identity.refresh_tokens.clear()
    answer = browser.post("/api/v1/second_factor:confirm", json={"code": "123456"})
    assert answer.json()["recovery_codes"] == ["recover"]


def test_a_session_that_has_ended_is_401_and_its_cookies_are_cleared(new_gateway: Callable[..., Gateway]) -> None:
    """When renewal is refused the browser is told to log in, and forgets."""
    gateway = new_gateway()
    gateway.identity.lifetime = 1.0
    browser = gateway.browser()
    gateway.identity.refresh_tokens.clear()
    answer = browser.get("/api/v1/accounts")
    assert (answer.status_code, answer.json()["reason"]) == (401, "SESSION_ENDED")
    assert not browser.cookies
    public = browser.post("/api/v1/sessions", json=LOGIN)
    assert public.status_code == 200  # stale cookies never stand in the way of a log-in


def test_an_explicit_renewal_works_for_both_kinds(gateway: Gateway) -> None:
    """Browsers renew by cookie, programs by the token in the body."""
    browser = gateway.browser()
    renewed = browser.post("/api/v1/sessions:refresh")
    assert renewed.status_code == 200
    assert renewed.json()["csrf_token"] == browser.headers["x-csrf-token"]
    program = gateway.client(headers={"x-session": "token"})
    pair = program.post("/api/v1/sessions", json=LOGIN).json()
    again = program.post("/api/v1/sessions:refresh", json={"refresh_token": pair["refresh_token"]}).json()
    assert again["access_token"] != pair["access_token"]
    spent = program.post("/api/v1/sessions:refresh", json={"refresh_token": pair["refresh_token"]})
    assert spent.status_code == 401


def test_a_program_logs_in_for_tokens(gateway: Gateway) -> None:
    """`X-Session: token` gives the tokens and sets no cookie; the access token is a bearer token."""
    client = gateway.client(headers={"x-session": "token"})
    answer = client.post("/api/v1/sessions", json=LOGIN)
    assert "set-cookie" not in answer.headers
    body = answer.json()
    assert body["expires_in"] == 300
    bearer = {"authorization": f"Bearer {body['access_token']}"}
    assert client.post("/api/v1/accounts", json={"name": "a"}, headers=bearer).status_code == 200
    assert "csrf_token" not in client.get("/api/v1/sessions/current", headers=bearer).json()


def test_logging_out_ends_the_session_here_and_there(gateway: Gateway) -> None:
    """The session is deleted, the cookies go, the browser's cache is cleared; what waits off-line stays."""
    browser = gateway.browser()
    session = browser.get("/api/v1/sessions").json()["sessions"][0]["id"]
    answer = browser.delete("/api/v1/sessions/current")
    assert answer.status_code == 204
    assert answer.headers["clear-site-data"] == '"cache"'
    assert not browser.cookies
    assert session in gateway.identity.ended


def test_ending_another_session_keeps_this_one(gateway: Gateway) -> None:
    """Only leaving clears cookies."""
    browser, other = gateway.browser(), gateway.browser()
    session = other.get("/api/v1/sessions").json()["sessions"][0]["id"]
    assert browser.delete(f"/api/v1/sessions/{session}").status_code == 204
    assert browser.get("/api/v1/sessions/current").status_code == 200
    assert other.get("/api/v1/sessions/current").status_code == 401


def test_an_api_token_is_exchanged_once(new_gateway: Callable[..., Gateway]) -> None:
    """Services see an access token; identity is asked again only shortly before it ends, and never in parallel."""
    gateway = new_gateway()
    program = gateway.program()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: program.get("/api/v1/accounts").status_code, range(8)))
    assert set(statuses) == {200}
    assert gateway.identity.count("ControlPlaneService.ExchangeApiToken") == 1
    authorization = gateway.customers.last("AccountService.ListAccounts").metadata["authorization"]
    assert "gx_" not in authorization


def test_an_unknown_api_token_is_401_without_a_storm(new_gateway: Callable[..., Gateway]) -> None:
    """A refused token is remembered for a moment, so that guessing costs identity nothing."""
    gateway = new_gateway()
    client = gateway.client(headers={"authorization": "Bearer gx_bad"})
    assert [client.get("/api/v1/accounts").status_code for _ in range(5)] == [401] * 5
    assert gateway.identity.count("ControlPlaneService.ExchangeApiToken") == 1


@pytest.mark.parametrize("value", ["Basic d2FuZzp4", "Bearer", "Bearer é", "gx_good"])
def test_other_credentials_are_refused(gateway: Gateway, value: str) -> None:
    """Only bearer tokens; an Authorization header is never passed over in favour of cookies."""
    browser = gateway.browser()
    answer = browser.get("/api/v1/accounts", headers={b"authorization": value.encode()})
    assert answer.status_code == 401


def test_cookies_of_a_forged_token_carry_no_weight(gateway: Gateway) -> None:
    """The gateway renews by an access token's claims but never trusts them: the service has the last word."""
    forged = access_token("somebody", time.time() - 1000)
    answer = gateway.client(headers={"cookie": f"guanxi-access={forged}"}).get("/api/v1/accounts")
    assert answer.status_code == 401
