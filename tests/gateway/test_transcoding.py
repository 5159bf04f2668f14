"""REST requests become the right messages, answers the right JSON."""

import time
import uuid
from collections.abc import Callable

import grpc
import httpx
import pytest

from guanxi.customers.v1 import accounts_pb2
from tests.gateway.conftest import Gateway
from tests.gateway.services import SERVICE_TOKEN, RefusedError


def test_a_created_record_comes_back_as_the_contract_says(program: httpx.Client) -> None:
    """What is posted is stored and read again, in the documented JSON forms."""
    body = {
        "name": "华为",
        "annual_revenue": {"currency_code": "CNY", "amount": "1054.5"},
        "employees": 5,
        "external_ids": {"erp": "A1"},
        "custom": {"size": "L", "score": 12.5, "vip": True, "tags": ["a", "b"]},
    }
    created = program.post("/api/v1/accounts", json=body)
    assert created.status_code == 200, created.text
    record = created.json()
    assert record["annual_revenue"] == {"currency_code": "CNY", "amount": "1054.50"}
    assert record["custom"] == {"size": "L", "score": "12.5", "vip": True, "tags": ["a", "b"]}
    assert record["industry"] == ""  # a default, always there
    assert "year_established" not in record  # optional, and not set
    assert created.headers["etag"] == '"1"'
    assert program.get(f"/api/v1/accounts/{record['id']}").json() == record
    assert record in program.get("/api/v1/accounts").json()["accounts"]


def test_query_parameters_become_request_fields(gateway: Gateway, program: httpx.Client) -> None:
    """Numbers, flags and text of the query reach the request, and so do repeated ones."""
    query = {"page_size": "7", "filter": 'name = "华为"', "order_by": "name desc", "show_deleted": "true"}
    assert program.get("/api/v1/accounts", params=query).status_code == 200
    request = gateway.customers.last("AccountService.ListAccounts").request
    assert (request.page_size, request.filter, request.show_deleted) == (7, 'name = "华为"', True)
    program.get("/api/v1/accounts:batchGet?ids=a&ids=b")
    assert list(gateway.customers.last("AccountService.BatchGetAccounts").request.ids) == ["a", "b"]


def test_an_update_names_the_fields_of_its_body(gateway: Gateway, program: httpx.Client) -> None:
    """The mask is the body's keys, maps one level deep; id and etag are no fields of it."""
    identifier = _account(program)
    body = {
        "etag": "1",
        "name": "新名",
        "employees": None,
        "annual_revenue": {"amount": "5"},
        "custom": {"size": "S", "old": None},
        "external_ids": {"erp": "B"},
    }
    answer = program.patch(f"/api/v1/accounts/{identifier}?merge_fields=true", json=body)
    assert answer.status_code == 200, answer.text
    request = gateway.customers.last("AccountService.UpdateAccount").request
    assert list(request.update_mask.paths) == [
        "name", "employees", "annual_revenue", "custom.size", "custom.old", "external_ids.erp",
    ]  # fmt: skip
    assert (request.account.id, request.account.etag, request.merge_fields) == (identifier, "1", True)
    assert "old" not in request.account.custom


def test_a_mask_in_the_query_is_taken_as_it_is(gateway: Gateway, program: httpx.Client) -> None:
    """Whoever names the fields decides, not the body."""
    identifier = _account(program)
    program.patch(f"/api/v1/accounts/{identifier}?update_mask=name,phone", json={"name": "甲", "etag": "1"})
    mask = gateway.customers.last("AccountService.UpdateAccount").request.update_mask
    assert list(mask.paths) == ["name", "phone"]


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', "1"])
def test_if_match_is_the_etag(gateway: Gateway, program: httpx.Client, header: str) -> None:
    """An etag may come in the header, as HTTP has it, for updates, deletions and the rest."""
    identifier = _account(program)
    answer = program.patch(f"/api/v1/accounts/{identifier}", json={"name": "甲"}, headers={"If-Match": header})
    assert answer.status_code == 200, answer.text
    assert gateway.customers.last("AccountService.UpdateAccount").request.account.etag == "1"
    program.delete(f"/api/v1/accounts/{identifier}", headers={"If-Match": header})
    assert gateway.customers.last("AccountService.DeleteAccount").request.etag == "1"
    program.post(f"/api/v1/accounts/{identifier}:undelete", headers={"If-Match": header})
    assert gateway.customers.last("AccountService.UndeleteAccount").request.etag == "1"


