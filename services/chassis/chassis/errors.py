"""What can go wrong in a call, and what the caller is told.

ServiceError
├── InvalidArgumentError      INVALID_ARGUMENT: the request is wrong; names the fields and the remedies
├── UnauthenticatedError      UNAUTHENTICATED: no valid token
├── PermissionDeniedError     PERMISSION_DENIED: known to the caller, but not allowed
├── NotFoundError             NOT_FOUND: does not exist, or is out of the caller's scope
│   └── UnknownModuleError    NOT_FOUND: no module of the caller's organization
├── AlreadyExistsError        ALREADY_EXISTS: a unique value is taken
├── ConflictError             ABORTED: somebody else changed it; carries both values
├── PreconditionError         FAILED_PRECONDITION: the state of things does not allow it
├── ExhaustedError            RESOURCE_EXHAUSTED: too much, too fast; says how long to wait where that is known
├── UnavailableError          UNAVAILABLE: something we depend on is away; try again
└── DeadlineError             DEADLINE_EXCEEDED: not finished in the caller's time

Texts are keys into `chassis.texts`, put in the caller's language at the edge of the service.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from chassis.texts import text


@dataclass(frozen=True)
class Violation:
    """One wrong field: its name as in JSON, the reason (a key of `chassis.texts`) and the text's values."""

    field: str
    reason: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    def describe(self, language: str) -> str:
        """What is wrong and what to do, in `zh` or `en`."""
        return text(self.reason, language, field=self.field, **self.values)


class ServiceError(Exception):
    """Base of all answers that are not success."""

    code = grpc.StatusCode.UNKNOWN
    reason = "UNKNOWN"

    def __init__(
        self, reason: str | None = None, *, violations: tuple[Violation, ...] | list[Violation] = (), **values: Any
    ) -> None:
        self.reason = reason or type(self).reason
        self.violations = tuple(violations)
        self.values = values
        super().__init__(self.describe("en"))

    def describe(self, language: str) -> str:
        """The sentence a person reads, in `zh` or `en`."""
        if self.violations and self.reason == type(self).reason:
            return "; ".join(violation.describe(language) for violation in self.violations[:3])
        return text(self.reason, language, **self.values)

    def status(self, language: str) -> status_pb2.Status:
        """The answer as AIP-193 has it: ErrorInfo, field violations, a localized message."""
        message = self.describe(language)
        metadata = {name: str(value) for name, value in self.values.items()}
        details: list[Any] = [error_details_pb2.ErrorInfo(reason=self.reason, domain="guanxi", metadata=metadata)]
        if self.violations:
            details.append(
                error_details_pb2.BadRequest(
                    field_violations=[
                        error_details_pb2.BadRequest.FieldViolation(
                            field=violation.field, description=violation.describe(language), reason=violation.reason
                        )
                        for violation in self.violations
                    ]
                )
            )
        wait = self.values.get("seconds")
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and wait is not None:
            details.append(error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=int(wait))))
        details.append(error_details_pb2.LocalizedMessage(locale=language, message=message))
        packed = []
        for detail in details:
            packed.append(any_pb2.Any())
            packed[-1].Pack(detail)
        return status_pb2.Status(code=self.code.value[0], message=message, details=packed)


class InvalidArgumentError(ServiceError):
    """The request is wrong; `violations` name the fields."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "INVALID_ARGUMENT"

    @classmethod
    def of(cls, field: str, reason: str, **values: Any) -> "InvalidArgumentError":
        """The error of one wrong field."""
        return cls(violations=[Violation(field, reason, values)])


class UnauthenticatedError(ServiceError):
    """No valid token."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class PermissionDeniedError(ServiceError):
    """Known, but not allowed."""

    code = grpc.StatusCode.PERMISSION_DENIED
    reason = "PERMISSION_DENIED"


class NotFoundError(ServiceError):
    """Not there, or out of the caller's scope."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "NOT_FOUND"


class UnknownModuleError(NotFoundError):
    """The caller's organization has no such module."""


class AlreadyExistsError(ServiceError):
    """A unique value is taken."""

    code = grpc.StatusCode.ALREADY_EXISTS
    reason = "ALREADY_EXISTS"


class ConflictError(ServiceError):
    """Somebody else changed it meanwhile."""

    code = grpc.StatusCode.ABORTED
    reason = "STALE_ETAG"


class PreconditionError(ServiceError):
    """The state of things does not allow it."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "FAILED_PRECONDITION"


class ExhaustedError(ServiceError):
    """Too much, or too fast."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    reason = "RESOURCE_EXHAUSTED"


class UnavailableError(ServiceError):
    """Something we depend on is away."""

    code = grpc.StatusCode.UNAVAILABLE
    reason = "UNAVAILABLE"


class DeadlineError(ServiceError):
    """Not finished in the caller's time."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


class InternalError(ServiceError):
    """A fault of ours; the caller is told no more than a trace id."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"
