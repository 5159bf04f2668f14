"""Composition root: the only place that builds and wires things."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import grpc
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import headers
from gateway.addresses import Addresses
from gateway.api import Api, Endpoint, Handle, Limits
from gateway.config import GatewayConfig
from gateway.exchange import Answer, Call
from gateway.fanout import FanOut
from gateway.files import Files, WithFile
from gateway.forms import Forms
from gateway.limits import Concurrency, Rate
from gateway.live import Hub, Live
from gateway.openapi.pages import pages
from gateway.sessions import oauth
from gateway.sessions.callers import Callers
from gateway.sessions.clients import ClientRates
from gateway.sessions.cookies import Cookies
from gateway.sessions.csrf import Csrf
from gateway.sessions.handlers import Sessions
from gateway.sessions.renewal import Renewal
from gateway.targets import Targets
from gateway.transcoder import Transcoder
from gateway.transcoding.bindings import Binding, Incoming
from gateway.transcoding.catalog import Catalog
from gateway.upstream import Upstream
from gateway.web import Web

Respond = Callable[[Call, Binding, Incoming], Awaitable[Answer]]

READY_SECONDS = 2.0
_READY_CACHED = 1.0


class Gateway:
    """Everything one process holds. Made inside the event loop, by `application`."""

    def __init__(self, config: GatewayConfig, catalog: Catalog, hub: Hub) -> None:
        self.upstream = Upstream(config.addresses, config.service_token)
        self.hub = hub
        self._identity = catalog.rpc("guanxi.identity.v1.ControlPlaneService.ListSigningKeys")
        self._ready = (False, 0.0)
        cookies = Cookies(secure=config.secure)
        csrf = Csrf(config.service_token, config.public_url)
        callers = Callers(cookies, csrf, Renewal(catalog, self.upstream))
        limits = Limits(
            Concurrency(config.concurrency),
            user=Rate(config.user_rate, config.user_rate * 2),
            address=Rate(config.address_rate, config.address_rate * 2),
            login=Rate(config.login_rate, config.login_rate * 30),
            clients=ClientRates(catalog, self.upstream),
        )
        self.api = Api(callers, limits, Addresses(config.trusted_proxies), headers.of_api(secure=config.secure))
        self.addresses = Addresses(config.trusted_proxies)
        common = headers.common(secure=config.secure)
        self.forms = Forms(catalog, self.upstream, limits.concurrency, limits.address, common)
        self._add_routes(config, catalog, callers)

    def _add_routes(self, config: GatewayConfig, catalog: Catalog, callers: Callers) -> None:
        targets = Targets(catalog)
        transcoder = Transcoder(self.upstream, targets, config.max_body)
        files = Files(catalog, self.upstream, targets, callers, config.max_file)
        sessions = Sessions(catalog, self.upstream, callers, transcoder).handlers
        for binding in catalog.bindings:
            answer: Respond = sessions.get(binding.method.full_name, transcoder.answer)
            if binding.options.HasField("fan_out"):
                answer = FanOut(binding, self.upstream, targets, transcoder)
            handle: Handle = partial(_transcoded, transcoder, binding, answer)
            if binding.options.file_field:
                handle = WithFile(files, transcoder, binding)
            elif binding.method.full_name == oauth.METHOD:
                handle = oauth.TokenEndpoint(binding, self.upstream)
            template, public = binding.rule.template.public, binding.permission == "public"
            self.api.add(binding.rule.http_method, Endpoint(template, handle, public, binding))
        # What no contract can say: a stream without end, and bytes.
        self.api.add("GET", Endpoint("/api/v1/live", Live(catalog, self.upstream, self.hub), long=True))
        self.api.add("POST", Endpoint("/api/v1/files", files.upload))
        self.api.add("GET", Endpoint("/api/v1/files/{id}:download", files.download))

    async def ready(self, _request: Request) -> Response:
        """Whether log-ins work: identity answers, and the process is not about to stop."""
        ready, at = self._ready
        if time.monotonic() - at > _READY_CACHED:
            ready = await self._identity_answers()
            self._ready = (ready, time.monotonic())
        ready = ready and not self.hub.closing.is_set()
        return PlainTextResponse("ready\n" if ready else "identity does not answer\n", 200 if ready else 503)

    async def _identity_answers(self) -> bool:
        try:
            await self.upstream.call(
                "identity", self._identity, self._identity.request_type(), [], READY_SECONDS, repeatable=True
            )
        except grpc.aio.AioRpcError:
            return False
        return True


async def _transcoded(
    transcoder: Transcoder, binding: Binding, answer: Respond, call: Call, values: tuple[str, ...]
) -> Answer:
    incoming = await transcoder.incoming(call, binding, values)
    return await answer(call, binding, incoming)


def application(config: GatewayConfig, hub: Hub | None = None) -> ASGIApp:
    """The ASGI application: the API at once, everything else by Starlette's routes. `hub`: given by a server that ends live streams when it is told to stop."""
    catalog = Catalog()
    hub = hub or Hub(config.nats_url)
    common = headers.common(secure=config.secure)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gateway = Gateway(config, catalog, hub)
        app.state.gateway = gateway
        gateway.upstream.connect()
        hub.start(catalog.modules)
        yield
        await hub.close()
        await gateway.upstream.close()

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await others.state.gateway.api(scope, receive, send)

    async def ready(request: Request) -> Response:
        return await others.state.gateway.ready(request)  # type: ignore[no-any-return]

    async def form(request: Request) -> Response:
        gateway = others.state.gateway
        call = Call.of(request.scope, request.receive, gateway.addresses.of(request.scope))
        return await gateway.forms.answer(call, request.path_params["token"])  # type: ignore[no-any-return]

    others = Starlette(
        routes=[
            *pages(catalog, config.public_url, common),
            Mount("/api", api),
            Route("/healthz", lambda _request: PlainTextResponse("ok\n")),
            Route("/readyz", ready),
            Route("/f/{token}", form, methods=["GET", "POST"]),
            Mount("/", Web(config.web_root, common)),
        ],
        lifespan=lifespan,
    )

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        """Starlette's way there, three layers and a regular expression for each route, is a sixth of our own time."""
        answer = api if scope["type"] == "http" and scope["path"].startswith("/api/v1/") else others
        await answer(scope, receive, send)

    return door
