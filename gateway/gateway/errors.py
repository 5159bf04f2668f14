"""What can go wrong in the gateway. Each becomes one RFC 9457 answer (see problems.py).

GatewayError
├── RequestError        400   the request cannot be understood; carries the violations
├── RefusedError        any   refused before a service was asked: no route, no session, too much
└── (grpc.aio.AioRpcError     a service's answer; not ours, mapped in problems.py)
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong: where (JSON path, query parameter or header), what (a key of the texts), with which values."""

    field: str
    reason: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


class GatewayError(Exception):
    """Base of the gateway's own errors; `reason` is a key of the texts."""

    def __init__(self, status: int, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.values: Mapping[str, object] = values
        self.violations: tuple[Violation, ...] = ()
        self.headers: dict[str, str] = {}


class RequestError(GatewayError):
    """The request cannot be understood."""

    def __init__(self, *violations: Violation, reason: str = "INVALID_REQUEST", **values: object) -> None:
        super().__init__(400, reason, count=len(violations), **values)
        self.violations = violations


class RefusedError(GatewayError):
    """Refused before any service was asked."""
