"""Who calls, what they may do, in which language, and by when."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from chassis.authz.access import Access
from chassis.authz.organization import Organization


@dataclass(frozen=True)
class Principal:
    """Who acts. `kind` is `user`, `token` (a program as a user), `client` (a program in its own name), `import`, `export`,
    `system` or `anonymous`; `user_id` is None for the last two.
    """

    org_id: uuid.UUID | None
    user_id: uuid.UUID | None = None
    kind: str = "anonymous"
    session_id: str = ""
    job_id: str = ""
    address: str = ""
    name: str = ""
    # What a program's token narrows its rights to; jobs that it begins are bound by it, too.
    scope: str = ""


class Cancellation:
    """Ends a call's SQL when its caller has gone: the server waits for nobody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancel: Callable[[], None] | None = None
        self._gone = False

    @contextmanager
    def covering(self, cancel: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `cancel` ends what it does."""
        with self._lock:
            self._cancel = None if self._gone else cancel
        try:
            yield
        finally:
            # Under the lock: a connection that serves another call already must not be cancelled.
            with self._lock:
                self._cancel = None

    def caller_has_gone(self) -> None:
        """The RPC has ended: cancelled, out of time, or answered, and then there is nothing to cancel."""
        with self._lock:
            self._gone = True
            if self._cancel is not None:
                self._cancel()


@dataclass(frozen=True)
class Call:
    """One request's circumstances, handed from the edge of the service to the database."""

    principal: Principal
    access: Access
    language: str = "en"
    # Point of `time.monotonic()` at which the caller stops waiting.
    deadline: float = field(default_factory=lambda: time.monotonic() + 30)
    method: str = ""
    token: str = ""
    cancellation: Cancellation = field(default_factory=Cancellation, compare=False)
    find_organization: Callable[[], Organization] | None = field(default=None, compare=False)

    @cached_property
    def organization(self) -> Organization:
        """The organization's settings, people and definitions, the same throughout the call."""
        return self.find_organization() if self.find_organization else Organization.unknown(self.principal.org_id)

    @property
    def org_id(self) -> uuid.UUID:
        """The organization; asking for it in a call without one is a fault of ours."""
        if self.principal.org_id is None:
            raise LookupError("this call belongs to no organization")
        return self.principal.org_id

    def remaining_ms(self) -> int:
        """Milliseconds until the caller stops waiting, at least 1."""
        return max(1, int((self.deadline - time.monotonic()) * 1000))


def system_call(
    org_id: uuid.UUID | None,
    *,
    method: str = "",
    job_id: str = "",
    of: Call | None = None,
    seconds: float = 60,
    organization: Callable[[], Organization] | None = None,
) -> Call:
    """A call of the system itself, which may do everything in one organization.

    `method` says what it is for: a request id is known by it. `of` is the request it is made for, whose time,
    language and address it has.
    """
    if of is not None:
        principal = replace(of.principal, org_id=org_id, user_id=None, kind="system")
        return replace(of, principal=principal, access=Access.everything(), find_organization=organization)
    principal = Principal(org_id, None, "system", job_id=job_id)
    deadline = time.monotonic() + seconds
    return Call(principal, Access.everything(), deadline=deadline, method=method, find_organization=organization)


# How a worker's loop begins a call in an organization; see `ControlPlane.system_call`.
BeginCall = Callable[..., Call]
