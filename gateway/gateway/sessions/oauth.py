"""OAuth 2.0's token endpoint for API clients (RFC 6749, 4.4), and what says where it is (RFC 8414)."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import grpc
import orjson

from gateway.exchange import JSON, Answer, Call
from gateway.problems import details_of
from gateway.transcoding.bindings import Binding
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

METHOD = "guanxi.identity.v1.ApiClientService.CreateAccessToken"
METADATA_PATH = "/.well-known/oauth-authorization-server"
FORM = "application/x-www-form-urlencoded"
_FIELDS = frozenset({"grant_type", "client_id", "client_secret", "scope"})
_MOST_BYTES = 64 * 1024
# In ASCII, without quotes: RFC 6749, 5.2.
_DESCRIPTIONS = {
    "invalid_client": "client_id or client_secret is wrong, or the client is disabled or has expired",
    "invalid_scope": "scope names permissions that there are not, or that the client may not use",
    "unsupported_grant_type": "grant_type must be client_credentials",
}


class OAuthError(Exception):
    """An error as RFC 6749, 5.2, has it."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description or _DESCRIPTIONS[error]


class TokenEndpoint:
    """Answers `POST /api/v1/oauth/token`: a form comes in, and errors go out as OAuth has them."""

    def __init__(self, binding: Binding, upstream: Upstream) -> None:
        self._binding = binding
        self._upstream = upstream

    async def __call__(self, call: Call, _values: tuple[str, ...]) -> Answer:
        """A token, or why there is none."""
        try:
            return await self._answer(call)
        except OAuthError as error:
            return _refusal(error, basic="authorization" in call.headers)

    async def _answer(self, call: Call) -> Answer:
        form = _form(call, await call.body(_MOST_BYTES))
        request: Any = self._binding.rpc.request_type()
        request.grant_type, request.scope = form.get("grant_type", ""), form.get("scope", "")
        request.client_id, request.client_secret = _credentials(call, form)
        if not request.grant_type:
            raise OAuthError("invalid_request", "grant_type is missing")
        try:
            made = await self._upstream.for_caller(call, "identity", self._binding.rpc, request, repeatable=False)
        except grpc.aio.AioRpcError as error:
            raise _translated(error) from None
        return Answer(orjson.dumps(self._binding.write(made)), headers={"Pragma": "no-cache"})


def _form(call: Call, body: bytes) -> dict[str, str]:
    if call.media_type() != FORM:
        raise OAuthError("invalid_request", f"send the parameters as {FORM}")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise OAuthError("invalid_request", "the form cannot be read") from None
    # Others are ignored (RFC 6749, 3.2); the database takes no NUL.
    known = [(name, value) for name, value in pairs if name in _FIELDS]
    if call.query or len({name for name, _ in known}) != len(known) or any("\0" in value for _, value in known):
        raise OAuthError("invalid_request", "each parameter may be given once, in the body")
    return dict(known)


def _credentials(call: Call, form: dict[str, str]) -> tuple[str, str]:
    """Id and secret, of the header or of the form, but not of both (RFC 6749, 2.3)."""
    authorization = call.headers.get("authorization", "")
    if not authorization:
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        raise OAuthError("invalid_request", "send the secret in the header or in the body, not in both")
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise OAuthError("invalid_client")
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        raise OAuthError("invalid_client") from None
    client_id = unquote_plus(user)
    if not colon or form.get("client_id", client_id) != client_id or "\0" in password + user:
        raise OAuthError("invalid_client")
    return client_id, unquote_plus(password)


def _translated(error: grpc.aio.AioRpcError) -> Exception:
    """What identity refused, in OAuth's words; anything else is answered like every fault."""
    if error.code() == grpc.StatusCode.UNAUTHENTICATED:
        return OAuthError("invalid_client")
    if error.code() == grpc.StatusCode.INVALID_ARGUMENT:
        fields = {violation["field"] for violation in details_of(error).violations}
        return OAuthError("invalid_scope" if "scope" in fields else "unsupported_grant_type")
    return error


def _refusal(error: OAuthError, *, basic: bool) -> Answer:
    body = orjson.dumps({"error": error.error, "error_description": error.description})
    status = 401 if error.error == "invalid_client" else 400
    headers = {"Pragma": "no-cache"}
    if status == 401 and basic:
        headers["WWW-Authenticate"] = 'Basic realm="guanxi"'
    return Answer(body, status, JSON, headers)


def metadata(catalog: Catalog, public_url: str) -> dict[str, Any]:
    """What RFC 8414 has programs look up."""
    endpoint = catalog.by_method[METHOD].rule.template.public
    return {
        "issuer": public_url,
        "token_endpoint": f"{public_url}{endpoint}",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "service_documentation": f"{public_url}/api/docs",
    }
