"""A real server of one service on a free port, with a real database, and organizations made for each test.

Tokens are signed with a key of the test's own and snapshots are given by the test: that is what identity would send.
"""

import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf import message_factory
from google.rpc import error_details_pb2, status_pb2
from typing_extensions import override

from chassis.authz.identity import Identity
from chassis.authz.tokens import Claims, sign
from chassis.config import ServiceConfig
from chassis.contract import all_methods
from chassis.database.schema import outbox
from chassis.ids import uuid7
from chassis.jobs import JobKind, JobRunner
from chassis.service import Service
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import control_plane_pb2, custom_fields_pb2, custom_modules_pb2, roles_pb2
from guanxi.notices.v1 import notices_pb2
from tests.support.postgres import Database

SERVICE_TOKEN = "test-service-token"
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


@dataclass
class Tenant:
    """An organization of one test: its snapshot, and tokens for its users."""

    id: uuid.UUID = field(default_factory=uuid7)
    snapshot: control_plane_pb2.Snapshot = field(default_factory=control_plane_pb2.Snapshot)
    admin: uuid.UUID = field(default_factory=uuid7)

    def __post_init__(self) -> None:
        self.snapshot.organization_id = str(self.id)
        self.snapshot.version = 1
        self.snapshot.name, self.snapshot.time_zone = "测试公司", "Asia/Shanghai"
        self.snapshot.currency, self.snapshot.language = "USD", "en"
        self.role("administrator", [("*", "*", "all")])
        self.user("Admin", "administrator", user_id=self.admin)

    def role(
        self, key: str, grants: list[tuple[str, str, str]], rules: list[tuple[str, str, str]] | None = None
    ) -> str:
        """Add a role; returns its id."""
        role = roles_pb2.Role(id=str(uuid7()), name=key, key=key)
        role.grants.extend(roles_pb2.Grant(module=m, operation=o, scope=s) for m, o, s in grants)
        role.field_rules.extend(roles_pb2.FieldRule(module=m, field=f, access=a) for m, f, a in rules or [])
        self.snapshot.roles.append(role)
        self.snapshot.version += 1
        return role.id

    def user(self, name: str, *roles: str, team: str = "", user_id: uuid.UUID | None = None) -> uuid.UUID:
        """Add an active member with these roles (by key)."""
        made = user_id or uuid7()
        ids = [role.id for role in self.snapshot.roles if role.key in roles]
        self.snapshot.members.append(
            control_plane_pb2.Member(id=str(made), name=name, team_id=team, role_ids=ids, active=True)
        )
        self.snapshot.version += 1
        return made

    def team(self, name: str, parent: str = "", manager: uuid.UUID | None = None) -> str:
        """Add a team; returns its id."""
        node = control_plane_pb2.TeamNode(id=str(uuid7()), name=name, parent_id=parent, manager_id=str(manager or ""))
        self.snapshot.teams.append(node)
        self.snapshot.version += 1
        return node.id

    def custom_field(self, module: str, key: str, kind: str, **more: Any) -> None:
        """Define a custom field."""
        self.snapshot.custom_fields.append(
            custom_fields_pb2.CustomField(id=str(uuid7()), module=module, key=key, kind=kind, **more)
        )
        self.snapshot.version += 1

    def custom_module(self, key: str, **more: Any) -> str:
        """Make a module; returns what it is called."""
        self.snapshot.custom_modules.append(custom_modules_pb2.CustomModule(id=str(uuid7()), key=key, **more))
        self.snapshot.version += 1
        return f"c_{key}"

    def token(self, user_id: uuid.UUID | None = None, *, seconds: int = 300, session: str = "s") -> str:
        """An access token."""
        claims = Claims(
            user_id or self.admin, self.id, session, "user", self.snapshot.version, int(time.time()) + seconds
        )
        return sign("test", KEY, claims)


class Tenants:
    """Every organization that tests of this process made; what identity would answer."""

    def __init__(self) -> None:
        self.known: dict[uuid.UUID, Tenant] = {}
        self.revoked: set[str] = set()

    def make(self, org_id: uuid.UUID | None = None, admin: uuid.UUID | None = None) -> Tenant:
        """A new organization with one administrator, of these ids where identity has made them."""
        tenant = Tenant(org_id or uuid7(), admin=admin or uuid7())
        self.known[tenant.id] = tenant
        return tenant

    @property
    def identity(self) -> Identity:
        """The source of keys and snapshots for services under test."""
        return StandInIdentity(self)


class StandInIdentity(Identity):
    """What identity would answer, of the organizations that the tests made."""

    poll_seconds = 0.05

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    @override
    def signing_keys(self) -> dict[str, bytes]:
        return {"test": PUBLIC}

    @override
    def snapshot(self, org_id: uuid.UUID, known_version: int) -> control_plane_pb2.Snapshot | None:
        kept = self._tenants.known[org_id].snapshot
        if kept.version <= known_version:
            return None
        copy = control_plane_pb2.Snapshot()
        copy.CopyFrom(kept)
        return copy

    @override
    def revocations(self) -> set[str]:
        return self._tenants.revoked

    @override
    def exchange(self, token: str) -> tuple[str, int]:
        return "", 1


