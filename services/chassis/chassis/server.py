"""The gRPC server: one handler around every method, a bounded pool, health on a port of its own, a graceful end.

Around every method: a span, the RED metrics, authentication and permission from the contract, and errors as AIP-193
has them. What a handler raises and we do not know is logged with its trace, and the caller is told only the trace id.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.trace import SpanKind, Status, StatusCode

from chassis.authz.authenticator import Authenticator
from chassis.call import Call
from chassis.contract import permission_of, snake
from chassis.database.connection import translated
from chassis.errors import (
    InternalError,
    InvalidArgumentError,
    PermissionDeniedError,
    ServiceError,
    UnknownModuleError,
)
from chassis.telemetry import RPC_IN_FLIGHT, RPC_SECONDS, context_of, tracer
from chassis.texts import language_of

log = logging.getLogger(__name__)
Handler = Callable[[Call, Any], Message]
MOST_BYTES = 16 * 1024 * 1024
GRACE_SECONDS = 30.0
_OF_MODULE = "{module}."
# What a request may know already and this service not yet.
_MAY_BE_NEW = frozenset(
    {"UNKNOWN_FIELD", "UNKNOWN_MODULE", "FILTER_UNKNOWN_FIELD", "UNKNOWN_REFERENCE", "UNKNOWN_CHOICE"}
)


class Method:
    """One RPC: its contract and its handler."""

    def __init__(self, descriptor: MethodDescriptor, handler: Handler, authenticator: Authenticator) -> None:
        self.name = f"{descriptor.containing_service.full_name}/{descriptor.name}"
        self.permission = permission_of(descriptor)
        # Of a method for all modules that organizations make: what it needs of the request's.
        self._operation = self.permission.removeprefix(_OF_MODULE) if self.permission.startswith(_OF_MODULE) else ""
        self._handler = handler
        self._authenticator = authenticator
        self._request_class = message_factory.GetMessageClass(descriptor.input_type)
        # Read in `invoke`, by who may call at all: bytes that are no message are the caller's fault, not INTERNAL.
        self.grpc: grpc.RpcMethodHandler[bytes, Message] = grpc.unary_unary_rpc_method_handler(
            self.invoke, response_serializer=_serialize
        )

    def invoke(self, data: bytes, context: grpc.ServicerContext) -> Message | None:
        """Handle one request."""
        started = time.perf_counter()
        metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
        code = "OK"
        RPC_IN_FLIGHT.inc()
        parent = context_of(metadata.get("traceparent", ""))
        with tracer.start_as_current_span(
            self.name, context=parent, kind=SpanKind.SERVER, record_exception=False
        ) as span:
            try:
                remaining, peer = context.time_remaining(), _host(context.peer())
                needed = "self" if self._operation else self.permission
                begin = partial(self._authenticator.call, needed, self.name, metadata, remaining, peer)
                return self._answer(begin, data, context)
            except ServiceError as error:
                code = error.code.name
                _refuse(context, error, language_of(metadata.get("accept-language", "")))
            except Exception as error:
                code = "INTERNAL"
                log.exception("%s failed", self.name)
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                _refuse(context, InternalError(), language_of(metadata.get("accept-language", "")))
            finally:
                span.set_attribute("rpc.response.status_code", code)
                RPC_IN_FLIGHT.dec()
                RPC_SECONDS.labels(self.name, code).observe(time.perf_counter() - started)
        return None

    def _answer(self, begin: Callable[[], Call], data: bytes, context: grpc.ServicerContext) -> Message:
        """The handler's answer; where the request knows a definition or a member that this service did not, a second."""
        call = begin()
        request = self._read(data)
        try:
            return self._handled(call, request, context)
        except (InvalidArgumentError, UnknownModuleError) as error:
            known = isinstance(error, InvalidArgumentError)
            if known and not any(violation.reason in _MAY_BE_NEW for violation in error.violations):
                raise
            if not self._authenticator.newer(call):
                raise
        return self._handled(begin(), request, context)

    def _handled(self, call: Call, request: Message, context: grpc.ServicerContext) -> Message:
        context.add_callback(call.cancellation.caller_has_gone)
        if self._operation:
            self._admit(call, request)
        with translated():  # what a handler does without an organization is not yet
            return self._handler(call, request)

    def _admit(self, call: Call, request: Any) -> None:
        """Whether there is the module that the request means, and the caller may do this with it."""
        if request.module not in call.organization.modules:
            raise UnknownModuleError
        if not call.access.allows(f"{request.module}.{self._operation}"):
            raise PermissionDeniedError

    def _read(self, data: bytes) -> Message:
        try:
            return self._request_class.FromString(data)
        except DecodeError as error:
            raise InvalidArgumentError from error