def test_a_conflict_is_412_where_a_condition_was_sent_and_409_otherwise(program: httpx.Client) -> None:
    """HTTP's own word for a stale etag, where HTTP's own header carried it."""
    identifier = _account(program)
    body = {"name": "甲"}
    conditional = program.patch(f"/api/v1/accounts/{identifier}", json=body, headers={"If-Match": '"0"'})
    assert (conditional.status_code, conditional.json()["reason"]) == (412, "STALE_ETAG")
    plain = program.patch(f"/api/v1/accounts/{identifier}", json={**body, "etag": "0"})
    assert (plain.status_code, plain.json()["reason"]) == (409, "STALE_ETAG")


def test_an_idempotency_key_is_the_request_id(gateway: Gateway, program: httpx.Client) -> None:
    """The key of the header reaches the service that remembers it."""
    program.post("/api/v1/accounts", json={"name": "甲"}, headers={"Idempotency-Key": "order-17"})
    assert gateway.customers.last("AccountService.CreateAccount").request.request_id == "order-17"


def test_a_batch_is_the_whole_request(gateway: Gateway, program: httpx.Client) -> None:
    """Many records in one call, found by another system's ids."""
    body = {"accounts": [{"name": "甲"}, {"name": "乙"}], "match_system": "erp"}
    answer = program.post("/api/v1/accounts:batchUpsert", json=body)
    assert answer.json()["created"] == 2
    assert gateway.customers.last("AccountService.BatchUpsertAccounts").request.match_system == "erp"


def test_a_record_of_any_type_comes_with_its_type(program: httpx.Client) -> None:
    """The change feed holds records of whichever module was asked for; removed ones have none."""
    changes = program.get("/api/v1/changes?module=accounts").json()["changes"]
    assert changes[0]["record"]["@type"].endswith("guanxi.customers.v1.Account")
    assert changes[0]["record"]["name"] == "华为"
    assert changes[1]["removed"] is True
    assert "record" not in changes[1]


def test_ids_may_hold_what_urls_escape(gateway: Gateway, program: httpx.Client) -> None:
    """A slash or a colon in an id stays in the id."""
    program.get("/api/v1/accounts/a%2Fb%3Ac%20张")
    assert gateway.customers.last("AccountService.GetAccount").request.id == "a/b:c 张"


def test_services_learn_who_asks_from_the_gateway_alone(gateway: Gateway, program: httpx.Client) -> None:
    """Headers in which a client names a user, an organization, an address or a service token go nowhere."""
    forged = {
        "x-guanxi-address": "6.6.6.6",
        "x-forwarded-for": "6.6.6.6",
        "x-guanxi-service-token": "stolen",
        "x-user": "root",
        "grpc-timeout": "1n",
        "grpc-metadata-authorization": "Bearer x",
        "accept-language": "zh-CN",
    }
    assert program.get("/api/v1/accounts", headers=forged).status_code == 200
    metadata = gateway.customers.last("AccountService.ListAccounts").metadata
    assert metadata["x-guanxi-address"] == "127.0.0.1"
    assert metadata["x-guanxi-service-token"] == SERVICE_TOKEN
    assert metadata["accept-language"] == "zh"
    allowed = {
        "accept-language",
        "authorization",
        "traceparent",
        "user-agent",
        "x-guanxi-address",
        "x-guanxi-service-token",
    }
    assert set(metadata) <= allowed