class Client:
    """Calls RPCs by their short name, such as `CreateAccount`, as one user."""

    def __init__(self, port: int, token: str = "", *, service_token: str = "", language: str = "en") -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._port = port
        self.metadata = [("accept-language", language)]
        if token:
            self.metadata.append(("authorization", f"Bearer {token}"))
        if service_token:
            self.metadata.append(("x-guanxi-service-token", service_token))

    def call(self, name: str, /, *, timeout: float = 20, **fields: Any) -> Any:
        """Call an RPC with a request made of `fields`. Raises Refused."""
        method = METHODS[name]
        request = message_factory.GetMessageClass(method.input_type)(**fields)
        answer = message_factory.GetMessageClass(method.output_type)
        invoke = self._channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        try:
            return invoke(request, timeout=timeout, metadata=tuple(self.metadata))
        except grpc.RpcError as error:
            raise Refused(error) from None

    def close(self) -> None:
        self._channel.close()


METHODS = {method.name: method for method in all_methods()}


class Refused(Exception):
    """An answer that is not success."""

    def __init__(self, error: Any) -> None:
        self.code: str = error.code().name
        self.message: str = error.details()
        self.reason = ""
        self.details: dict[str, str] = {}
        self.violations: list[tuple[str, str]] = []
        for item in error.trailing_metadata() or ():
            if item.key == "grpc-status-details-bin":
                self._read(status_pb2.Status.FromString(item.value))
        super().__init__(f"{self.code} {self.reason} {self.message} {self.violations}")

    def _read(self, status: status_pb2.Status) -> None:
        for detail in status.details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason, self.details = info.reason, dict(info.metadata)
            elif detail.Unpack(bad):
                self.violations = [(item.field, item.reason) for item in bad.field_violations]


@dataclass
class Running:
    """A service under test."""

    service: Service
    port: int
    tenants: Tenants

    def client(self, tenant: Tenant, user_id: uuid.UUID | None = None, **options: Any) -> Client:
        """A client that is one of the tenant's users; its administrator when none is named."""
        return Client(self.port, tenant.token(user_id), **options)


def config_of(database: Database, folder: Path, config: type[ServiceConfig] = ServiceConfig, **more: str) -> Any:
    """Settings of a service under test."""
    environment = {
        **database.environment(),
        "GUANXI_NATS_URL": "nats://127.0.0.1:1",
        "GUANXI_LISTEN": "127.0.0.1:0",
        "GUANXI_HEALTH_LISTEN": "127.0.0.1:0",
        "GUANXI_METRICS_LISTEN": "127.0.0.1:0",
        "GUANXI_SERVICE_TOKEN": SERVICE_TOKEN,
        "GUANXI_IDENTITY_ADDRESS": "127.0.0.1:1",
        "GUANXI_SALES_ADDRESS": "127.0.0.1:1",
        "GUANXI_OBJECT_STORE": f"file://{folder}/objects",
        "GUANXI_THREADS": "4",
        **more,
    }
    return config.from_environment(environment)


@contextmanager
def running(build: Callable[..., Service], config: ServiceConfig, tenants: Tenants | None = None) -> Iterator[Running]:
    """Start a service; `build` takes the configuration and `identity=`."""
    tenants = tenants or Tenants()
    service = build(config, identity=tenants.identity)
    server = service.server()
    server.start()
    try:
        yield Running(service, server.port, tenants)
    finally:
        server.stop(pause=0, grace=1)
        service.close()


def runner_of(service: Service, kinds: Mapping[str, JobKind] | None = None, *, at_once: int = 1) -> JobRunner:
    """Runs the service's jobs, or of these kinds, when told to; tells nobody how far they are."""
    known, name = kinds or service.jobs, service.name
    return JobRunner(service.worker_database, service.control_plane, known, lambda *_: None, name, at_once)


def refused(call: Any, *arguments: Any, **fields: Any) -> Refused:
    """The refusal of a call that must fail."""
    try:
        call(*arguments, **fields)
    except Refused as refusal:
        return refusal
    raise AssertionError("the call was not refused")


def is_out(client: Client) -> bool:
    """Whether the session behind a client has ended."""
    try:
        client.call("GetCurrentSession")
    except Refused as error:
        return error.code == "UNAUTHENTICATED"
    return False


def free_port() -> int:
    """A port that nobody listens on: for who must be known by address before it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def notices_of(running: Running, tenant: Tenant) -> list[notices_pb2.Notice]:
    """What a service has said that people are to be told of, oldest first."""
    said = sa.select(outbox.c.payload).where(
        outbox.c.org_id == tenant.id, outbox.c.resource == f"{running.service.name}.Notice"
    )
    with running.service.worker_database.work() as connection:
        events = [events_pb2.Event.FromString(row.payload) for row in connection.execute(said.order_by(outbox.c.id))]
    found = []
    for event in events:
        for change in event.changes:
            notice = notices_pb2.Notice()
            change.after.Unpack(notice)
            found.append(notice)
    return found