def _host(peer: str) -> str:
    """The address in `ipv4:127.0.0.1:50051` or `ipv6:%5B::1%5D:50051`."""
    return peer.partition(":")[2].rpartition(":")[0].replace("%5B", "").replace("%5D", "")


def _serialize(message: Message | None) -> bytes:
    return message.SerializeToString() if message is not None else b""


def _refuse(context: grpc.ServicerContext, error: ServiceError, language: str) -> None:
    status = error.status(language)
    context.set_code(error.code)
    # The header is ASCII on the wire; gRPC percent-encodes it, and the details carry the text as it is.
    context.set_details(status.message)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))


class Router:
    """Collects handlers, and refuses a service some of whose methods have none."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self.services: dict[str, dict[str, Method]] = {}

    def add(self, service: ServiceDescriptor, handlers: Mapping[str, Handler], servicer: object = None) -> None:
        """Add a service: standard handlers by RPC name, the others as methods of `servicer`, named in snake case."""
        methods = {}
        for descriptor in service.methods:
            handler = getattr(servicer, snake(descriptor.name), None) or handlers.get(descriptor.name)
            if handler is None:
                raise TypeError(f"{service.full_name}.{descriptor.name} has no handler")
            methods[descriptor.name] = Method(descriptor, handler, self._authenticator)
        self.services[service.full_name] = methods


class Server:
    """One process' gRPC server."""

    def __init__(self, router: Router, listen: str, health_listen: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="rpc")
        self._server = grpc.server(
            self._pool,
            # Beyond a short queue a request is shed at once: waiting longer than its deadline helps nobody.
            maximum_concurrent_rpcs=threads * 8,
            options=[
                ("grpc.max_receive_message_length", MOST_BYTES),
                ("grpc.max_send_message_length", MOST_BYTES),
                ("grpc.max_connection_age_ms", 300_000),
                ("grpc.max_connection_age_grace_ms", 30_000),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
                ("grpc.so_reuseport", 0),
            ],
        )
        for name, methods in router.services.items():
            handlers = {method: item.grpc for method, item in methods.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
        self.port = self._server.add_insecure_port(listen)
        self._health = health.HealthServicer()
        self._health_server = grpc.server(ThreadPoolExecutor(2, thread_name_prefix="health"))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._health_server)
        self.health_port = self._health_server.add_insecure_port(health_listen)
        self._stopped = threading.Event()

    def start(self, *, requests: bool = True) -> None:
        """Begin to serve; a worker serves health alone. Liveness is the empty service name; readiness is `ready`."""
        if requests:
            self._server.start()
        self._health_server.start()
        self.set_ready(True)

    def set_ready(self, ready: bool) -> None:
        """What the readiness probe is told."""
        state = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        self._health.set("ready", state)

    def stop(self, *, pause: float = 0.2, grace: float = GRACE_SECONDS) -> None:
        """Say NOT_SERVING, let callers notice, finish what is under way, then end."""
        self.set_ready(False)
        self._stopped.wait(pause)
        self._server.stop(grace).wait()
        self._health_server.stop(0).wait()
        self._pool.shutdown(wait=False)
