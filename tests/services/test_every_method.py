"""What every RPC of every service must hold, read from the descriptors: a new RPC is proved without another line."""

import random
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import sqlalchemy as sa
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.json_format import MessageToDict

from chassis.authz.access import OPERATIONS
from chassis.contract import OWN_PREFIX, all_methods, all_resources, own_modules, permission_of
from chassis.ids import uuid7
from local.plan import SERVICES
from tests.services.harness import SERVICE_TOKEN, Client, Refused, config_of, free_port, running
from tests.support.house import engagement_settings, house_of
from tests.support.requests import (
    OWN_MODULE,
    Maker,
    contract_inside,
    id_paths,
    is_of_own_modules,
    new,
    nonsense,
    put,
)

if TYPE_CHECKING:
    from local.inbox import MailSink
    from tests.support.postgres import Database

SHARED = {
    "access",
    "boards",
    "changes",
    "exports",
    "files",
    "handover",
    "imports",
    "massedits",
    "merges",
    "personal",
    "search",
}
SEEDS = 12
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}")


def places(method: MethodDescriptor) -> list[str]:
    """The services that have an RPC: its own, or all for the rooms that all have."""
    service = method.containing_service.file.package.split(".")[1]
    return list(SERVICES) if service in SHARED else [service]


EVERYWHERE = [(service, method) for method in all_methods() for service in places(method)]
each_method = pytest.mark.parametrize(
    ("service", "method"),
    EVERYWHERE,
    ids=[f"{service}-{method.containing_service.name}.{method.name}" for service, method in EVERYWHERE],
)


@dataclass
class Party:
    """An organization: tokens of its administrator and of somebody without rights, in every service."""

    org_id: str
    admin_id: str
    admins: dict[str, str] = field(default_factory=dict)
    nobodies: dict[str, str] = field(default_factory=dict)
    # Type of what was made → id.
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class System:
    """All services, and two organizations in them."""

    ports: dict[str, int]
    databases: dict[str, "Database"]
    mine: Party
    # Organizations of strangers: one whose ids are only asked for, three whose ids are tried for records of one's own.
    others: list[Party]

    @property
    def theirs(self) -> Party:
        """A stranger's organization."""
        return self.others[0]

    def invoke(self, service: str, method: MethodDescriptor, request: bytes, token: str = "") -> Any:
        """Send bytes to an RPC. Raises Refused."""
        metadata = [("accept-language", "en")]
        if token:
            metadata.append(("authorization", f"Bearer {token}"))
        if permission_of(method) in ("service", "public") and token:
            metadata.append(("x-guanxi-service-token", SERVICE_TOKEN))
        with grpc.insecure_channel(f"127.0.0.1:{self.ports[service]}") as channel:
            path = f"/{method.containing_service.full_name}/{method.name}"
            answer = new(method.output_type)
            try:
                invoke: Any = channel.unary_unary(path)
                answer.ParseFromString(invoke(request, timeout=30, metadata=tuple(metadata)))
            except grpc.RpcError as error:
                raise Refused(error) from None
        return answer

    def maker(self, party: Party) -> Maker:
        """Makes requests that are valid for a party."""
        return Maker(lambda kind: party.ids.get(kind, ""))

    def code(self, service: str, method: MethodDescriptor, request: bytes, token: str = "") -> str:
        """The status of the answer."""
        try:
            self.invoke(service, method, request, token)
        except Refused as refused:
            return refused.code
        return "OK"

    def fill(self, party: Party) -> None:
        """One record of every resource, a file, and one of all else that has an id of its own."""
        party.ids |= {"identity.User": party.admin_id, "identity.Organization": party.org_id}
        for _ in range(3):  # references first, in whatever order the descriptors have them
            for method in all_methods():
                service = method.containing_service.file.package.split(".")[1]
                made = [contract_inside(item) for item in method.input_type.fields]
                contract = next((item for item in made if item), None)
                if method.name.startswith("Create") and contract and contract.type not in party.ids:
                    request = self.maker(party).request(method).SerializeToString()
                    try:
                        answer = self.invoke(service, method, request, party.admins[service])
                    except Refused:
                        continue
                    party.ids[contract.type] = answer.id
        client = Client(self.ports["customers"], party.admins["customers"])
        file = client.call("CreateFile", name="a.csv")
        client.call("AppendFile", id=file.id, data=b"name\nA\n")
        client.call("CompleteFile", id=file.id)
        party.ids["file"] = file.id
        party.ids["import"] = client.call("CreateImport", module="accounts", file_id=file.id).id
        party.ids["export"] = client.call("CreateExport", module="accounts", fields=["name"]).id
        identity = Client(self.ports["identity"], party.admins["identity"])
        party.ids["token"] = identity.call("CreateApiToken", name="t").api_token.id
        for made_client in (client, identity):
            made_client.close()


