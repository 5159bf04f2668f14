"""Errors as RFC 9457 answers: a service's status, with its AIP-193 details, or the gateway's own."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import grpc
import orjson
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from chassis.texts import known, text
from gateway.errors import GatewayError, Violation
from gateway.exchange import Answer
from gateway.texts import sentence, title

MEDIA_TYPE = "application/problem+json"
_LONGEST = 200  # of a path in an answer: a key of the caller's may be as long as a body
_log = logging.getLogger(__name__)
_Detail = TypeVar("_Detail", bound=Message)

STATUS: dict[grpc.StatusCode, int] = {
    # Of a service that ends; when our own caller goes, nobody is answered.
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.UNKNOWN: 500,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DATA_LOSS: 500,
}
# What gRPC itself answers, without a word a person could use: our text instead.
_BARE = {
    grpc.StatusCode.CANCELLED: "UPSTREAM_UNAVAILABLE",
    grpc.StatusCode.UNAVAILABLE: "UPSTREAM_UNAVAILABLE",
    grpc.StatusCode.DEADLINE_EXCEEDED: "UPSTREAM_TIMEOUT",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "OVERLOADED",
    grpc.StatusCode.UNAUTHENTICATED: "UNAUTHENTICATED",
}


def of_gateway(error: GatewayError, language: str, trace_id: str) -> Answer:
    """The answer to one of our own errors."""
    violations = [_describe(violation, language) for violation in error.violations]
    detail = sentence(error.reason, language, **error.values)
    answer = _answer(error.status, error.reason, detail, violations=violations, language=language, trace_id=trace_id)
    answer.headers.update(error.headers)
    return answer


def of_fault(language: str, trace_id: str) -> Answer:
    """The answer when we failed; what happened is in the log."""
    return _answer(500, "INTERNAL", text("INTERNAL", language), violations=[], language=language, trace_id=trace_id)


def of_rpc(
    error: grpc.aio.AioRpcError,
    language: str,
    trace_id: str,
    *,
    conditional: bool = False,
    public_path: Callable[[str], str] = str,
) -> Answer:
    """The answer to a service's error. `conditional`: If-Match was sent, so a conflict is a 412."""
    code = error.code()
    status = STATUS.get(code, 500)
    if code == grpc.StatusCode.ABORTED and conditional:
        status = 412
    info, violations, message, retry = details_of(error, public_path)
    if info is None:
        _log.warning("bare answer of a service: %s %s", code.name, (error.details() or "")[:300])
        reason = _BARE.get(code, "INTERNAL" if status == 500 else code.name)
        detail = text(reason, language) if known(reason) else title(status, language)
    else:
        reason = info.reason
        detail = message or error.details() or title(status, language)
    answer = _answer(
        status,
        reason,
        detail,
        violations=violations,
        language=language,
        trace_id=trace_id,
        metadata=info.metadata if info else None,
    )
    if status in (429, 503):
        answer.headers["Retry-After"] = str(retry or 1)
    return answer


class Details(NamedTuple):
    """What a service says of an error: ErrorInfo, violations, the localized message and the seconds to wait."""

    info: error_details_pb2.ErrorInfo | None
    violations: list[dict[str, str]]
    message: str
    retry: int


def details_of(error: grpc.aio.AioRpcError, public_path: Callable[[str], str] = str) -> Details:
    """The status details of an error; `public_path` says what its fields are called over HTTP."""
    info: error_details_pb2.ErrorInfo | None = None
    violations: list[dict[str, str]] = []
    message, retry = "", 0
    for detail in _packed(error):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = _unpacked(detail, error_details_pb2.ErrorInfo())
        elif detail.Is(error_details_pb2.LocalizedMessage.DESCRIPTOR):
            message = _unpacked(detail, error_details_pb2.LocalizedMessage()).message
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = _unpacked(detail, error_details_pb2.RetryInfo()).retry_delay.seconds
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = _unpacked(detail, error_details_pb2.BadRequest())
            violations.extend(
                {"field": public_path(one.field), "description": one.description, "reason": one.reason}
                for one in bad.field_violations
            )
    return Details(info, violations, message, retry)


def _packed(error: grpc.aio.AioRpcError) -> Any:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            try:
                return status_pb2.Status.FromString(value).details
            except DecodeError:
                return ()
    return ()


def _unpacked(packed: Any, message: _Detail) -> _Detail:
    packed.Unpack(message)
    return message


def _describe(violation: Violation, language: str) -> dict[str, str]:
    field, values = violation.field[:_LONGEST], dict(violation.values)
    near = values.pop("near", None)
    description = sentence(violation.reason, language, field=field, **values)
    if near:
        description += sentence("DID_YOU_MEAN", language, near=near)
    return {"field": field, "description": description, "reason": violation.reason}


def _answer(
    status: int,
    reason: str,
    detail: str,
    *,
    violations: list[dict[str, str]],
    language: str,
    trace_id: str,
    metadata: Mapping[str, str] | None = None,
) -> Answer:
    problem: dict[str, Any] = {
        "type": f"urn:guanxi:error:{reason}",
        "title": title(status, language),
        "status": status,
        "detail": detail,
        "reason": reason,
        "trace_id": trace_id,
        "violations": violations,
    }
    if metadata:
        problem["metadata"] = dict(metadata)
    headers: dict[str, str] = {"Content-Language": language}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Answer(orjson.dumps(problem), status, MEDIA_TYPE, headers)
