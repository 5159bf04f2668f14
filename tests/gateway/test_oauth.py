"""API clients at the gateway: the token endpoint as RFC 6749 has it, where RFC 8414 says it is, and each client's share."""

import base64
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import grpc
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.authz.tokens import Claims, sign
from chassis.rates import Windows
from guanxi.identity.v1 import api_clients_pb2, control_plane_pb2
from tests.gateway.conftest import Gateway
from tests.gateway.services import RefusedError

CLIENT = "0190aaaa-0000-7000-8000-00000000000c"
SECRET = "gxs_0190aaaa-0000-7000-8000-00000000000f.s+cret&more"
RIGHT = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def gateway(new_gateway: Callable[..., Gateway]) -> Gateway:
    """A gateway whose identity knows one client."""
    made = new_gateway()

    def create(request: Any, _received: Any) -> Any:
        if request.grant_type != "client_credentials":
            raise refusal(grpc.StatusCode.INVALID_ARGUMENT, "grant_type")
        if (request.client_id, request.client_secret) != (CLIENT, SECRET):
            raise refusal(grpc.StatusCode.UNAUTHENTICATED)
        if request.scope == "nothing.view":
            raise refusal(grpc.StatusCode.INVALID_ARGUMENT, "scope")
        answer = api_clients_pb2.CreateAccessTokenResponse(access_token="t", token_type="Bearer", expires_in=300)
        answer.scope = request.scope
        return answer

    made.identity.handlers["ApiClientService.CreateAccessToken"] = create
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    keys = control_plane_pb2.ListSigningKeysResponse(keys=[{"id": "k", "public_key": public}])
    made.identity.handlers["ControlPlaneService.ListSigningKeys"] = lambda *_: keys
    return made


def refusal(code: grpc.StatusCode, field: str = "") -> RefusedError:
    """As identity refuses."""
    return RefusedError(code, "WRONG", "Wrong.", *([(field, "Wrong.", "WRONG")] if field else []))


