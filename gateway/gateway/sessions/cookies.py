"""The two cookies of a browser's session.

`__Host-` names bind them to one host, over TLS. On http://localhost and http://127.0.0.1 the names are plain and
the cookies not Secure: Chromium would keep Secure ones there, Safari and HTTP libraries would not.
"""

import base64
import binascii
import functools
from dataclasses import dataclass

import orjson

_LIFETIME = 30 * 86_400  # seconds; the tokens inside end by themselves


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says. Read without a check: the services check, the gateway only needs to know when to
    renew it, and which session a CSRF token must belong to.
    """

    session_id: str = ""
    expires: int = 0
    kind: str = ""


@functools.lru_cache(maxsize=4096)
def claims_of(token: str) -> Claims:
    """The claims of a JSON Web Token; nothing and expired when it is none."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return Claims(str(claims["sid"]), int(claims["exp"]), str(claims.get("knd", "")))
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return Claims()


class Cookies:
    """Reads and writes them."""

    def __init__(self, *, secure: bool) -> None:
        prefix = "__Host-" if secure else ""
        self._access = f"{prefix}guanxi-access"
        self._refresh = f"{prefix}guanxi-refresh"
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")

    def read(self, header: str) -> tuple[str, str]:
        """Access and refresh token of a Cookie header; empty where absent."""
        found = {}
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            found[name] = value
        return found.get(self._access, ""), found.get(self._refresh, "")

    def set(self, access: str, refresh: str) -> list[str]:
        """Set-Cookie headers that keep a session."""
        return [self._cookie(self._access, access, _LIFETIME), self._cookie(self._refresh, refresh, _LIFETIME)]

    def clear(self) -> list[str]:
        """Set-Cookie headers that forget it."""
        return [self._cookie(self._access, "", 0), self._cookie(self._refresh, "", 0)]

    def _cookie(self, name: str, value: str, age: int) -> str:
        return f"{name}={value}; Max-Age={age}; {self._attributes}"
