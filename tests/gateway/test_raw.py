"""Pictures pass through as they are, to everybody, and as nothing but pictures."""

import grpc
import httpx
import pytest
from google.api import httpbody_pb2

from tests.gateway.conftest import Gateway
from tests.gateway.services import ORGANIZATION, RefusedError

ADDRESS = f"/api/v1/organizations/{ORGANIZATION}/logos/abc"
RPC = "OrganizationService.GetOrganizationLogo"


def fetched(gateway: Gateway, media_type: str, data: bytes) -> httpx.Response:
    """What a stranger's browser gets for a logo of these bytes."""
    gateway.identity.handlers[RPC] = lambda *_: httpbody_pb2.HttpBody(content_type=media_type, data=data)
    answer = gateway.client().get(ADDRESS)
    assert 200 == answer.status_code, answer.text
    request = gateway.identity.last(RPC).request
    assert (ORGANIZATION, "abc") == (request.id, request.digest)
    return answer


def test_a_picture_is_shown_and_nothing_else(gateway: Gateway) -> None:
    """Bytes and type are the service's; the answer runs nothing, is not guessed at, and is kept for good."""
    answer = fetched(gateway, "image/png", b"\x89PNG\0\xff<script>")
    assert (b"\x89PNG\0\xff<script>", "image/png") == (answer.content, answer.headers["content-type"])
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "sandbox; default-src 'none'" in answer.headers["content-security-policy"]
    assert ["public, max-age=31536000, immutable"] == answer.headers.get_list("cache-control")


@pytest.mark.parametrize("media_type", ["image/svg+xml", "text/html", ""])
def test_what_is_no_picture_is_a_download(gateway: Gateway, media_type: str) -> None:
    """A type that browsers might run is never said."""
    answer = fetched(gateway, media_type, b"<svg/>")
    assert "application/octet-stream" == answer.headers["content-type"]
    assert "attachment" == answer.headers["content-disposition"]


def test_a_picture_that_is_gone_is_not_remembered(gateway: Gateway) -> None:
    """A refusal is a problem like any other, never stored."""

    def gone(*_: object) -> object:
        raise RefusedError(grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "There is none.")

    gateway.identity.handlers[RPC] = gone
    answer = gateway.client().get(ADDRESS)
    assert (404, "no-store") == (answer.status_code, answer.headers["cache-control"])
