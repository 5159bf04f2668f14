"""So many requests a minute for each API client, as its administrator says. In memory: each replica counts for itself."""

import time
from typing import Any

import grpc
import jwt

from chassis.authz.tokens import Claims, Verifier
from chassis.errors import UnauthenticatedError
from chassis.rates import Windows
from gateway.errors import RefusedError
from gateway.sessions.cookies import claims_of
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

_AGAIN = 5.0  # seconds between two questions for keys


class ClientRates:
    """Counts the requests of tokens that really are a client's: what anybody may write into a token counts for nobody."""

    def __init__(self, catalog: Catalog, upstream: Upstream) -> None:
        self._upstream = upstream
        self._list_keys = catalog.rpc("guanxi.identity.v1.ControlPlaneService.ListSigningKeys")
        self._keys: dict[str, bytes] = {}
        self._asked = float("-inf")
        self._verifier = Verifier(lambda: self._keys)
        self._windows = Windows()

    async def take(self, token: str) -> None:
        """Raises RefusedError (429, with Retry-After) when the client has used up its minute."""
        if claims_of(token).kind != "client":
            return
        claims = await self._verified(token)
        wait = self._windows.take(str(claims.user_id), claims.rate) if claims else 0
        if wait:
            error = RefusedError(429, "RATE_LIMITED", seconds=wait)
            error.headers["Retry-After"] = str(wait)
            raise error

    async def _verified(self, token: str) -> Claims | None:
        """The claims; None for a token that the services are going to refuse, or while identity is away."""
        try:
            if jwt.get_unverified_header(token).get("kid") not in self._keys:
                await self._load()
            return self._verifier.verify(token)
        except (jwt.PyJWTError, UnauthenticatedError):
            return None

    async def _load(self) -> None:
        if time.monotonic() - self._asked < _AGAIN:
            return
        self._asked = time.monotonic()
        request: Any = self._list_keys.request_type()
        try:
            answer = await self._upstream.as_gateway("identity", self._list_keys, request)
        except grpc.aio.AioRpcError:
            return
        self._keys = {key.id: key.public_key for key in answer.keys}
        self._verifier = Verifier(lambda: self._keys)
