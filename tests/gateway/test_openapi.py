"""The description of the API is valid, complete, and the same thing the gateway does."""

import re
from typing import Any

import httpx
import pytest
from google.api import annotations_pb2
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

from chassis.contract import permission_of, service_names
from gateway.openapi import document, reference
from gateway.transcoding.catalog import Catalog
from gateway.transcoding.routes import Template
from tests.gateway.conftest import Gateway
from tests.gateway.inventory import endpoints

CATALOG = Catalog()
OURS = {  # what the gateway answers beyond the contracts' annotations
    ("GET", "/api/v1/live"),
    ("POST", "/api/v1/files"),
    ("GET", "/api/v1/files/{id}:download"),
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document.build(CATALOG, "https://crm.example.com")


def test_the_document_is_valid(described: dict[str, Any]) -> None:
    """A validator of OpenAPI 3.1 finds nothing."""
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_annotated_rpc_is_a_route_and_every_route_is_described(described: dict[str, Any]) -> None:
    """Contracts, routes and document are one list: nothing is missing, nothing is there unannounced."""
    declared = set(OURS)
    for method in CATALOG.methods:
        options = method.GetOptions()
        if options.HasExtension(annotations_pb2.http):
            rule = options.Extensions[annotations_pb2.http]
            verb = rule.WhichOneof("pattern")
            declared.add((verb.upper(), Template.parse(getattr(rule, verb)).public))
    routes = {(method, endpoint.template) for method, endpoint in endpoints()}
    documented = {(verb.upper(), path) for path, verbs in described["paths"].items() for verb in verbs}
    assert routes == declared
    assert documented == declared


def test_no_two_paths_differ_in_names_alone(described: dict[str, Any]) -> None:
    """OpenAPI takes such paths for one and the same."""
    shapes = [re.sub(r"{[^}]+}", "{}", path) for path in described["paths"]]
    assert len(shapes) == len(set(shapes))


def test_what_only_services_may_call_has_no_route() -> None:
    """No way leads from outside to an RPC of permission `service`, nor to one without a permission."""
    permissions = {endpoint.binding.permission for _, endpoint in endpoints() if endpoint.binding}
    assert "service" not in permissions
    assert "" not in permissions
    for method in CATALOG.methods:
        assert permission_of(method), f"{method.full_name} declares no permission"


def test_only_what_the_contracts_call_public_is_public() -> None:
    """The gateway asks for a log-in wherever the contract does."""
    public = {endpoint.binding.method.full_name for _, endpoint in endpoints() if endpoint.public and endpoint.binding}
    assert public == {method.full_name for method in CATALOG.methods if permission_of(method) == "public"}
    assert not any(endpoint.public for _, endpoint in endpoints() if endpoint.binding is None)


def test_every_route_has_a_service() -> None:
    """A call is for the service of its contract; of a shared one, its request has the field that says for whom."""
    for binding in CATALOG.bindings:
        name, fields = binding.method.full_name, binding.method.input_type.fields_by_name
        assert binding.service in service_names() or (binding.options.module_field or "id") in fields, name
        if binding.options.file_field:
            assert {binding.options.module_field, binding.options.file_field} <= set(fields), name
        if binding.options.HasField("fan_out"):
            assert binding.options.module_field, name


def test_reading_never_changes_anything() -> None:
    """GET is for methods that read, by their names (AIP-130)."""
    for method, endpoint in endpoints():
        if method == "GET" and endpoint.binding:
            assert re.match("Get|List|BatchGet|Find|Preview|Search|Explain", endpoint.binding.method.name), (
                endpoint.template
            )


def test_the_gateway_serves_both_forms(gateway: Gateway) -> None:
    """The document and the page are there without a log-in, and only sent again when they changed."""
    client = gateway.client()
    for path, media_type in (("/api/openapi.json", "application/json"), ("/api/docs", "text/html")):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)
        again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


def test_the_reference_page_needs_nothing_from_elsewhere(gateway: Gateway, described: dict[str, Any]) -> None:
    """No scripts, no inline styles, no other hosts; its policy allows none; links inside lead somewhere."""
    answer = gateway.client().get("/api/docs", headers={"accept-language": "zh-CN"})
    assert 'lang="zh"' in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script|style=|https?://|\son\w+=", answer.text)
    anchors = set(re.findall(r'id="([^"]+)"', answer.text))
    links = set(re.findall(r'href="#([^"]+)"', answer.text))
    assert links <= anchors
    for path in described["paths"]:
        assert path in answer.text
    assert gateway.client().get("/api/docs.css").headers["content-type"].startswith("text/css")


def test_the_page_is_there_in_both_languages(described: dict[str, Any]) -> None:
    """Labels and words are the reader's."""
    assert "客户" in reference.render(described, "zh")
    assert "参数" in reference.render(described, "zh")
    assert "Parameters" in reference.render(described, "en")


def test_answers_match_their_description(described: dict[str, Any], program: httpx.Client) -> None:
    """A real answer and a real problem fit the schemas that promise them."""
    body = {"name": "甲", "annual_revenue": {"amount": "5", "currency_code": "CNY"}, "custom": {"a": ["b"]}}
    account = program.post("/api/v1/accounts", json=body).json()
    problem = program.post("/api/v1/accounts", json={"nam": 1}).json()
    for schema, value in (("Account", account), ("Problem", problem)):
        described_so = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
        Draft202012Validator(described_so).validate(value)
