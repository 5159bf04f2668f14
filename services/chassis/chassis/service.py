"""A service put together: `app.py` of each names its resources, servicers and subscriptions; here they are wired.

python -m customers serve | work | run | migrate | replay [--since 2026-11-01T00:00:00Z]
                    | dead-letters [list | replay | drop] [--id EVENT]
"""

import asyncio
import logging
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from chassis import telemetry
from chassis.authz.authenticator import Authenticator, Revocations
from chassis.authz.identity import Identity
from chassis.authz.organization import IN_SNAPSHOT
from chassis.authz.snapshots import SESSIONS, SOURCES, ControlPlane
from chassis.authz.tokens import Verifier
from chassis.boards.servicer import BoardServicer
from chassis.call import Call
from chassis.changes import ChangeServicer
from chassis.config import ConfigError, MigrateConfig, ServiceConfig
from chassis.contract import all_resources, grpc_service_of, own_modules
from chassis.database.connection import Database
from chassis.database.controlplane import CHANNEL, REVOKED, DatabaseSnapshots, tell_of_endings
from chassis.database.listener import Listener
from chassis.database.migrations import upgrade
from chassis.events import deadletters
from chassis.events.deadletters import DeadLetters
from chassis.events.relay import rewind
from chassis.events.subscriptions import Handler, Subscription
from chassis.explain import AccessServicer
from chassis.exports import ExportServicer, run_export
from chassis.files import FileStore
from chassis.files.servicer import FileServicer
from chassis.handover import BEGUN, KIND, HandOverServicer, begin_hand_over, run_hand_over
from chassis.imports import ImportServicer, run_import
from chassis.jobs import JobKind
from chassis.massedits import KIND as MASS_EDIT
from chassis.massedits import MassEditServicer, run_mass_edit
from chassis.merges import KIND as MERGE_MOVE
from chassis.merges import TIMER as MERGE_SWEEP
from chassis.merges import (
    MergeServicer,
    Mover,
    concerned,
    event_of,
    follow_merges,
    hear,
    progress_of,
    run_moving,
    sweep,
)
from chassis.modules import Modules, Types
from chassis.parts import ExportSource
from chassis.peers import Peers
from chassis.personal.servicer import StarServicer
from chassis.resources.paging import Pager
from chassis.resources.records import Records
from chassis.resources.references import References
from chassis.resources.refs import follow
from chassis.resources.resource import Resource
from chassis.resources.standard import OwnModuleMethods, StandardMethods
from chassis.search import SearchServicer
from chassis.server import Router, Server
from chassis.timers import TimerHandler
from chassis.worker import Worker

log = logging.getLogger(__name__)


