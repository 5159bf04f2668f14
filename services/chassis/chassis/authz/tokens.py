"""Access tokens: signed by identity with Ed25519, verified by every service with its published keys.

The algorithm is pinned and the type, issuer and audience are checked; a key is taken only from identity, never from
the token (RFC 8725).
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.errors import UnauthenticatedError

ISSUER = "guanxi"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068
LIFETIME = 300
_REFETCH_SECONDS = 5.0
_MOST_VERIFIED = 10_000


@dataclass(frozen=True)
class Claims:
    """What a token says of its bearer."""

    user_id: uuid.UUID
    org_id: uuid.UUID
    session_id: str
    kind: str
    policy_version: int
    expires: int
    # Of a program's token: the permissions it is narrowed to, with blanks between them, and requests a minute (0: any).
    scope: str = ""
    rate: int = 0


def sign(key_id: str, key: Ed25519PrivateKey, claims: Claims) -> str:
    """A token for these claims; only identity has the key."""
    payload: dict[str, Any] = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": str(claims.user_id),
        "org": str(claims.org_id),
        "sid": claims.session_id,
        "knd": claims.kind,
        "pv": claims.policy_version,
        "iat": int(time.time()),
        "exp": claims.expires,
    }
    if claims.scope:
        payload["scope"] = claims.scope
    if claims.rate:
        payload["rpm"] = claims.rate
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": key_id, "typ": TOKEN_TYPE})


class Verifier:
    """Checks tokens against the published keys, which it fetches when it meets an unknown one."""

    def __init__(self, fetch: Callable[[], Mapping[str, bytes]]) -> None:
        self._fetch = fetch
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched = 0.0
        self._lock = threading.Lock()
        self._verified: dict[str, Claims] = {}

    def verify(self, token: str) -> Claims:
        """The claims of a token. Raises UnauthenticatedError. A signature is checked once: it costs 0.2 ms."""
        known = self._verified.get(token)
        if known is not None and known.expires > time.time():
            return known
        claims = self._checked(token)
        if len(self._verified) >= _MOST_VERIFIED:
            self._verified.clear()
        self._verified[token] = claims
        return claims

    def _checked(self, token: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != TOKEN_TYPE or header.get("alg") != "EdDSA":
                raise UnauthenticatedError
            payload: dict[str, Any] = jwt.decode(
                token,
                self._key(str(header.get("kid", ""))),
                algorithms=["EdDSA"],
                audience=ISSUER,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
            return Claims(
                uuid.UUID(payload["sub"]),
                uuid.UUID(payload["org"]),
                str(payload["sid"]),
                str(payload["knd"]),
                int(payload["pv"]),
                int(payload["exp"]),
                str(payload.get("scope", "")),
                int(payload.get("rpm", 0)),
            )
        except jwt.ExpiredSignatureError as error:
            raise UnauthenticatedError("TOKEN_EXPIRED") from error
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise UnauthenticatedError from error

    def _key(self, key_id: str) -> Ed25519PublicKey:
        key = self._keys.get(key_id)
        if key is None:
            self._refresh()
            key = self._keys.get(key_id)
        if key is None:
            raise UnauthenticatedError
        return key

    def _refresh(self) -> None:
        # At most every few seconds: a made-up key id must not turn into calls to identity.
        with self._lock:
            if time.monotonic() - self._fetched < _REFETCH_SECONDS and self._fetched:
                return
            self._keys = {
                key_id: Ed25519PublicKey.from_public_bytes(public) for key_id, public in self._fetch().items()
            }
            self._fetched = time.monotonic()