@pytest.fixture(scope="module")
def system(
    service_database: "Callable[[str], Database]", tmp_path_factory: pytest.TempPathFactory, mail_sink: "MailSink"
) -> Iterator[System]:
    """Everything, with real log-ins at identity and the harness' organizations elsewhere, of the same ids."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("every")
        house = stack.enter_context(house_of(service_database, folder, mail_sink))
        parties = []
        for _ in range(5):
            admin = house.sign_up()
            party = Party(admin.org_id, admin.user_id)
            party.admins["identity"] = admin.tokens.access_token
            nobody, _ = admin.member([])
            party.nobodies["identity"] = dict(nobody.metadata)["authorization"].removeprefix("Bearer ")
            parties.append(party)
        # Customers and sales refer to each other's records: one of them must be known before it is there.
        ports = {"identity": house.port, "sales": free_port()}
        for service in sorted(SERVICES, key=lambda name: name != "customers"):
            if service == "identity":
                continue
            module = import_module(f"{service}.config").Config
            more = {
                f"GUANXI_{name.upper()}_ADDRESS": f"127.0.0.1:{ports.get(name, 1)}" for name in ("customers", "sales")
            }
            if service == "sales":
                more["GUANXI_LISTEN"] = more["GUANXI_SALES_ADDRESS"]
            if service == "engagement":
                more |= engagement_settings(mail_sink.url)
            config = config_of(service_database(service), folder / service, module, **more)
            started = stack.enter_context(running(import_module(f"{service}.app").build, config))
            ports[service] = started.port
            for party in parties:
                tenant = started.tenants.make(uuid.UUID(party.org_id), uuid.UUID(party.admin_id))
                tenant.role("nobody", [])
                tenant.custom_module(OWN_MODULE.removeprefix(OWN_PREFIX))
                party.admins[service] = tenant.token(seconds=3600)
                party.nobodies[service] = tenant.token(tenant.user("N", "nobody"), seconds=3600)
        databases = {service: service_database(service) for service in SERVICES}
        mine, *others = parties
        found = System(ports, databases, mine, others)
        for party in parties:
            found.fill(party)
        yield found


def test_all_made(system: System) -> None:
    """The tests below have a record of every resource to reach for."""
    assert {*all_resources(), own_modules().type} <= set(system.theirs.ids)


@each_method
def test_anonymous(system: System, service: str, method: MethodDescriptor) -> None:
    """Without a token every RPC is refused that is not public."""
    request = system.maker(system.theirs).request(method).SerializeToString()
    permission = permission_of(method)
    code = system.code(service, method, request)
    if permission == "service":
        assert "PERMISSION_DENIED" == code
    elif permission != "public":
        assert "UNAUTHENTICATED" == code


@pytest.mark.parametrize("service", SERVICES)
def test_without_the_right(system: System, service: str) -> None:
    """Who lacks the permission of an RPC is denied, and nothing in the database is another than before."""
    before = contents(system.databases[service])
    for where, method in EVERYWHERE:
        if where == service and permission_of(method).partition(".")[2] in OPERATIONS:
            request = system.maker(system.mine).request(method).SerializeToString()
            token = system.mine.nobodies[service]
            assert "PERMISSION_DENIED" == system.code(service, method, request, token), method.full_name
    after = contents(system.databases[service])
    # `snapshots` is this service's copy of identity's word on rights, kept for when identity is away.
    assert [] == [table for table, rows in after.items() if rows != before[table] and table != "snapshots"]


def contents(database: "Database") -> dict[str, str]:
    """Table → digest of all its rows."""
    engine = sa.create_engine(database.superuser_url)
    found = {}
    with engine.connect() as connection:
        for (table,) in connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        ).all():
            rows = f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM \"{table}\" t"
            found[table] = str(connection.exec_driver_sql(rows).scalar())
    engine.dispose()
    return found


@each_method
def test_foreign_ids(system: System, service: str, method: MethodDescriptor) -> None:
    """Wherever an RPC takes an id, another organization's answers exactly like one that does not exist."""
    if permission_of(method) in ("service", "public"):
        return
    # What is made under a stranger's id is one's own from then on: those ids are of no use to the other methods.
    making = next(
        (at for at, verb in enumerate(("CreateCustomer", "Create", "BatchUpsert"), 1) if method.name.startswith(verb)),
        0,
    )
    for path in id_paths(method.input_type):
        party = system.others[making if path[-1] == "id" and len(path) > 1 else 0]
        for kind, there in party.ids.items():
            nowhere = UUID.sub(lambda _: str(uuid7()), there)
            known = _answer(system, service, method, path, there)
            assert _answer(system, service, method, path, nowhere) == known, (".".join(path), kind)


