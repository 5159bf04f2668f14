"""Cross-site request forgery: a page of another site must not act with our cookies.

Three locks: cookies are SameSite=Lax; the browser's own word on where the request comes from (Sec-Fetch-Site, else
Origin) is checked; and the request carries a token that only our page has, bound to the session.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from gateway.errors import RefusedError
from gateway.exchange import Call

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"


class Csrf:
    """The checks, with the key the tokens are made with; the same in every replica."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._key = hmac.digest(secret.encode(), b"guanxi csrf token 1", hashlib.sha256)
        self._origin = public_url

    def token(self, session_id: str) -> str:
        """What unsafe requests of this session must carry."""
        return hmac.new(self._key, session_id.encode(), hashlib.sha256).hexdigest()

    def check_origin(self, call: Call) -> None:
        """Raises RefusedError (403) when a browser says that the request comes from another site."""
        site = call.headers.get("sec-fetch-site")
        if site is not None:
            allowed = site in ("same-origin", "none")
        else:
            origin = call.headers.get("origin")
            allowed = origin is None or origin == self._origin or urlsplit(origin).netloc == call.headers.get("host")
        if not allowed:
            raise RefusedError(403, "CROSS_ORIGIN")

    def check(self, call: Call, session_id: str) -> None:
        """Raises RefusedError (403) when an unsafe request does not prove that our page sent it."""
        self.check_origin(call)
        given = call.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode(), self.token(session_id).encode()):
            raise RefusedError(403, "CSRF_TOKEN_INVALID")