def test_a_trusted_proxy_tells_the_address(new_gateway: Callable[..., Gateway]) -> None:
    """Behind a proxy of ours the caller is the last hop that is not ours; what stands before it may be made up."""
    import ipaddress

    gateway = new_gateway(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("10.0.0.0/8")))
    headers = {"x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.1.2.3"}
    gateway.program().get("/api/v1/accounts", headers=headers)
    assert gateway.customers.last("AccountService.ListAccounts").metadata["x-guanxi-address"] == "203.0.113.9"


def test_the_deadline_may_be_shortened_and_not_lengthened(gateway: Gateway, program: httpx.Client) -> None:
    """`X-Timeout` reaches the service as its deadline, and 30 s is the most."""
    for wanted, most in (("2.5", 2.5), ("500", 30)):
        assert program.get("/api/v1/accounts", headers={"X-Timeout": wanted}).status_code == 200
        seconds = gateway.customers.last("AccountService.ListAccounts").seconds
        assert seconds is not None
        assert most - 2 < seconds < most + 0.2


def test_an_answer_that_comes_too_late_is_504(new_gateway: Callable[..., Gateway]) -> None:
    """Waiting ends when the caller's time does."""
    gateway = new_gateway()
    gateway.customers.handlers["AccountService.ListAccounts"] = lambda *_: time.sleep(2)
    answer = gateway.program().get("/api/v1/accounts", headers={"X-Timeout": "0.3"})
    assert (answer.status_code, answer.json()["reason"]) == (504, "UPSTREAM_TIMEOUT")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.FAILED_PRECONDITION, 400),
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.PERMISSION_DENIED, 403),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.ALREADY_EXISTS, 409),
        (grpc.StatusCode.ABORTED, 409),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (grpc.StatusCode.INTERNAL, 500),
        (grpc.StatusCode.UNIMPLEMENTED, 501),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.DEADLINE_EXCEEDED, 504),
    ],
)
def test_a_refusal_is_a_problem_with_everything_the_service_said(
    new_gateway: Callable[..., Gateway], code: grpc.StatusCode, status: int
) -> None:
    """Status, reason, the sentence in the caller's language, violations under the caller's names, a trace id."""
    gateway = new_gateway()

    def refuse(*_: object) -> None:
        raise RefusedError(code, "SOME_REASON", "请检查名称。", ("account.name", "太长。", "TOO_LONG"), wait=7)

    gateway.customers.handlers["AccountService.CreateAccount"] = refuse
    answer = gateway.program().post("/api/v1/accounts", json={}, headers={"accept-language": "zh"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["reason"], problem["detail"]) == (status, "SOME_REASON", "请检查名称。")
    assert problem["violations"] == [{"field": "name", "description": "太长。", "reason": "TOO_LONG"}]
    assert len(problem["trace_id"]) == 32
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert answer.headers.get("retry-after", "7") == "7"


def test_what_grpc_itself_says_never_reaches_the_caller(new_gateway: Callable[..., Gateway]) -> None:
    """A service that is away, or that breaks, is told in our words: no addresses, no stack."""
    gateway = new_gateway()
    gateway.backends["sales"].stop()
    away = gateway.program().post("/api/v1/products", json={}, headers={"accept-language": "zh"})
    assert (away.status_code, away.json()["reason"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert away.json()["detail"] == "此功能暂时不可用，请稍后重试。"

    def break_down(*_: object) -> None:
        raise ZeroDivisionError("secret")

    gateway.customers.handlers["AccountService.ListAccounts"] = break_down
    broken = gateway.program().get("/api/v1/accounts")
    assert (broken.status_code, broken.json()["reason"]) == (500, "INTERNAL")
    assert "secret" not in broken.text


def test_reads_wait_out_a_restart_and_writes_only_with_a_key(new_gateway: Callable[..., Gateway]) -> None:
    """UNAVAILABLE is tried again where trying again is safe."""
    gateway = new_gateway()
    attempts: list[str] = []

    def once_away(*_: object) -> object:
        attempts.append("x")
        if len(attempts) % 2:
            raise RefusedError(grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE", "Not now.")
        return accounts_pb2.Account(id="a", etag="1")

    gateway.customers.handlers["AccountService.GetAccount"] = once_away
    gateway.customers.handlers["AccountService.CreateAccount"] = once_away
    program = gateway.program()
    assert program.get("/api/v1/accounts/a").status_code == 200
    assert program.post("/api/v1/accounts", json={}, headers={"Idempotency-Key": "k"}).status_code == 200
    assert program.post("/api/v1/accounts", json={}).status_code == 503


def test_a_path_without_a_route_is_404_and_a_wrong_method_405(program: httpx.Client) -> None:
    """Both are problems in the caller's language; 405 names what would work."""
    nowhere = program.get("/api/v1/nothing", headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert (nowhere.status_code, nowhere.json()["title"]) == (404, "未找到")
    wrong = program.put("/api/v1/accounts/a", json={})
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "DELETE, GET, PATCH"
    assert program.post("/api/v1/accounts/a:explode").status_code == 405


def test_answers_of_the_api_are_never_stored(program: httpx.Client) -> None:
    """Every answer, errors too, forbids caching, sniffing and framing."""
    for answer in (program.get("/api/v1/accounts"), program.get("/api/v1/nothing")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-trace-id"]) == 32


def test_a_sign_up_is_accepted_not_finished(gateway: Gateway) -> None:
    """Sign-up answers 202: a code is on its way."""
    body = {"organization_name": "甲", "name": "乙", "email": "a@b.cn", "password": "x"}
    answer = gateway.client().post("/api/v1/signup", json=body)
    assert (answer.status_code, answer.json()) == (202, {"signup_id": "s1"})


def test_jobs_and_changes_go_to_the_service_of_their_module(gateway: Gateway, program: httpx.Client) -> None:
    """A module names its owner, an id its service; what names nobody is refused before anyone is asked."""
    assert program.get("/api/v1/changes?module=tickets").status_code == 200
    assert gateway.backends["service_desk"].count("ChangeService.ListChanges") == 1
    assert program.get(f"/api/v1/imports/service_desk-{uuid.uuid4()}").status_code == 200
    assert gateway.backends["service_desk"].count("ImportService.GetImport") == 1
    unknown = program.get("/api/v1/changes?module=spaceships").json()
    assert unknown["violations"][0]["reason"] == "UNKNOWN_MODULE"
    assert program.get("/api/v1/changes").json()["violations"][0]["reason"] == "REQUIRED"
    assert program.get("/api/v1/imports/mars-1").status_code == 404


def _account(program: httpx.Client) -> str:
    return str(program.post("/api/v1/accounts", json={"name": "甲"}).json()["id"])


def test_what_came_in_a_header_is_named_so(new_gateway: Callable[..., Gateway]) -> None:
    """A service speaks of `request_id` and `etag`; who sent headers reads their names, who sent fields theirs."""
    gateway = new_gateway()

    def refuse(*_: object) -> None:
        wrong = (("request_id", "No.", "KEY_REUSED"), ("account.etag", "No.", "INVALID_VALUE"))
        raise RefusedError(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", "No.", *wrong)

    gateway.customers.handlers["AccountService.UpdateAccount"] = refuse
    path, headers = "/api/v1/accounts/a", {"If-Match": '"1"', "Idempotency-Key": "k"}
    program = gateway.program()
    named = program.patch(path, json={"name": "a"}, headers=headers).json()["violations"]
    assert [one["field"] for one in named] == ["Idempotency-Key", "If-Match"]
    named = program.patch(path, json={"name": "a", "etag": "1"}).json()["violations"]
    assert [one["field"] for one in named] == ["request_id", "etag"]