@dataclass
class Service:
    """One service: what it is made of, and the machinery around it."""

    name: str
    config: ServiceConfig
    resources: Sequence[Resource] = ()
    subscriptions: list[Subscription] = field(default_factory=list)
    timers: dict[str, TimerHandler] = field(default_factory=dict)
    jobs: dict[str, JobKind] = field(default_factory=dict)
    loops: list[Callable[[], bool]] = field(default_factory=list)
    exports: dict[str, ExportSource] = field(default_factory=dict)
    # What moves with merged records and is no record itself.
    movers: list[Mover] = field(default_factory=list)
    identity: Identity | None = None
    own_database: InitVar[Database | None] = None
    addresses: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self, own_database: Database | None) -> None:
        config = self.config
        self.database = own_database or serving_database(self.name, config)
        self.worker_database = Database(
            config.worker_database_url, config.work_threads, application=f"{self.name}-work"
        )
        self.files = FileStore(config.object_store)
        self.peers = Peers({"identity": config.identity_address, **self.addresses}, config.service_token)
        identity = self.identity or self.peers
        self.control_plane = ControlPlane(
            identity.snapshot, DatabaseSnapshots(self.database), poll_seconds=identity.poll_seconds
        )
        self.revocations = Revocations(identity.revocations, identity.poll_seconds)
        authenticator = Authenticator(
            Verifier(identity.signing_keys),
            self.control_plane,
            self.revocations,
            config.service_token,
            identity.exchange,
        )
        self.router = Router(authenticator)
        pager = Pager(config.service_token)
        self.local = Types(self.resources)
        references = References(self.local, self.peers.ask)
        self.records = Modules(self.local, lambda resource: Records(resource, self.database, references, pager))
        self._unmounted = {resource.contract.grpc_service.full_name: resource for resource in self.resources}

    def mount(self, name: str, servicer: object = None) -> None:
        """Add a gRPC service, such as `OpportunityService`, or one of another package by its full name.

        A resource's standard methods need no method in the servicer.
        """
        full_name = name if "." in name else f"guanxi.{self.name}.v1.{name}"
        resource = self._unmounted.pop(full_name, None)
        handlers = self._standard(resource) if resource else {}
        self.router.add(grpc_service_of(full_name), handlers, servicer)

    def _standard(self, resource: Resource) -> Mapping[str, Callable[[Call, Any], Message]]:
        if resource.contract.options.own_modules:
            return OwnModuleMethods(self.records).handlers
        return StandardMethods(self.records[resource.module]).handlers

    def subscribe(self, consumer: str, resources: Sequence[str], handler: Handler) -> None:
        """Have events of these resources handled; `consumer` is a name that never changes."""
        self.subscriptions.append(Subscription(consumer, tuple(resources), handler))

    def complete(self) -> "Service":
        """Mount the rooms that every service has, and what was not mounted by hand; call it once, last."""
        self.mount(
            "guanxi.changes.v1.ChangeService",
            ChangeServicer(self.database, self.records, self.control_plane.system_call),
        )
        self.mount("guanxi.search.v1.SearchService", SearchServicer(self.records))
        self.mount("guanxi.files.v1.FileService", FileServicer(self.name, self.database, self.files, self.records))
        self.mount("guanxi.imports.v1.ImportService", ImportServicer(self))
        self.mount("guanxi.exports.v1.ExportService", ExportServicer(self))
        self.mount("guanxi.massedits.v1.MassEditService", MassEditServicer(self))
        self.mount("guanxi.merges.v1.MergeService", MergeServicer(self))
        self.mount("guanxi.boards.v1.BoardService", BoardServicer(self))
        self.mount("guanxi.personal.v1.StarService", StarServicer(self))
        self.mount("guanxi.access.v1.AccessService", AccessServicer(self.records))
        self.mount("guanxi.handover.v1.HandOverService", HandOverServicer(self))
        self.jobs["import"] = JobKind(run_import(self), "import")
        self.jobs["export"] = JobKind(run_export(self), "export")
        self.jobs[KIND] = JobKind(run_hand_over(self), "assign")
        self.jobs[MASS_EDIT] = JobKind(run_mass_edit(self), "view")
        self.jobs[MERGE_MOVE] = JobKind(run_moving(self, self.movers), "")
        self.timers[MERGE_SWEEP] = sweep
        for full_name in list(self._unmounted):
            self.mount(full_name)
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
            self.all_subscriptions(),
            self.timers,
            self.jobs,
            self.loops,
        )

    def all_subscriptions(self) -> list[Subscription]:
        """Its own, and those that keep what it knows of others level."""
        following = [*self._follow_references(), *self._follow_control_plane(), *self._follow_hand_overs()]
        return [*self.subscriptions, *following, *self._follow_merges()]

    def _follow_references(self) -> list[Subscription]:
        """One consumer that keeps `ref` level with the owners of what is referred to."""
        foreign = {kind for resource in self.resources for kind in resource.references.values()}
        foreign -= IN_SNAPSHOT.keys() | {resource.type for resource in self.resources}
        known = sorted(foreign & all_resources().keys())
        if self.local.shared is None and any(resource.has_custom for resource in self.resources):
            known.append(own_modules().type)  # fields that organizations add refer to records of theirs
        return [Subscription(f"{self.name}-references", tuple(known), follow)] if known else []

    def _follow_control_plane(self) -> list[Subscription]:
        """What keeps the snapshots, and the tokens that are void, level with identity, which reads its own tables."""
        if self.identity is not None:
            return []
        return [
            Subscription(f"{self.name}-control-plane", SOURCES, self.control_plane.follow),
            Subscription(f"{self.name}-endings", SESSIONS, tell_of_endings),
        ]

    def _follow_hand_overs(self) -> list[Subscription]:
        """One consumer that gives a leaver's records to the successor, where records belong to users."""
        if not any(resource.owned for resource in self.resources):
            return []
        return [Subscription(f"{self.name}-hand-over", (BEGUN,), begin_hand_over(self))]

    def _follow_merges(self) -> list[Subscription]:
        """One consumer of other services' merges, and one of how far others are with this one's."""
        name = self.name
        merging = {item.type: item.service for item in all_resources().values() if item.options.mergeable}
        made = {event_of(owner) for kind, owner in merging.items() if owner != name and name in concerned(kind)}
        asked = {service for kind, owner in merging.items() if owner == name for service in concerned(kind)} - {name}
        news = {progress_of(service) for service in asked}
        found = [
            Subscription(f"{self.name}-merges", tuple(sorted(made)), follow_merges(self)),
            Subscription(f"{self.name}-merge-progress", tuple(sorted(news)), hear(name)),
        ]
        return [each for each in found if each.resources]

    def listener(self) -> Listener:
        """Hears of new snapshots that another process of the service has kept, and of void tokens; not started yet."""
        # Who has just changed something at identity is answered by what it is now; elsewhere nobody waits for it.
        news = self.control_plane.kept if self.identity is None else self.control_plane.forget
        handlers = {
            CHANNEL: lambda org_id: news(uuid.UUID(org_id)),
            REVOKED: lambda _: self.revocations.forget(),
        }
        return Listener(self.config.database_url, handlers, self.control_plane.forget_all)

    def close(self) -> None:
        """Let go of connections."""
        self.peers.close()
        self.database.dispose()
        self.worker_database.dispose()


