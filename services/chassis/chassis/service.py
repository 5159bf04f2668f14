"""A service put together: `app.py` of each names its resources, servicers and subscriptions; here they are wired.

python -m customers serve | work | run | migrate | replay [--since 2026-11-01T00:00:00Z]
"""

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from chassis import telemetry
from chassis.authz.authenticator import Authenticator, Revocations
from chassis.authz.snapshots import ControlPlane
from chassis.authz.tokens import Verifier
from chassis.changes import ChangeServicer
from chassis.config import ConfigError, MigrateConfig, ServiceConfig
from chassis.contract import all_resources
from chassis.database.connection import Database
from chassis.database.controlplane import DatabaseSnapshots
from chassis.database.migrations import upgrade
from chassis.events.relay import rewind
from chassis.events.subscriptions import Subscription
from chassis.exports import ExportServicer, run_export
from chassis.files import FileStore
from chassis.files.servicer import FileServicer
from chassis.imports import ImportServicer, run_import
from chassis.jobs import JobHandler
from chassis.peers import Peers
from chassis.resources.paging import Pager
from chassis.resources.references import FROM_SNAPSHOT, References
from chassis.resources.refs import follow
from chassis.resources.resource import Resource
from chassis.resources.standard import StandardMethods
from chassis.search import SearchServicer
from chassis.server import Router, Server
from chassis.timers import TimerHandler
from chassis.worker import Worker
from guanxi.changes.v1 import changes_pb2
from guanxi.exports.v1 import exports_pb2
from guanxi.files.v1 import files_pb2
from guanxi.imports.v1 import imports_pb2
from guanxi.search.v1 import search_pb2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Where keys, snapshots and revocations come from: of peers, or in identity itself from its own tables."""

    signing_keys: Callable[[], Mapping[str, bytes]]
    snapshot: Callable[..., Any]
    revocations: Callable[[], set[str]]
    exchange: Callable[[str], tuple[str, int]]
    # Where a revocation or a new snapshot must be seen at once, the poll is short.
    poll_seconds: float = 15.0


IdentitySource = Callable[["Service"], Identity]


@dataclass
class Service:
    """One service: what it is made of, and the machinery around it."""

    name: str
    config: ServiceConfig
    resources: Sequence[Resource] = ()
    subscriptions: Sequence[Subscription] = ()
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    jobs: dict[str, JobHandler] = field(default_factory=dict)
    loops: list[Callable[[], bool]] = field(default_factory=list)
    identity: IdentitySource | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = self.config
        self.database = Database(config.database_url, config.threads, application=f"{self.name}-serve")
        self.worker_database = Database(
            config.worker_database_url, config.work_threads, application=f"{self.name}-work"
        )
        self.files = FileStore(config.object_store)
        self.peers = Peers({"identity": config.identity_address, **self.addresses}, config.service_token)
        source = self.identity(self) if self.identity else _remote(self.peers)
        self.control_plane = ControlPlane(
            source.snapshot, DatabaseSnapshots(self.database), poll_seconds=source.poll_seconds
        )
        authenticator = Authenticator(
            Verifier(source.signing_keys),
            self.control_plane,
            Revocations(source.revocations, source.poll_seconds),
            config.service_token,
            source.exchange,
        )
        self.router = Router(authenticator)
        local = {resource.type: resource for resource in self.resources}
        references = References(local, self.peers.ask)
        pager = Pager(config.service_token)
        self.methods = {
            resource.module: StandardMethods(resource, self.database, self.control_plane, references, pager)
            for resource in self.resources
        }
        self._mounted: set[str] = set()

    def mount(self, service: ServiceDescriptor, servicer: object) -> None:
        """Add a gRPC service; the standard methods of its resource need no method in the servicer."""
        handlers: dict[str, Any] = {}
        for methods in self.methods.values():
            if methods.resource.contract.grpc_service.full_name == service.full_name:
                handlers = methods.handlers
        self.router.add(service, handlers, servicer)
        self._mounted.add(service.full_name)

    def _mount_shared(self) -> None:
        """The rooms that every service has."""
        self.mount(
            changes_pb2.DESCRIPTOR.services_by_name["ChangeService"], ChangeServicer(self.database, self.methods)
        )
        self.mount(search_pb2.DESCRIPTOR.services_by_name["SearchService"], SearchServicer(self.methods))
        self.mount(
            files_pb2.DESCRIPTOR.services_by_name["FileService"], FileServicer(self.name, self.database, self.files)
        )
        self.mount(imports_pb2.DESCRIPTOR.services_by_name["ImportService"], ImportServicer(self))
        self.mount(exports_pb2.DESCRIPTOR.services_by_name["ExportService"], ExportServicer(self))
        self.jobs["import"] = run_import(self)
        self.jobs["export"] = run_export(self)

    def complete(self) -> "Service":
        """Mount what was not mounted by hand; call it once, last."""
        self._mount_shared()
        for methods in self.methods.values():
            descriptor = methods.resource.contract.grpc_service
            if descriptor.full_name not in self._mounted:
                self.mount(descriptor, None)
        return self

    def server(self) -> Server:
        """The gRPC server, not started yet."""
        return Server(self.router, self.config.listen, self.config.health_listen, self.config.threads)

    def worker(self) -> Worker:
        """The worker, not started yet."""
        return Worker(
            self.name,
            self.config,
            self.worker_database,
            self.control_plane,
            [*self.subscriptions, *self._follow_references()],
            self.timers,
            self.jobs,
            self.loops,
        )

    def _follow_references(self) -> list[Subscription]:
        """One consumer that keeps `ref` level with the owners of what is referred to."""
        foreign = {kind for resource in self.resources for kind in resource.references.values()}
        foreign -= FROM_SNAPSHOT | {resource.type for resource in self.resources}
        known = tuple(sorted(foreign & all_resources().keys()))
        return [Subscription(f"{self.name}-references", known, follow)] if known else []

    def close(self) -> None:
        """Let go of connections."""
        self.peers.close()
        self.database.dispose()
        self.worker_database.dispose()


def _remote(peers: Peers) -> Identity:
    return Identity(peers.signing_keys, peers.snapshot, peers.revocations, peers.exchange)


def main(
    name: str,
    config: type[ServiceConfig],
    build: Callable[[Any], Service],
    migrations: Path,
    arguments: list[str],
    commands: Mapping[str, Callable[[list[str]], int]] | None = None,
) -> int:
    """The command line of a service; returns the exit code. `commands` are the service's own, beside those of all."""
    commands = commands or {}
    command = arguments[0] if arguments else ""
    try:
        if command == "migrate":
            upgrade(MigrateConfig.from_environment().owner_database_url, migrations)
            return 0
        if command == "replay":
            return _replay(config.from_environment(), arguments[1:])
        if command in ("serve", "work", "run"):
            settings = config.from_environment()
            telemetry.set_up(name, settings)
            _run(build(settings), command)
            return 0
        if command in commands:
            return commands[command](arguments[1:])
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line
        return 2
    more = "".join(f" | {each}" for each in commands)
    print(f"usage: python -m {name} serve | work | run | migrate | replay [--since TIME]{more}", file=sys.stderr)  # noqa: T201 - a command line
    return 2


def _replay(config: ServiceConfig, arguments: list[str]) -> int:
    since = datetime.fromisoformat(arguments[1]) if len(arguments) == 2 and arguments[0] == "--since" else None
    database = Database(config.worker_database_url, 1)
    print(f"publishing again from event {rewind(database, since=since) + 1}")  # noqa: T201 - a command line
    database.dispose()
    return 0


def _run(service: Service, command: str) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = service.server()
    server.start(requests=command != "work")
    if command in ("serve", "run"):
        log.info("%s serves on port %d", service.name, server.port)
    if command in ("work", "run"):
        asyncio.run(_work(service.worker(), stopping))
    else:
        stopping.wait()
    server.stop()
    service.close()
    telemetry.flush()


async def _work(worker: Worker, stopping: threading.Event) -> None:
    ended = asyncio.Event()

    async def watch() -> None:
        while not stopping.is_set():  # noqa: ASYNC110 - a signal handler sets a thread's event
            await asyncio.sleep(0.1)
        ended.set()

    await asyncio.gather(watch(), worker.run(ended))
