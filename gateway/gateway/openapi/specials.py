"""What the gateway adds to the contracts' RPCs: bytes of files, forms, live changes, cookies."""

from typing import Any

from gateway.multipart import FORM
from gateway.openapi.schemas import Schema, Schemas
from gateway.sessions import oauth
from gateway.sessions.handlers import SERVICE
from gateway.transcoding.bindings import Binding
from gateway.transcoding.catalog import Catalog

PROBLEM: dict[str, Any] = {"$ref": "#/components/responses/Problem"}
PROBLEM_RESPONSE: dict[str, Any] = {
    "description": "What went wrong.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "At most 128 visible ASCII characters. The same key with the same content happens once, within 30 days.",
    "schema": {"type": "string", "maxLength": 128},
}
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The record's etag; the same as `etag` in the body or query. 412 when somebody changed the record.",
    "schema": {"type": "string"},
}
_SECURITY: list[dict[str, Any]] = [{"bearer": []}, {"client": []}, {"session": []}]
_BYTES: Schema = {"type": "string", "format": "binary"}
_MODULE: dict[str, Any] = {
    "name": "module",
    "in": "query",
    "description": "The module the file is for, such as `accounts`.",
    "schema": {"type": "string"},
}
_FORM: Schema = {
    "type": "object",
    "required": ["module", "file"],
    "properties": {"module": {"type": "string"}, "file": _BYTES},
}


def add(paths: dict[str, dict[str, Any]], catalog: Catalog, schemas: Schemas) -> None:
    """Complete `paths`."""
    file = schemas.of(catalog.rpc("guanxi.files.v1.FileService.CompleteFile").answer)
    paths["/api/v1/live"] = {"get": _live()}
    paths["/api/v1/files"] = {"post": _upload(file)}
    paths["/api/v1/files/{id}:download"] = {"get": _download()}
    for binding in catalog.bindings:
        if binding.options.file_field:
            _of(paths, binding)["requestBody"]["content"][FORM] = {"schema": _FORM}
    _describe_sessions(paths, catalog, schemas)
    _describe_tokens(_of(paths, catalog.by_method[oauth.METHOD]), schemas)


def _describe_tokens(operation: dict[str, Any], schemas: Schemas) -> None:
    """A form comes in, and errors are OAuth's: see sessions/oauth.py."""
    content = operation["requestBody"]["content"]
    content[oauth.FORM] = content.pop("application/json")
    schemas.components["OAuthError"] = {
        "type": "object",
        "description": "RFC 6749, 5.2.",
        "required": ["error", "error_description"],
        "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    }
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/OAuthError"}}}
    for status in ("400", "401"):
        operation["responses"][status] = {"description": "No token.", "content": refused}


def _of(paths: dict[str, dict[str, Any]], binding: Binding) -> dict[str, Any]:
    """The operation that a binding became."""
    return paths[binding.rule.template.public][binding.rule.http_method.lower()]  # type: ignore[no-any-return]


def _operation(name: str, tag: str, summary: str, chinese: str, **more: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "security": _SECURITY,
        "parameters": [],
    }
    operation["x-summary"] = {"zh": chinese, "en": summary}
    return {**operation, "x-permission": "self", **more}


def _answers(schema: Schema, media_type: str = "application/json") -> dict[str, Any]:
    return {"200": {"description": "Done.", "content": {media_type: {"schema": schema}}}, "default": PROBLEM}


def _live() -> dict[str, Any]:
    text = (
        'Server-sent events. `changed`: {"modules": […]}, at most once a second; read again what you show. `job`: an '
        'import or export of yours. `ping`: every 15 s. `degraded`: {"live": false} while changes cannot arrive. The '
        "stream ends with the access token; connect again."
    )
    return _operation(
        "Live",
        "live",
        "What changed, as it happens",
        "实时变更通知",
        description=text,
        responses=_answers({"type": "string"}, "text/event-stream"),
    )


def _upload(file: Schema) -> dict[str, Any]:
    name = {"name": "name", "in": "query", "description": "The file's name.", "schema": {"type": "string"}}
    body = {
        "required": True,
        "content": {"application/octet-stream": {"schema": _BYTES}, FORM: {"schema": _FORM}},
    }
    return _operation(
        "UploadFile",
        "files",
        "Upload a file",
        "上传文件",
        parameters=[_MODULE, name],
        requestBody=body,
        responses=_answers(file),
    )


def _identifier() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def _download() -> dict[str, Any]:
    return _operation(
        "DownloadFile",
        "files",
        "The bytes of a file, as an attachment",
        "下载文件",
        parameters=[_identifier()],
        responses=_answers(_BYTES, "application/octet-stream"),
    )


def _describe_sessions(paths: dict[str, dict[str, Any]], catalog: Catalog, schemas: Schemas) -> None:
    """What log-in and "who am I" answer: see sessions/handlers.py."""
    schemas.components["BrowserSession"] = {
        "allOf": [
            {"$ref": "#/components/schemas/CurrentSession"},
            {
                "type": "object",
                "required": ["user", "organization"],
                "properties": {
                    "user": _texts("id", "name", "email", "language"),
                    "organization": _texts("id", "name", "time_zone", "currency", "language"),
                    "recovery_codes": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Given once, where this log-in enrolled a second factor.",
                    },
                    "csrf_token": {"type": "string", "description": "For `X-CSRF-Token`; only with cookies."},
                },
            },
        ],
    }
    browser = {"$ref": "#/components/schemas/BrowserSession"}
    tokens = {"$ref": "#/components/schemas/SessionTokens"}
    mode = {
        "name": "X-Session",
        "in": "header",
        "description": "`token`: the tokens come in the answer, no cookies are set.",
        "schema": {"type": "string", "enum": ["cookie", "token"]},
    }
    create, verify, refresh, current = (
        _of(paths, catalog.by_method[f"{SERVICE}.{name}"])
        for name in ("CreateSession", "VerifySession", "RefreshSession", "GetCurrentSession")
    )
    for operation in (create, verify):
        operation["parameters"].append(mode)
    refresh["requestBody"]["required"] = False
    refresh["description"] = "Without a body: of the session's cookies. " + refresh.get("description", "")
    for operation in (create, verify, refresh):
        operation["responses"] = _answers({"anyOf": [browser, tokens]})
    current["responses"] = _answers(browser)


def _texts(*names: str) -> Schema:
    return {"type": "object", "required": list(names), "properties": {name: {"type": "string"} for name in names}}
