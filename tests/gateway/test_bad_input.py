"""Whatever is wrong with a request, the answer says what and where, and no service is bothered."""

import re

import httpx
import pytest

from tests.gateway.conftest import Gateway

CHINESE = re.compile("[\u4e00-\u9fff]")

URL = "/api/v1/accounts"


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b'{"nam": "a"}', "nam", "UNKNOWN_FIELD"),
        (b'{"name": 5}', "name", "WRONG_TYPE"),
        (b'{"name": ["a"]}', "name", "WRONG_TYPE"),
        (b'{"employees": "5"}', "employees", "WRONG_TYPE"),
        (b'{"employees": 5.5}', "employees", "WRONG_TYPE"),
        (b'{"employees": true}', "employees", "WRONG_TYPE"),
        (b'{"employees": 2147483648}', "employees", "OUT_OF_RANGE"),
        (b'{"employees": 1e300}', "employees", "OUT_OF_RANGE"),
        (b'{"name": "a", "name": "b"}', "name", "DUPLICATE_KEY"),
        (b'{"annual_revenue": {"amount": "1", "amount": "2"}}', "annual_revenue.amount", "DUPLICATE_KEY"),
        (b'{"custom": {"a": "1", "a": "2"}}', "custom.a", "DUPLICATE_KEY"),
        (b'{"name": "a\\u0000b"}', "name", "INVALID_CHARACTER"),
        (b'{"name": "\\ud83d"}', "name", "INVALID_CHARACTER"),
        (b'{"custom": {"tags": ["ok", "\\udc00"]}}', "custom.tags[1]", "INVALID_CHARACTER"),
        (b'{"external_ids": {"e\\u0000": "1"}}', "external_ids.e\N{REPLACEMENT CHARACTER}", "INVALID_CHARACTER"),
        (b'{"annual_revenue": 5}', "annual_revenue", "WRONG_TYPE"),
        (b'{"annual_revenue": {"currency_code": "CNY"}}', "annual_revenue.amount", "REQUIRED"),
        (b'{"annual_revenue": {"amount": "1e3"}}', "annual_revenue.amount", "INVALID_DECIMAL"),
        (b'{"annual_revenue": {"amount": "9223372036854775808"}}', "annual_revenue.amount", "INVALID_DECIMAL"),
        (b'{"annual_revenue": {"amount": "0.1234567891"}}', "annual_revenue.amount", "INVALID_DECIMAL"),
        (b'{"annual_revenue": {"amount": "1", "currency_code": "yuan"}}', "annual_revenue.currency_code", "INVALID_CURRENCY"),
        (b'{"annual_revenue": {"amount": "1", "units": 2}}', "annual_revenue.units", "UNKNOWN_FIELD"),
        (b'{"create_time": "yesterday"}', "create_time", "INVALID_TIME"),
        (b'{"create_time": "2026-02-30T00:00:00Z"}', "create_time", "INVALID_TIME"),
        (b'{"create_time": "2026-02-20T00:00:00"}', "create_time", "INVALID_TIME"),
        (b'{"external_ids": ["erp"]}', "external_ids", "WRONG_TYPE"),
        (b'{"external_ids": {"erp": 5}}', "external_ids.erp", "WRONG_TYPE"),
        (b'{"custom": {"x": {"deep": {"deeper": 1}}}}', "custom.x.deep", "UNKNOWN_FIELD"),
        (b'{"custom": {"x": [1]}}', "custom.x[0]", "WRONG_TYPE"),
        (b"[]", "", "WRONG_TYPE"),
        (b'"text"', "", "WRONG_TYPE"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_path(
    gateway: Gateway, program: httpx.Client, body: bytes, field: str, reason: str
) -> None:
    """Each flaw of a body: 400, its JSON path, its reason, a sentence in the caller's language, a trace id."""
    before = gateway.customers.count("AccountService.CreateAccount")
    for language in ("zh", "en"):
        headers = {"content-type": "application/json", "accept-language": language}
        answer = program.post(URL, content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        problem = answer.json()
        assert (field, reason) in [(one["field"], one["reason"]) for one in problem["violations"]]
        assert all(bool(CHINESE.search(one["description"])) == (language == "zh") for one in problem["violations"])
        assert len(problem["trace_id"]) == 32
    assert gateway.customers.count("AccountService.CreateAccount") == before


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "a",}',
        b'{"name": "\n"}',
        b'\xff\xfe{"name": "a"}',
        '{"name": "\ud800"}'.encode("utf-8", "surrogatepass"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"employees": ' + b"9" * 5_000 + b"}",
        b'{"custom": {"n": 1.' + b"9" * 5_000 + b"}}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_refused(program: httpx.Client, body: bytes) -> None:
    """Broken, hostile or ambiguous JSON: 400 INVALID_JSON, and the gateway goes on."""
    answer = program.post(URL, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_JSON")


def test_all_flaws_of_a_batch_are_told_at_once(program: httpx.Client) -> None:
    """A request can be repaired in one go; the list of flaws itself is bounded."""
    body = {"accounts": [{"name": "ok"}, {"name": 1, "employees": "x"}, {"annual_revenue": {"amount": ""}}]}
    violations = program.post(f"{URL}:batchUpsert", json=body).json()["violations"]
    assert [one["field"] for one in violations] == [
        "accounts[1].name", "accounts[1].employees", "accounts[2].annual_revenue.amount",
    ]  # fmt: skip
    flood = program.post(f"{URL}:batchUpsert", json={"accounts": [{"name": 1}] * 5_000})
    assert len(flood.json()["violations"]) == 50


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("pagesize=5", "pagesize", "UNKNOWN_FIELD"),
        ("page_size=five", "page_size", "WRONG_TYPE"),
        ("page_size=5_0", "page_size", "WRONG_TYPE"),
        ("page_size=%205", "page_size", "WRONG_TYPE"),
        ("page_size=1.5", "page_size", "WRONG_TYPE"),
        ("page_size=99999999999", "page_size", "OUT_OF_RANGE"),
        ("show_deleted=yes", "show_deleted", "WRONG_TYPE"),
        ("filter=a&filter=b", "filter", "REPEATED_PARAMETER"),
        ("filter=%00", "filter", "INVALID_CHARACTER"),
        ("filter=%FF", "?", "INVALID_VALUE"),
        ("&".join(["filter=a"] * 2_000), "?", "INVALID_VALUE"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named(program: httpx.Client, query: str, field: str, reason: str) -> None:
    """Unknown, ill-typed, repeated and unreadable parameters are refused, not ignored."""
    answer = program.get(f"{URL}?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["violations"][0]["field"] == field
    assert answer.json()["violations"][0]["reason"] == reason


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Idempotency-Key": "k" * 129}, "Idempotency-Key"),
        ({"Idempotency-Key": "two words"}, "Idempotency-Key"),
        ({"X-Timeout": "soon"}, "X-Timeout"),
        ({"X-Timeout": "-1"}, "X-Timeout"),
        ({"X-Timeout": "nan"}, "X-Timeout"),
    ],
)
def test_a_wrong_header_is_named(program: httpx.Client, headers: dict[str, str], field: str) -> None:
    """A header of ours that cannot be understood is not dropped silently."""
    answer = program.post(URL, json={"name": "a"}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["violations"][0]["field"] == field


def test_ids_and_etags_that_contradict_each_other_are_refused(program: httpx.Client) -> None:
    """An id in the body that is not the address's, two etags, a list of etags: 400."""
    other = program.patch(f"{URL}/a", json={"id": "b", "etag": "1"})
    assert other.json()["violations"][0]["reason"] == "ID_MISMATCH"
    two = program.patch(f"{URL}/a", json={"etag": "1"}, headers={"If-Match": '"2"'})
    assert two.json()["violations"][0]["reason"] == "ETAG_MISMATCH"
    for header in ('"1", "2"', "*", '""'):
        answer = program.patch(f"{URL}/a", json={}, headers={"If-Match": header})
        assert answer.json()["violations"][0]["reason"] == "INVALID_IF_MATCH", header


def test_a_path_that_is_not_text_is_refused(program: httpx.Client) -> None:
    """Bytes that are no UTF-8, and NUL, are no id."""
    for path in ("%ff", "a%00b", "%ed%a0%80"):
        answer = program.get(f"{URL}/{path}")
        assert answer.json()["violations"] == [
            {
                "field": "id",
                "description": "The text holds a NUL character or a lone surrogate.",
                "reason": "INVALID_CHARACTER",
            }
        ]


def test_a_body_must_be_json_and_not_too_large(program: httpx.Client) -> None:
    """Forms and plain text, which other sites can send, are 415; what exceeds the limit is 413, announced or not."""
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = program.post(URL, content=b'{"name": "a"}', headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    large = b'{"name": "' + b"a" * (5 * 2**20) + b'"}'
    headers = {"content-type": "application/json"}
    assert program.post(URL, content=large, headers=headers).status_code == 413
    pieces = (large[start : start + 2**18] for start in range(0, len(large), 2**18))
    assert program.post(URL, content=pieces, headers=headers).status_code == 413


def test_null_means_not_set(gateway: Gateway, program: httpx.Client) -> None:
    """Clients may send null for what they do not have."""
    body = {"name": "a", "employees": None, "annual_revenue": None, "custom": None, "external_ids": {"erp": None}}
    assert program.post(URL, json=body).status_code == 200
    account = gateway.customers.last("AccountService.CreateAccount").request.account
    assert not account.HasField("employees")
    assert not account.HasField("annual_revenue")
    assert not account.external_ids