def serving_database(name: str, config: ServiceConfig) -> Database:
    """The database as the part of a service that answers requests sees it."""
    return Database(config.database_url, config.threads, application=f"{name}-serve")


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
        if command == "dead-letters":
            return _dead_letters(build(config.from_environment()), arguments[1:])
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
    usage = f"usage: python -m {name} serve | work | run | migrate | replay [--since TIME] | dead-letters{more}"
    print(usage, file=sys.stderr)  # noqa: T201 - a command line
    return 2


def _replay(config: ServiceConfig, arguments: list[str]) -> int:
    since = datetime.fromisoformat(arguments[1]) if len(arguments) == 2 and arguments[0] == "--since" else None
    database = Database(config.worker_database_url, 1)
    print(f"publishing again from event {rewind(database, since=since) + 1}")  # noqa: T201 - a command line
    database.dispose()
    return 0


def _dead_letters(service: Service, arguments: list[str]) -> int:
    letters = DeadLetters(service.worker_database, service.all_subscriptions(), service.control_plane.system_call)
    try:
        return deadletters.run(letters, arguments, service.name)
    finally:
        service.close()


def _run(service: Service, command: str) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = service.server()
    server.start(requests=command != "work")
    listener = service.listener()
    listener.start()
    if command in ("serve", "run"):
        log.info("%s serves on port %d", service.name, server.port)
    if command in ("work", "run"):
        asyncio.run(_work(service.worker(), stopping))
    else:
        stopping.wait()
    server.stop()
    listener.stop()
    service.close()
    telemetry.flush()


async def _work(worker: Worker, stopping: threading.Event) -> None:
    ended = asyncio.Event()

    async def watch() -> None:
        await asyncio.to_thread(stopping.wait)  # a signal handler sets it
        ended.set()

    await asyncio.gather(watch(), worker.run(ended))