def basic(client_id: str = CLIENT, secret: str = SECRET) -> dict[str, str]:
    """The header; both are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"authorization": "Basic " + base64.b64encode(pair).decode()}


def ask(gateway: Gateway, form: dict[str, Any], **options: Any) -> httpx.Response:
    """POST a form."""
    return gateway.client().post("/api/v1/oauth/token", data=form, **options)


class TestTokenEndpoint:
    def test_body(self, gateway: Gateway) -> None:
        """Id and secret in the form: a token, not to be stored by anybody."""
        answer = ask(gateway, {**RIGHT, "scope": "accounts.view", "resource": "ignored"})
        assert 200 == answer.status_code
        assert {
            "access_token": "t",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "accounts.view",
        } == answer.json()
        assert ("no-store", "no-cache") == (answer.headers["cache-control"], answer.headers["pragma"])
        assert "set-cookie" not in answer.headers

    def test_basic(self, gateway: Gateway) -> None:
        """Id and secret in the header, with characters that must be encoded; the id may be in the form, too."""
        assert 200 == ask(gateway, {"grant_type": "client_credentials"}, headers=basic()).status_code
        form = {"grant_type": "client_credentials", "client_id": CLIENT}
        assert 200 == ask(gateway, form, headers=basic()).status_code

    @pytest.mark.parametrize(
        ("form", "headers", "status", "error"),
        [
            ({**RIGHT, "client_secret": "x"}, {}, 401, "invalid_client"),
            ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
            ({"grant_type": "client_credentials"}, basic(secret="x"), 401, "invalid_client"),
            ({"grant_type": "client_credentials"}, {"authorization": "Basic %%%"}, 401, "invalid_client"),
            ({"grant_type": "client_credentials"}, {"authorization": "Bearer t"}, 401, "invalid_client"),
            ({"grant_type": "client_credentials", "client_id": "other"}, basic(), 401, "invalid_client"),
            (RIGHT, basic(), 400, "invalid_request"),
            ({**RIGHT, "grant_type": ["client_credentials", "x"]}, {}, 400, "invalid_request"),
            ({**RIGHT, "grant_type": ""}, {}, 400, "invalid_request"),
            ({**RIGHT, "scope": "a\0"}, {}, 400, "invalid_request"),
            ({**RIGHT, "grant_type": "password"}, {}, 400, "unsupported_grant_type"),
            ({**RIGHT, "scope": "nothing.view"}, {}, 400, "invalid_scope"),
        ],
    )
    def test_errors(
        self, gateway: Gateway, form: dict[str, Any], headers: dict[str, str], status: int, error: str
    ) -> None:
        """Each error is the one that OAuth has for it, in plain ASCII; Basic is asked for only where it was tried."""
        answer = ask(gateway, form, headers=headers)
        assert (status, error) == (answer.status_code, answer.json()["error"])
        assert answer.json()["error_description"].isascii()
        assert not {'"', "\\"} & set(answer.json()["error_description"])
        assert (status == 401 and bool(headers)) == answer.headers.get("www-authenticate", "").startswith("Basic")
        assert "no-store" == answer.headers["cache-control"]

    @pytest.mark.parametrize(
        "options",
        [
            {"json": RIGHT},
            {"data": RIGHT, "params": {"scope": "accounts.view"}},
            {"content": b"\xff=\xff", "headers": {"content-type": "application/x-www-form-urlencoded"}},
            {
                "content": b"&".join(b"a=%d" % n for n in range(60)),
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
        ],
    )
    def test_not_a_form(self, gateway: Gateway, options: dict[str, Any]) -> None:
        """JSON, parameters in the address and bytes that are no form are no request."""
        answer = gateway.client().post("/api/v1/oauth/token", **options)
        assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])

    def test_get(self, gateway: Gateway) -> None:
        """Only POST: no secret in an address."""
        assert 405 == gateway.client().get("/api/v1/oauth/token", params=RIGHT).status_code

    def test_guessing(self, new_gateway: Callable[..., Gateway]) -> None:
        """Whoever asks too often is told to wait."""
        gateway = new_gateway(login_rate=0.1)
        statuses = [ask(gateway, {"grant_type": "x"}).status_code for _ in range(6)]
        assert 429 in statuses


def test_metadata(gateway: Gateway) -> None:
    """A program finds the endpoint, and how to prove who it is, at the address of RFC 8414."""
    found = gateway.client().get("/.well-known/oauth-authorization-server").json()
    assert gateway.url == found["issuer"]
    assert f"{gateway.url}/api/v1/oauth/token" == found["token_endpoint"]
    assert ["client_secret_basic", "client_secret_post"] == found["token_endpoint_auth_methods_supported"]
    assert ["client_credentials"] == found["grant_types_supported"]
    assert [] == found["response_types_supported"]


class TestShares:
    def token(self, client_id: uuid.UUID, rate: int, key: Any = KEY) -> str:
        """A client's access token."""
        claims = Claims(client_id, uuid.uuid4(), uuid.uuid4().hex, "client", 1, int(time.time()) + 300, rate=rate)
        return sign("k", key, claims)

    def statuses(self, gateway: Gateway, token: str, count: int) -> list[int]:
        """Answers to so many requests."""
        client = gateway.client(headers={"authorization": f"Bearer {token}"})
        return [client.get("/api/v1/accounts").status_code for _ in range(count)]

    def test_limit(self, gateway: Gateway) -> None:
        """A client makes so many requests a minute, with however many tokens; then 429 says when to come again."""
        client_id = uuid.uuid4()
        assert [200] * 3 == self.statuses(gateway, self.token(client_id, 3), 3)
        answer = gateway.client(headers={"authorization": f"Bearer {self.token(client_id, 3)}"}).get("/api/v1/accounts")
        assert 429 == answer.status_code
        assert "RATE_LIMITED" == answer.json()["reason"]
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert [200] == self.statuses(gateway, self.token(uuid.uuid4(), 3), 1)

    def test_forged(self, gateway: Gateway) -> None:
        """What a stranger writes into a token does not use up a client's share."""
        client_id = uuid.uuid4()
        self.statuses(gateway, self.token(client_id, 3, Ed25519PrivateKey.generate()), 10)
        assert [200] * 3 == self.statuses(gateway, self.token(client_id, 3), 3)


def test_a_window_ends() -> None:
    """After a minute a key has a new share; what is left to wait is said in whole seconds; 0 is no limit."""
    now = [1000.0]
    windows = Windows(lambda: now[0])
    assert [0, 0, 60] == [windows.take("a", 2) for _ in range(3)]
    now[0] += 59.5
    assert 1 == windows.take("a", 2)
    assert 0 == windows.take("b", 2)
    now[0] += 0.5
    assert 0 == windows.take("a", 2)
    assert [0] * 100 == [windows.take("c", 0) for _ in range(100)]
