"""Whatever the gateway itself refuses, it says in the caller's language, for people and for programs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.conftest import Gateway, running
from tests.gateway.services import Backend

ACCOUNTS = "/api/v1/accounts"
CHINESE = re.compile("[\u4e00-\u9fff]")
JSON = {"content-type": "application/json"}


def bad_csrf(gateway: Gateway, **headers: str) -> httpx.Response:
    """A browser's write without the token of its page."""
    browser = gateway.browser()
    del browser.headers["x-csrf-token"]
    return browser.post(ACCOUNTS, json={"name": "a"}, headers=headers)


CASES: list[tuple[int, str, Callable[..., httpx.Response]]] = [
    (404, "ROUTE_NOT_FOUND", lambda one, **h: one.program().get("/api/v1/mars", headers=h)),
    (404, "ROUTE_NOT_FOUND", lambda one, **h: one.program().get("/api/v2/accounts", headers=h)),
    (404, "UNKNOWN_JOB", lambda one, **h: one.program().get("/api/v1/imports/mars-1", headers=h)),
    (405, "METHOD_NOT_ALLOWED", lambda one, **h: one.program().put(ACCOUNTS, json={}, headers=h)),
    (413, "BODY_TOO_LARGE", lambda one, **h: one.program().post(ACCOUNTS, json={"name": "a" * 5000}, headers=h)),
    (413, "FILE_TOO_LARGE",
     lambda one, **h: one.program().post("/api/v1/files?module=accounts&name=a", content=b"a" * 2**21, headers=h)),
    (415, "UNSUPPORTED_MEDIA_TYPE", lambda one, **h: one.program().post(ACCOUNTS, data={"name": "a"}, headers=h)),
    (400, "INVALID_JSON", lambda one, **h: one.program().post(ACCOUNTS, content=b'{"a": ', headers=JSON | h)),
    (400, "INVALID_JSON", lambda one, **h: one.program().post(ACCOUNTS, content=b"\xff", headers=JSON | h)),
    (400, "INVALID_JSON", lambda one, **h: one.program().post(ACCOUNTS, content=b'{"a": NaN}', headers=JSON | h)),
    (400, "INVALID_JSON", lambda one, **h: one.program().post(ACCOUNTS, content=b"[" * 4000, headers=JSON | h)),
    (400, "INVALID_JSON", lambda one, **h: one.program().post(ACCOUNTS, content=b"9" * 500, headers=JSON | h)),
    (400, "INVALID_REQUEST", lambda one, **h: one.program().get(f"{ACCOUNTS}?page_sise=5", headers=h)),
    (400, "INVALID_REQUEST",
     lambda one, **h: one.client().post("/api/v1/sessions", json={}, headers={"x-session": "jar"} | h)),
    (401, "UNAUTHENTICATED", lambda one, **h: one.client().get(ACCOUNTS, headers=h)),
    (401, "UNAUTHENTICATED",
     lambda one, **h: one.client().get(ACCOUNTS, headers={"authorization": "Bearer gx_bad"} | h)),
    (403, "CSRF_TOKEN_INVALID", bad_csrf),
    (403, "CROSS_ORIGIN",
     lambda one, **h: one.browser().post(ACCOUNTS, json={}, headers={"sec-fetch-site": "cross-site"} | h)),
    (503, "UPSTREAM_UNAVAILABLE", lambda one, **h: one.program().post("/api/v1/products", json={}, headers=h)),
]  # fmt: skip


@pytest.fixture(scope="module")
def strict(backends: dict[str, Backend]) -> Iterator[Gateway]:
    """A gateway that takes little, before a sales that is away."""
    with running(backends, max_body=4096, max_file=2**20, sales_address="127.0.0.1:9") as gateway:
        yield gateway


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("status", "reason", "ask"), CASES, ids=[f"{one[0]}-{one[1]}-{n}" for n, one in enumerate(CASES)]
)
def test_a_refusal_is_told(strict: Gateway, status: int, reason: str, ask: Any, language: str) -> None:
    """Status and reason for programs; title, detail and each violation for people; a trace id for who helps them."""
    answer = ask(strict, **{"accept-language": language})
    is_told(answer, status, reason, language)


def is_told(answer: httpx.Response, status: int, reason: str, language: str) -> None:
    """Check the shape of a problem (RFC 9457, AIP-193) and its language."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    problem = answer.json()
    assert {"type", "title", "status", "detail", "reason", "trace_id", "violations"} <= set(problem)
    assert (problem["status"], problem["reason"], problem["type"]) == (status, reason, f"urn:guanxi:error:{reason}")
    assert re.fullmatch("[0-9a-f]{32}", problem["trace_id"])
    assert answer.headers["x-trace-id"] == problem["trace_id"]
    said = [problem["title"], problem["detail"], *(one["description"] for one in problem["violations"])]
    for sentence in said:
        assert bool(CHINESE.search(sentence)) == (language == "zh"), sentence
        assert "{" not in sentence, sentence
    for one in problem["violations"]:
        assert one["field"], one
        assert re.fullmatch("[A-Z_]+", one["reason"]), one


@pytest.mark.parametrize("language", ["zh", "en"])
def test_too_much_is_told(new_gateway: Callable[..., Gateway], language: str) -> None:
    """429 says how long to wait, in words and in Retry-After."""
    program = new_gateway(address_rate=0.5).program()
    headers = {"accept-language": language}
    answer = next(one for one in (program.get(ACCOUNTS, headers=headers) for _ in range(5)) if one.status_code == 429)
    is_told(answer, 429, "RATE_LIMITED", language)
    assert answer.headers["retry-after"] in answer.json()["detail"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_field_that_was_meant_is_proposed(program: httpx.Client, language: str) -> None:
    """A typing error is named, with the field that is nearest."""
    answer = program.post(ACCOUNTS, json={"nmae": "a"}, headers={"accept-language": language})
    is_told(answer, 400, "INVALID_REQUEST", language)
    sentence = answer.json()["violations"][0]["description"]
    assert "nmae" in sentence
    assert "name" in sentence.replace("nmae", "")


def test_a_key_without_end_does_not_come_back(program: httpx.Client) -> None:
    """What an answer quotes of a request is short."""
    answer = program.post(ACCOUNTS, json={"a" * 1_000_000: 1})
    assert answer.status_code == 400
    assert len(answer.content) < 2000
