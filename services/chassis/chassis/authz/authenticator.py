"""From a request's metadata to a Call: who calls, what they may do, in which language, by when."""

import hmac
import threading
import time
from collections.abc import Callable, Mapping

from chassis.authz.access import Access
from chassis.authz.organization import Organization
from chassis.authz.snapshots import ControlPlane
from chassis.authz.tokens import Claims, Verifier
from chassis.call import Call, Principal
from chassis.errors import ExhaustedError, PermissionDeniedError, UnauthenticatedError, UnavailableError
from chassis.rates import Windows
from chassis.texts import language_of

API_TOKEN_PREFIX = "gx_"  # noqa: S105 - how a token begins
DEFAULT_SECONDS = 30.0
POLL_SECONDS = 15.0


class Revocations:
    """Sessions that ended before their tokens did; asked of identity every 15 seconds, and when one is told of."""

    def __init__(self, fetch: Callable[[], set[str]], poll_seconds: float = POLL_SECONDS) -> None:
        self._fetch = fetch
        self._poll_seconds = poll_seconds
        self._known: set[str] = set()
        self._asked = float("-inf")
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Ask again at the next need: one more has ended."""
        self._asked = float("-inf")

    def __contains__(self, session_id: str) -> bool:
        if time.monotonic() - self._asked > self._poll_seconds and self._lock.acquire(blocking=False):
            try:
                self._asked = time.monotonic()
                self._known = self._fetch()
            except UnavailableError:
                pass  # tokens end by themselves within 5 minutes; the next poll asks again
            finally:
                self._lock.release()
        return session_id in self._known


class Authenticator:
    """Makes the Call of a request, or refuses it."""

    def __init__(
        self,
        verifier: Verifier,
        control_plane: ControlPlane,
        revocations: Revocations,
        service_token: str,
        exchange: Callable[[str], tuple[str, int]],
    ) -> None:
        self._verifier = verifier
        self._control_plane = control_plane
        self._revocations = revocations
        self._service_token = service_token
        self._exchange = exchange
        self._exchanged: dict[str, tuple[float, str]] = {}
        self._windows = Windows()

    def call(
        self, permission: str, method: str, metadata: Mapping[str, str], remaining: float | None, peer: str
    ) -> Call:
        """The Call, when `permission` allows it. Raises UnauthenticatedError or PermissionDeniedError."""
        deadline = time.monotonic() + min(remaining if remaining is not None else DEFAULT_SECONDS, 300.0)
        language = language_of(metadata.get("accept-language", ""))
        from_service = hmac.compare_digest(
            metadata.get("x-guanxi-service-token", "").encode(), self._service_token.encode()
        )
        # Only the gateway, which has the service token, may say where a request came from.
        address = metadata.get("x-guanxi-address", peer) if from_service else peer
        if permission == "public":
            principal = Principal(None, address=address)
            return Call(principal, Access.nothing(), language, deadline, method)
        if permission == "service":
            if not from_service:
                raise PermissionDeniedError
            return Call(Principal(None, kind="system"), Access.everything(), language, deadline, method)
        if not permission:
            raise PermissionDeniedError
        token = self._bearer(metadata)
        claims = self._verifier.verify(token)
        if claims.session_id in self._revocations:
            raise UnauthenticatedError("TOKEN_EXPIRED")
        organization = self._control_plane.organization(claims.org_id, version=claims.policy_version)
        access = organization.access_of(claims.user_id, claims.scope)
        if access is None:
            raise UnauthenticatedError
        if claims.kind == "client":
            self._admit_client(claims, organization, counted=from_service)
        if not _allows(permission, access, claims):
            raise PermissionDeniedError("PERSON_ONLY" if permission == "person" else "PERMISSION_DENIED")
        principal = Principal(
            claims.org_id, claims.user_id, claims.kind, claims.session_id, address=address, scope=claims.scope
        )
        return Call(principal, access, language, deadline, method, token, find_organization=lambda: organization)

    def _admit_client(self, claims: Claims, organization: Organization, *, counted: bool) -> None:
        """Refuse a client whose secret was taken back, or who asks too often. `counted`: the gateway has counted it."""
        if not organization.knows_secret(claims.user_id, claims.session_id):
            raise UnauthenticatedError("TOKEN_EXPIRED")
        wait = 0 if counted else self._windows.take(str(claims.user_id), claims.rate)
        if wait:
            raise ExhaustedError("RATE_LIMITED", seconds=wait)

    def newer(self, call: Call) -> bool:
        """Ask identity again what the caller's organization is; whether it has changed since the call began."""
        if call.principal.org_id is None:
            return False
        self._control_plane.forget(call.org_id)
        return self._control_plane.organization(call.org_id).version > call.organization.version

    def _bearer(self, metadata: Mapping[str, str]) -> str:
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError
        if not token.startswith(API_TOKEN_PREFIX):
            return token
        kept = self._exchanged.get(token)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        access_token, expires_in = self._exchange(token)
        if len(self._exchanged) > 10_000:
            self._exchanged.clear()
        self._exchanged[token] = (time.monotonic() + max(expires_in - 30, 1), access_token)
        return access_token


def _allows(permission: str, access: Access, claims: Claims) -> bool:
    """Whether a signed-in caller may call what the contract asks this permission for."""
    if permission == "person":
        return claims.kind == "user"
    return permission == "self" or access.allows(permission)
