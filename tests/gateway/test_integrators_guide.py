"""What the guide tells integrators is true: programs run, addresses exist, reasons are real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from chassis import texts
from gateway.transcoding.routes import Routes, Template
from tests.gateway.conftest import Gateway
from tests.gateway.inventory import endpoints

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = [DOCS / "integrators-guide.md", DOCS / "integrators-guide.zh-CN.md"]
EXAMPLES = sorted((DOCS / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short_and_works(gateway: Gateway, example: Path) -> None:
    """At most 20 lines list the accounts there are and make one by the ERP's id, with an API token."""
    assert len(example.read_text().splitlines()) <= 20
    created = gateway.program().post("/api/v1/accounts", json={"name": "华为"}).json()["id"]
    rest = example.name.endswith("_rest.py")
    address = gateway.url if rest else f"127.0.0.1:{gateway.customers.port}"
    ended = subprocess.run(
        [sys.executable, str(example), address, "gx_good"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert f"{created}  华为" in ended.stdout
    call = gateway.customers.last("AccountService.BatchUpsertAccounts")
    assert call.request.match_system == "erp"
    assert call.request.accounts[0].external_ids["erp"] == "A-1001"
    if not rest:
        assert call.metadata["authorization"] == "Bearer gx_good"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_address_in_the_guide_exists(guide: Path) -> None:
    """Method and path lead to a route."""
    routes = Routes()
    for method, endpoint in endpoints():
        routes.add(method, Template.parse(endpoint.template), endpoint)
    found = re.findall(r"\b(GET|POST|PATCH|DELETE) (/api/v1/[^\s`?)]+)", guide.read_text())
    assert len(found) > 20
    for method, path in found:
        match = routes.match(method, path.encode())
        assert match.target, f"{method} {path}"
        assert match.target.template.endswith(path.partition("/api/v1/")[2]), f"{method} {path}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_reason_in_the_guide_exists(guide: Path) -> None:
    """A program that waits for a reason does not wait in vain."""
    codes = {"INVALID_ARGUMENT", "FAILED_PRECONDITION", "ABORTED", "INTERNAL"}
    for reason in re.findall(r"`([A-Z][A-Z_]{4,})`", guide.read_text()):
        assert texts.known(reason) or reason in codes, reason


def test_both_guides_say_the_same() -> None:
    """The same sections, tables, examples and addresses in both languages."""
    english, chinese = (guide.read_text() for guide in GUIDES)
    for pattern in (r"^## ", r"^\|", r"^    ", r"/api/v1/[a-z_/{}:A-Z]+", r"^\d\. "):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, chinese, re.MULTILINE)), (
            pattern
        )
