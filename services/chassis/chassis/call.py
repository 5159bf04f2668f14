"""Who calls, what they may do, in which language, and by when."""

import time
import uuid
from dataclasses import dataclass, field, replace

from chassis.authz.access import Access


@dataclass(frozen=True)
class Principal:
    """Who acts. `kind` is `user`, `token`, `import`, `system` or `anonymous`; `user_id` is None for the last two."""

    org_id: uuid.UUID | None
    user_id: uuid.UUID | None = None
    kind: str = "anonymous"
    session_id: str = ""
    job_id: str = ""
    address: str = ""
    name: str = ""


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

    @property
    def org_id(self) -> uuid.UUID:
        """The organization; asking for it in a call without one is a fault of ours."""
        if self.principal.org_id is None:
            raise LookupError("this call belongs to no organization")
        return self.principal.org_id

    def remaining_ms(self) -> int:
        """Milliseconds until the caller stops waiting, at least 1."""
        return max(1, int((self.deadline - time.monotonic()) * 1000))

    def acting(self, access: Access) -> "Call":
        """The same call with other rights."""
        return replace(self, access=access)


def system_call(
    org_id: uuid.UUID | None, *, access: Access | None = None, job_id: str = "", seconds: float = 60
) -> Call:
    """A call of the system itself, which may do everything in one organization."""
    return Call(
        Principal(org_id, None, "system", job_id=job_id),
        access or Access.everything(),
        deadline=time.monotonic() + seconds,
    )