def _aim(request: Any, path: tuple[str, ...], party: Party) -> None:
    """Let an update be of a record of one's own when it is a reference in it that is tried."""
    for item in request.DESCRIPTOR.fields:
        contract = contract_inside(item)
        if contract is not None and "update_mask" in request.DESCRIPTOR.fields_by_name:
            record = getattr(request, item.name)
            record.id = party.ids[contract.type]
            if path != (item.name, "id"):
                request.update_mask.paths[:] = [".".join(path[1:])]


def _answer(system: System, service: str, method: MethodDescriptor, path: tuple[str, ...], value: str) -> str:
    """What is answered, without ids, times and words of the test's own."""
    request = system.maker(system.mine).request(method)
    _aim(request, path, system.mine)
    put(request, path, value)
    token = system.mine.admins[service]
    try:
        answer = system.invoke(service, method, request.SerializeToString(), token)
    except Refused as refused:
        return UUID.sub("X", str((refused.code, refused.reason, refused.message, refused.violations, refused.details)))
    content = MessageToDict(answer)
    return UUID.sub("X", str(sorted(content)))


@each_method
def test_nonsense(system: System, service: str, method: MethodDescriptor) -> None:
    """Whatever is sent, by nobody or by an administrator, no answer is a fault of ours."""
    chance = random.Random(f"{service} {method.full_name}")
    ids = [*system.mine.ids.values(), *system.theirs.ids.values()]
    requests = [b"", b"\xff" * 40, chance.randbytes(300), b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05\xff\xfe\xfd\xfc\xfb"]
    made: list[Any] = [nonsense(method.input_type, chance, ids) for _ in range(SEEDS)]
    if is_of_own_modules(method):
        for number, request in enumerate(made):
            request.module = OWN_MODULE if number % 3 else request.module
    requests += [request.SerializeToString() for request in made]
    for request in requests:
        for token in ("", system.mine.admins[service]):
            if method.name == "DeleteSession" and token:
                continue  # it would end the session of the tests after it
            code = system.code(service, method, request, token)
            assert code not in ("INTERNAL", "UNKNOWN"), request[:200]
