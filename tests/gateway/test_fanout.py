"""Questions to all services are answered by those that can, and say who could not."""

from collections.abc import Callable

import grpc
import httpx

from guanxi.imports.v1 import imports_pb2
from tests.gateway.conftest import Gateway
from tests.gateway.services import RefusedError


def test_a_search_asks_everybody(program: httpx.Client) -> None:
    """Hits of all services come together."""
    answer = program.get("/api/v1/search?query=张伟").json()
    assert {hit["module"] for hit in answer["hits"]} == {"identity", "customers", "sales", "service_desk", "engagement"}
    assert answer["missing"] == []


def test_a_search_waits_for_nobody(new_gateway: Callable[..., Gateway]) -> None:
    """A slow service and one that is away are named; the others' hits are there within moments."""
    gateway = new_gateway()
    gateway.backends["sales"].search_seconds = 3
    gateway.backends["service_desk"].stop()
    answer = gateway.program().get("/api/v1/search?query=a")
    assert answer.elapsed.total_seconds() < 1.5
    assert answer.json()["missing"] == ["sales", "service_desk"]
    assert {hit["module"] for hit in answer.json()["hits"]} == {"identity", "customers", "engagement"}


def test_a_search_of_some_modules_asks_their_owners_only(new_gateway: Callable[..., Gateway]) -> None:
    """Nobody is asked in vain."""
    gateway = new_gateway()
    answer = gateway.program().get("/api/v1/search?query=a&modules=accounts&modules=contacts").json()
    assert [hit["module"] for hit in answer["hits"]] == ["customers"]
    assert gateway.backends["sales"].calls == []


def test_a_search_for_nothing_or_in_nothing_is_refused(program: httpx.Client) -> None:
    """An empty query and an unknown module are the caller's to repair."""
    assert program.get("/api/v1/search").json()["violations"][0] == {
        "field": "query", "description": "“query” is required", "reason": "REQUIRED",
    }  # fmt: skip
    unknown = program.get("/api/v1/search?query=a&modules=mars").json()["violations"][0]
    assert (unknown["field"], unknown["reason"]) == ("modules", "UNKNOWN_MODULE")


def test_a_refused_log_in_is_not_a_missing_service(new_gateway: Callable[..., Gateway]) -> None:
    """What is wrong with the caller is the answer."""
    gateway = new_gateway()

    def refuse(*_: object) -> None:
        raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_EXPIRED", "Log in again.")

    for backend in gateway.backends.values():
        backend.handlers["SearchService.Search"] = refuse
    assert gateway.program().get("/api/v1/search?query=a").status_code == 401


def test_all_imports_are_listed_page_by_page(new_gateway: Callable[..., Gateway]) -> None:
    """Without a module every service's imports come, newest first within a page, each once."""
    gateway = new_gateway()
    for number, service in enumerate(("customers", "sales", "identity")):
        for index in range(5):
            one = imports_pb2.Import(id=f"{service}-{index}")
            one.create_time.seconds = 1_000 * (10 - index) + number
            gateway.backends[service].imports.append(one)
    program = gateway.program()
    seen: list[str] = []
    token = ""
    while True:
        page = program.get("/api/v1/imports", params={"page_size": 2, "page_token": token}).json()
        times = [one["create_time"] for one in page["imports"]]
        assert times == sorted(times, reverse=True)
        seen += [one["id"] for one in page["imports"]]
        token = page["next_page_token"]
        if not token:
            break
    assert len(seen) == len(set(seen)) == 15
    one_service = program.get("/api/v1/imports?module=products").json()["imports"]
    assert {one["id"].partition("-")[0] for one in one_service} == {"sales"}


def test_a_page_token_of_another_list_is_refused(program: httpx.Client) -> None:
    """A token that is not ours is 400, not a crash."""
    for token in ("x", "e30=5", "W10=", "eyJtYXJzIjoiIn0="):
        answer = program.get("/api/v1/imports", params={"page_token": token})
        assert answer.status_code == 400, token
        assert answer.json()["violations"][0]["field"] == "page_token"


def test_what_one_may_not_import_is_left_out(new_gateway: Callable[..., Gateway]) -> None:
    """A service that denies the list has none for the caller."""
    gateway = new_gateway()

    def deny(*_: object) -> None:
        raise RefusedError(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED", "No.")

    gateway.backends["identity"].handlers["ImportService.ListImports"] = deny
    assert gateway.program().get("/api/v1/imports").status_code == 200
