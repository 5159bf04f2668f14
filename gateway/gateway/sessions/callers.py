"""Finds out who is calling, before anything else happens."""

import time

from gateway.errors import RefusedError
from gateway.exchange import Call
from gateway.sessions.cookies import Cookies, claims_of
from gateway.sessions.csrf import SAFE, Csrf
from gateway.sessions.renewal import API_TOKEN_PREFIX, Renewal

_EARLY = 10  # seconds before its end an access token is renewed


class Callers:
    """Fills in `call.token`, from a bearer token or from the session's cookies."""

    def __init__(self, cookies: Cookies, csrf: Csrf, renewal: Renewal) -> None:
        self.cookies = cookies
        self.csrf = csrf
        self.renewal = renewal

    async def identify(self, call: Call, *, public: bool) -> None:
        """Raises RefusedError: 401 without a valid log-in, 403 when another site may be behind the request.

        A public call is made without the caller's token, so that a stale cookie does not stand in its way.
        """
        if public:
            if call.method not in SAFE:
                self.csrf.check_origin(call)
            return
        authorization = call.headers.get("authorization", "")
        if authorization:
            await self._bearer(call, authorization)
        else:
            await self._browser(call)

    async def keep(self, call: Call) -> None:
        """Renew the caller's token during a long request; a program's own access token cannot be."""
        expires = claims_of(call.token).expires
        if not expires or expires > time.time() + _EARLY:
            return
        if call.refresh:
            call.token = await self.renew(call, call.refresh)
        elif API_TOKEN_PREFIX in (authorization := call.headers.get("authorization", "")):
            await self._bearer(call, authorization)

    async def _bearer(self, call: Call, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or not token.isascii() or not token.isprintable():
            raise RefusedError(401, "UNAUTHENTICATED")
        call.token = await self.renewal.api_token(token) if token.startswith(API_TOKEN_PREFIX) else token

    async def _browser(self, call: Call) -> None:
        access, refresh = self.cookies.read(call.headers.get("cookie", ""))
        if not access and not refresh:
            raise RefusedError(401, "UNAUTHENTICATED")
        call.refresh = refresh
        if not access or claims_of(access).expires < time.time() + _EARLY:
            access = await self.renew(call, refresh)
        call.token, call.session = access, claims_of(access).session_id
        if call.method not in SAFE:
            self.csrf.check(call, call.session)

    async def replace(self, call: Call) -> None:
        """Let the browser's session go on under a new id. Another tab may just have used the refresh token: then what it
        got is the session to be replaced.
        """
        for _ in range(2):
            call.token = await self.renew(call, call.refresh, anew=True)
            if claims_of(call.token).session_id != call.session:
                break

    async def renew(self, call: Call, refresh: str, *, anew: bool = False) -> str:
        """A new access token from the cookie's refresh token; the answer will carry the new cookies."""
        try:
            tokens = await self.renewal.session(call, refresh, anew=anew)
        except RefusedError:
            call.cookies = self.cookies.clear()
            raise
        call.cookies = self.cookies.set(tokens.access_token, tokens.refresh_token)
        call.refresh = tokens.refresh_token
        return str(tokens.access_token)
