"""The OpenAPI 3.1 document."""

import re
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor

from chassis.contract import own_modules, resource_options
from gateway.openapi import comments, specials
from gateway.openapi.schemas import Schema, Schemas, required
from gateway.raw import MEDIA_TYPES
from gateway.sessions import oauth
from gateway.transcoding.bindings import Binding
from gateway.transcoding.catalog import Catalog

PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `reason` is for programs, `detail` for people, in their language.",
    "required": ["type", "title", "status", "detail", "reason", "trace_id", "violations"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:guanxi:error:STALE_ETAG"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string", "examples": ["STALE_ETAG"]},
        "trace_id": {"type": "string", "description": "Name it when you ask for help."},
        "violations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "description", "reason"],
                "properties": {
                    "field": {
                        "type": "string",
                        "description": "JSON path, parameter or header.",
                        "examples": ["accounts[3].name"],
                    },
                    "description": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_CHINESE = {
    "BatchGet": "批量读取",
    "BatchUpsert": "批量更新或新建",
    "Create": "新建",
    "Delete": "删除",
    "Get": "读取",
    "List": "列出",
    "Undelete": "恢复",
    "Update": "修改",
}
_STANDARD = re.compile(f"({'|'.join(_CHINESE)})[A-Z][A-Za-z]+")
_INTRODUCTION = """\
Programs send `Authorization: Bearer <token>` with an API token (`gx_…`, made at `POST /api/v1/api_tokens`) or an access
token, which API clients get at `POST /api/v1/oauth/token` (OAuth 2.0 client credentials). Browsers have cookies, and send `X-CSRF-Token` with everything but GET.

Field names are the same everywhere: in bodies, filters, masks and imports. Dates are `2016-10-20`, times RFC 3339,
money `{"currency_code": "CNY", "amount": "1054.00"}`, decimals text. Unknown fields are refused, `null` means "not set".

Lists take `page_size`, `page_token`, `filter` (AIP-160) and `order_by`. An update sends the changed fields and the
record's `etag` (or `If-Match`). Writes with an `Idempotency-Key` may be repeated: they happen once.
"""


def build(catalog: Catalog, public_url: str) -> dict[str, Any]:
    """The whole document; the same for every caller."""
    texts = comments.load()
    schemas = Schemas(catalog, texts)
    labels = {module: resource_options(message).label.zh for module, message in catalog.resources.items()}
    labels[own_modules().collection] = own_modules().options.label.zh
    paths: dict[str, dict[str, Any]] = {}
    for binding in catalog.bindings:
        operations = paths.setdefault(binding.rule.template.public, {})
        operations[binding.rule.http_method.lower()] = _operation(binding, schemas, texts, labels)
    specials.add(paths, catalog, schemas)
    schemas.components["Problem"] = PROBLEM
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guanxi 关系",
            "version": "1",
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": [
            {"name": tag}
            for tag in sorted({tag for path in paths.values() for one in path.values() for tag in one["tags"]})
        ],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token (`gx_…`) or an access token.",
                },
                "client": {
                    "type": "oauth2",
                    "description": "Access tokens of API clients.",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": oauth.metadata(catalog, public_url)["token_endpoint"],
                            "scopes": {},
                        }
                    },
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-guanxi-access",
                    "description": "Set by `POST /api/v1/sessions`; unsafe methods also need `X-CSRF-Token`.",
                },
            },
            "responses": {"Problem": specials.PROBLEM_RESPONSE},
        },
    }


def _operation(
    binding: Binding, schemas: Schemas, texts: comments.Comments, labels: Mapping[str, str]
) -> dict[str, Any]:
    method = binding.method
    operation: dict[str, Any] = {
        "operationId": method.name,
        "tags": [tag_of(binding.rule.template.public)],
        "summary": _summary(method),
        "x-summary": {"zh": _chinese_summary(binding, labels), "en": _summary(method)},
        "parameters": _parameters(binding, schemas),
        "responses": _responses(binding, schemas),
        "security": [] if binding.permission == "public" else [{"bearer": []}, {"client": []}, {"session": []}],
        "x-permission": binding.permission,
        "x-grpc": binding.rpc.path,
    }
    if comment := texts.get(method.full_name):
        operation["description"] = comment
    body = binding.body_type
    if body is not None:
        operation["requestBody"] = {
            "required": bool(_required_body(binding)),
            "content": {"application/json": {"schema": _body_schema(binding, schemas)}},
        }
    return operation


def _required_body(binding: Binding) -> list[str]:
    """Fields the body must have: not those of the path, and of a partial update none but the etag."""
    if binding.body_type is None:
        return []
    if binding.has_mask:
        return []
    in_path = set(binding.rule.template.variables)
    return [name for name in required(binding.body_type) if name not in in_path]


def _body_schema(binding: Binding, schemas: Schemas) -> Schema:
    assert binding.body_type is not None
    schema, needed = schemas.of(binding.body_type), _required_body(binding)
    return {"allOf": [schema, {"required": needed}]} if needed else schema


def _parameters(binding: Binding, schemas: Schemas) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in binding.rule.template.names
    ]
    needed = required(binding.method.input_type)
    for name, field in binding.query.fields.items():
        if name == "request_id":
            continue  # Idempotency-Key
        schema = schemas.field(field)
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": schema}
        if "description" in schema and "$ref" not in schema:
            parameter["description"] = schema.pop("description")
        if name in needed:
            parameter["required"] = True
        parameters.append(parameter)
    if binding.has_request_id:
        parameters.append(specials.IDEMPOTENCY_KEY)
    if binding.etag_path:
        parameters.append(specials.IF_MATCH)
    return parameters


def _responses(binding: Binding, schemas: Schemas) -> dict[str, Any]:
    output = binding.method.output_type
    if binding.empty:
        return {"204": {"description": "Done."}, "default": specials.PROBLEM}
    if binding.raw:
        content: dict[str, Any] = {
            media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES
        }
    else:
        content = {"application/json": {"schema": schemas.of(output)}}
    good: dict[str, Any] = {"description": "Done.", "content": content}
    if binding.returns_etag:
        good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return {str(binding.status): good, "default": specials.PROBLEM}


def _summary(method: MethodDescriptor) -> str:
    """`BatchUpsertAccounts` → `Batch upsert accounts`."""
    words = "".join(f" {one.lower()}" if one.isupper() else one for one in method.name).strip()
    return words[:1].upper() + words[1:]


def _chinese_summary(binding: Binding, labels: Mapping[str, str]) -> str:
    """Of a resource's standard methods, such as “修改客户”; the English one of others."""
    label = labels.get(tag_of(binding.rule.template.public))
    standard = _STANDARD.fullmatch(binding.method.name)
    if label is None or standard is None or binding.rule.template.public.count("/") > 4:
        return _summary(binding.method)
    return _CHINESE[standard[1]] + label


def tag_of(path: str) -> str:
    """The collection: `/api/v1/accounts/{id}:undelete` → `accounts`; what the modules that organizations make have in
    common is under `records`.
    """
    collection = path.split("/")[3].partition(":")[0]
    return own_modules().collection if collection.startswith("{") else collection
