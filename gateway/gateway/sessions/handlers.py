"""Log-in, renewal, "who am I" and log-out: the RPCs of identity's SessionService, with a browser's cookies around them.

A browser gets cookies and `{"user", "organization", "csrf_token", …}`; a program that sends `X-Session: token` gets
the tokens themselves.
"""

import logging
from collections.abc import Iterable
from typing import Any

import grpc
import orjson

from gateway.errors import RefusedError, RequestError, Violation
from gateway.exchange import Answer, Call
from gateway.sessions.callers import Callers
from gateway.sessions.cookies import claims_of
from gateway.transcoder import Transcoder
from gateway.transcoding.bindings import Binding, Incoming, Rpc
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream

SERVICE = "guanxi.identity.v1.SessionService"
_log = logging.getLogger(__name__)


class Sessions:
    """Handlers by RPC; the API uses them in place of plain transcoding."""

    def __init__(self, catalog: Catalog, upstream: Upstream, callers: Callers, transcoder: Transcoder) -> None:
        self._catalog = catalog
        self._upstream = upstream
        self._callers = callers
        self._transcoder = transcoder
        self._current = catalog.rpc(f"{SERVICE}.GetCurrentSession")
        proving = [binding for binding in catalog.bindings if binding.options.renews_session]
        self.handlers = {
            **{binding.method.full_name: self.proved for binding in proving},
            f"{SERVICE}.CreateSession": self.create,
            f"{SERVICE}.VerifySession": self.create,
            f"{SERVICE}.RefreshSession": self.refresh,
            f"{SERVICE}.GetCurrentSession": self.current,
            f"{SERVICE}.DeleteSession": self.delete,
        }

    async def create(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """Log in, in one step or more: what asks for another step begins no session, and the answer to it does."""
        wants_tokens = _wants_tokens(call)  # before there is a session that nobody gets
        request: Any = binding.request(incoming)
        request.device = request.device or call.headers.get("user-agent", "")[:200]
        tokens = await self._ask(call, binding.rpc, request)
        if wants_tokens or not tokens.access_token:
            return Answer(orjson.dumps(binding.write(tokens)))
        call.cookies = self._callers.cookies.set(tokens.access_token, tokens.refresh_token)
        session_id = claims_of(tokens.access_token).session_id
        return self._described(tokens.session, session_id, recovery_codes=tokens.recovery_codes)

    async def refresh(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """A new pair: of the refresh token in the body, otherwise of the cookie's."""
        request: Any = binding.request(incoming)
        if request.refresh_token:
            tokens = await self._ask(call, binding.rpc, request)
            return Answer(orjson.dumps(binding.write(tokens)))
        _, refresh = self._callers.cookies.read(call.headers.get("cookie", ""))
        access = await self._callers.renew(call, refresh)
        call.token, call.session = access, claims_of(access).session_id
        return await self._who(call)

    async def current(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """Who am I."""
        binding.request(incoming)  # takes no parameters, and says so
        return await self._who(call)

    async def delete(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """Log out, or end another of one's sessions. Logging out works even when the session has ended already."""
        request: Any = binding.request(incoming)
        leaving = bool(call.session) and request.id in ("current", call.session)
        try:
            await self._ask(call, binding.rpc, request)
        except grpc.aio.AioRpcError as error:
            if not leaving or error.code() != grpc.StatusCode.UNAUTHENTICATED:
                raise
        if leaving:
            call.cookies = self._callers.cookies.clear()
            # Not "storage": entries made off-line wait there, and are the user's to keep.
            return Answer(status=204, headers={"Clear-Site-Data": '"cache"'})
        return Answer(status=204)

    async def proved(self, call: Call, binding: Binding, incoming: Incoming) -> Answer:
        """Answer one who proved again who they are, whose session goes on under a new id. What they asked for is done
        then: they get its answer even when their session could not be replaced.
        """
        answer = await self._transcoder.answer(call, binding, incoming)
        if call.refresh:
            try:
                await self._callers.replace(call)
            except (RefusedError, grpc.aio.AioRpcError):
                _log.warning("a session was not replaced after %s", binding.method.full_name, exc_info=True)
        return answer

    async def _who(self, call: Call) -> Answer:
        session = await self._upstream.for_caller(
            call, "identity", self._current, self._current.request_type(), repeatable=True
        )
        return self._described(session, call.session)

    def _described(self, session: Any, session_id: str, *, recovery_codes: Iterable[str] = ()) -> Answer:
        body = self._catalog.encoders.of(session.DESCRIPTOR)(session)
        body["user"] = {
            "id": session.user_id,
            "name": session.user_name,
            "email": session.email,
            "language": session.language,
        }
        body["organization"] = {
            "id": session.organization_id,
            "name": session.organization_name,
            "time_zone": session.time_zone,
            "currency": session.currency,
            "language": session.language,
        }
        if session_id:
            body["csrf_token"] = self._callers.csrf.token(session_id)
        if codes := list(recovery_codes):
            body["recovery_codes"] = codes
        return Answer(orjson.dumps(body))

    async def _ask(self, call: Call, rpc: Rpc, request: Any) -> Any:
        return await self._upstream.for_caller(call, "identity", rpc, request, repeatable=False)


def _wants_tokens(call: Call) -> bool:
    mode = call.headers.get("x-session", "")
    if mode not in ("", "cookie", "token"):
        raise RequestError(Violation("X-Session", "INVALID_CHOICE", {"choices": "cookie, token"}))
    return mode == "token"
