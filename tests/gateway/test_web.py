"""The web client is served as browsers need it: fresh pages, lasting assets, a strict policy."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from gateway import headers
from tests.gateway.conftest import Gateway

PAGE = {"accept": "text/html,application/xhtml+xml"}
SCRIPT = "console.log('关系');\n" * 200


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "web" / "assets").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    web = tmp_path / "web"
    (web / "index.html").write_text('<meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Guanxi</title>')
    (web / "sw.js").write_text("self.skipWaiting()")
    (web / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (web / "manifest.webmanifest").write_text("{}")
    (web / "assets" / "index-Bx3_9.js").write_text(SCRIPT)
    (web / "outside").symlink_to(tmp_path / "secret.txt")
    return web


@pytest.fixture
def browser(new_gateway: Callable[..., Gateway], root: Path) -> httpx.Client:
    return new_gateway(web_root=str(root)).client()


@pytest.mark.parametrize("path", ["/", "/index.html", "/accounts", "/accounts/0190?tab=files", "/设置"])
def test_every_address_of_the_client_is_its_page(browser: httpx.Client, path: str) -> None:
    """Deep links and reloads work; the page itself is asked for again each time."""
    answer = browser.get(path, headers=PAGE)
    assert answer.status_code == 200
    assert "Guanxi" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_styles_need_the_nonce_of_their_answer(browser: httpx.Client) -> None:
    """Each page has a nonce of its own, and its policy names it; scripts come from files alone."""
    first, second = browser.get("/", headers=PAGE), browser.get("/", headers=PAGE)
    nonces = [re.search('nonce="([^"]+)"', answer.text)[1] for answer in (first, second)]  # type: ignore[index]
    assert nonces[0] != nonces[1]
    policy = first.headers["content-security-policy"]
    assert f"style-src-elem 'self' 'nonce-{nonces[0]}'" in policy
    assert "style-src-attr 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
    assert "object-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_hashed_files_last_and_others_are_asked_for_again(browser: httpx.Client) -> None:
    """A new release shows at the next visit, and nothing is loaded twice."""
    asset = browser.get("/assets/index-Bx3_9.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/sw.js", "/icon.svg", "/manifest.webmanifest"):
        answer = browser.get(path)
        assert answer.headers["cache-control"] == "no-cache"
        assert browser.get(path, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
    assert browser.get("/manifest.webmanifest").headers["content-type"] == "application/manifest+json"


def test_texts_travel_compressed_where_that_is_understood(browser: httpx.Client) -> None:
    """The same bytes, fewer of them."""
    packed = browser.send(browser.build_request("GET", "/assets/index-Bx3_9.js", headers={"accept-encoding": "gzip"}))
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), 6, mtime=0))
    plain = browser.get("/assets/index-Bx3_9.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text == SCRIPT


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/outside", "/%00", "/assets"]
)
def test_nothing_outside_the_folder_is_served(new_gateway: Callable[..., Gateway], root: Path, path: str) -> None:
    """Neither dots nor links lead out, and folders are not listed."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(new_gateway(web_root=str(root)).url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"secret" not in answer.read()
    connection.close()


def test_a_missing_script_is_not_a_page(browser: httpx.Client) -> None:
    """An old page that asks for a script of the release before gets 404, not HTML; so does a wrong API address."""
    assert browser.get("/assets/index-old.js", headers={"accept": "*/*"}).status_code == 404
    api = browser.get("/api/v2/accounts", headers=PAGE)
    assert (api.status_code, api.headers["content-type"]) == (404, "application/problem+json")
    assert browser.post("/accounts").status_code == 405


def test_without_a_built_client_the_api_works_all_the_same(gateway: Gateway) -> None:
    """A program's installation needs no client; people are told where things are."""
    answer = gateway.client().get("/", headers=PAGE)
    assert answer.status_code == 404
    assert "/api/docs" in answer.text


def test_transport_security_is_asked_for_where_there_is_tls() -> None:
    """HSTS goes out behind https and not on localhost, where it would lock out other programs."""
    assert b"strict-transport-security" in dict(headers.common(secure=True))
    assert b"strict-transport-security" not in dict(headers.common(secure=False))


def test_a_page_without_a_place_for_nonces_still_shows() -> None:
    """Styles are then allowed inline; scripts never are."""
    policy = headers.page_policy("")
    assert "style-src-elem 'self' 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy
