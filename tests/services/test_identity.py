"""Identity: members, roles that nobody widens, definitions, and the log of what was done."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.authz.organization import Organization
from chassis.call import system_call
from chassis.database.schema import outbox
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import teams_pb2
from identity.audit.chain import first_broken
from identity.audit.consumer import record
from identity.audit.table import audit_entries, audit_heads
from identity.audit.verify import verify
from tests.services.harness import SERVICE_TOKEN, Client, refused
from tests.support.house import PASSWORD, Admin, House

if TYPE_CHECKING:
    from tests.support.postgres import Database


class TestEscalation:
    def member(self, admin: Admin, *operations: str) -> tuple[Client, Any]:
        """Somebody who may do these things to users, roles and teams, logged in; and their user."""
        modules = ("users", "roles", "teams")
        made, user_id = admin.member([(module, verb, "all") for module in modules for verb in ("view", *operations)])
        return made, made.call("GetUser", id=user_id)

    def roles(self, admin: Admin) -> dict[str, str]:
        """Key → id."""
        return {role.key: role.id for role in admin.client().call("ListRoles").roles if role.key}

    def test_own_roles(self, house: House, admin: Admin) -> None:
        """Who may edit users makes neither themselves nor another an administrator, one by one or in a batch."""
        client, me = self.member(admin, "edit", "import", "create")
        wanted = {"id": me.id, "role_ids": [self.roles(admin)["administrator"]]}
        error = refused(
            client.call, "UpdateUser", user={**wanted, "etag": me.etag}, update_mask={"paths": ["role_ids"]}
        )
        assert "ADMINISTER_DENIED" == error.reason
        assert "ADMINISTER_DENIED" == refused(client.call, "BatchUpsertUsers", users=[wanted]).reason
        new = {"name": "X", "role_ids": wanted["role_ids"]}
        assert "ADMINISTER_DENIED" == refused(client.call, "CreateUser", user=new).reason

    def test_beyond_own_rights(self, house: House, admin: Admin) -> None:
        """Even who administers users and roles gives nobody more than they have themselves."""
        client, me = self.member(admin, "edit", "create", "administer")
        everything = [{"module": "*", "operation": "*", "scope": "all"}]
        assert (
            "BEYOND_OWN_RIGHTS" == refused(client.call, "CreateRole", role={"name": "All", "grants": everything}).reason
        )
        change = {"id": me.id, "etag": me.etag, "role_ids": [self.roles(admin)["administrator"]]}
        error = refused(client.call, "UpdateUser", user=change, update_mask={"paths": ["role_ids"]})
        assert "BEYOND_OWN_RIGHTS" == error.reason

    def test_roles_are_not_taken(self, admin: Admin) -> None:
        """Nor do they take roles that go further from who has them."""
        client, _ = self.member(admin, "edit", "administer")
        _, second = admin.invited(self.roles(admin)["administrator"])
        boss = client.call("GetUser", id=second)
        change: dict[str, Any] = {
            "user": {"id": second, "etag": boss.etag, "role_ids": []},
            "update_mask": {"paths": ["role_ids"]},
        }
        assert "BEYOND_OWN_RIGHTS" == refused(client.call, "UpdateUser", **change).reason
        assert [] == list(admin.client().call("UpdateUser", **change).role_ids)

    def test_takeover(self, house: House, admin: Admin) -> None:
        """A member's address cannot be changed to one's own, and a member cannot be invited again."""
        client, _ = self.member(admin, "edit", "administer")
        victim = client.call("GetUser", id=admin.user_id)
        change = {"id": victim.id, "etag": victim.etag, "email": "thief@example.com"}
        error = refused(client.call, "UpdateUser", user=change, update_mask={"paths": ["email"]})
        assert [("email", "EMAIL_FIXED")] == error.violations
        assert "MEMBER_ALREADY" == refused(client.call, "InviteUser", id=victim.id).reason

    def test_takeover_before_joining(self, house: House, admin: Admin) -> None:
        """Nor is the invitation of somebody who may do more led to one's own mailbox."""
        client, _ = self.member(admin, "edit", "administer")
        fields = {"name": "Boss", "email": f"{uuid.uuid4().hex}@example.com"}
        boss = admin.client().call("CreateUser", user={**fields, "role_ids": [self.roles(admin)["administrator"]]})
        change = {"id": boss.id, "etag": boss.etag, "email": f"{uuid.uuid4().hex}@example.com"}
        error = refused(client.call, "UpdateUser", user=change, update_mask={"paths": ["email"]})
        assert "BEYOND_OWN_RIGHTS" == error.reason

    @pytest.mark.parametrize(("mine", "enough"), [("hidden", {"hidden"}), ("read_only", {"hidden", "read_only"})])
    def test_field_rules(self, admin: Admin, mine: str, enough: set[str]) -> None:
        """Who does not see a field, or change it, makes no role that does, and gives none to a user or a program."""
        modules = ("users", "roles", "api_clients")
        grants = [(module, verb, "all") for module in modules for verb in ("view", "create", "edit", "administer")]
        client, my_id = admin.member([*grants, ("teams", "view", "all")], [("teams", "name", mine)])
        me = client.call("GetUser", id=my_id)
        own = client.call("GetRole", id=me.role_ids[0])
        for access in ("", "read_only", "hidden"):
            rules = [{"module": "teams", "field": "name", "access": access}] if access else []
            kept = {"grants": [{"module": "teams", "operation": "view", "scope": "all"}], "field_rules": rules}
            role = admin.client().call("CreateRole", role={"name": uuid.uuid4().hex, **kept})
            for name, wanted in (
                ("CreateRole", {"role": {"name": uuid.uuid4().hex, **kept}}),
                ("CreateApiClient", {"api_client": {"name": uuid.uuid4().hex, "role_ids": [role.id]}}),
                ("CreateUser", {"user": {"name": "X", "role_ids": [role.id]}}),
            ):
                if access in enough:
                    assert client.call(name, **wanted).id
                else:
                    assert "BEYOND_OWN_RIGHTS" == refused(client.call, name, **wanted).reason, name
        change = {"id": own.id, "etag": own.etag}
        error = refused(client.call, "UpdateRole", role=change, update_mask={"paths": ["field_rules"]})
        assert "BEYOND_OWN_RIGHTS" == error.reason

    def test_memberships_are_mine(self, house: House, admin: Admin) -> None:
        """A colleague's record with a stranger's address does not tell where the stranger works."""
        stranger = house.sign_up()
        user = admin.client().call("CreateUser", user={"name": "X", "email": stranger.email})
        assert user.email == stranger.email
        session = admin.client().call("GetCurrentSession")
        assert [admin.org_id] == [item.organization_id for item in session.memberships]

    def test_no_lockout_from_afar(self, house: House, admin: Admin) -> None:
        """However often one stranger guesses, the person logs in from elsewhere."""
        stranger = house.client(address="203.0.113.77")
        for _ in range(230):
            refused(stranger.call, "CreateSession", email=admin.email, password="guess")
        assert house.client().call("CreateSession", email=admin.email, password=PASSWORD).access_token

    def test_no_sign_up_used_up_from_afar(self, house: House) -> None:
        """However often one stranger begins a sign-up with somebody's address, its owner begins theirs from elsewhere."""
        fields = {"organization_name": "鹭", "name": "Ada", "password": PASSWORD, "language": "en"}
        wanted: dict[str, Any] = {**fields, "email": f"{uuid.uuid4().hex}@example.com"}
        stranger = house.client(address="2001:db8:7:7::1")
        for _ in range(10):
            stranger.call("CreateSignup", **wanted)
        neighbour = house.client(address="2001:db8:7:7::2")
        assert "TOO_MANY_ATTEMPTS" == refused(neighbour.call, "CreateSignup", **wanted).reason
        assert house.client().call("CreateSignup", **wanted).signup_id


class TestHiddenOrder:
    def test_list(self, admin: Admin) -> None:
        """A list whose own order is by a hidden field is the newest first; asked for by name the field stays refused."""
        client, _ = admin.member([("roles", "view", "all")], [("roles", "name", "hidden")])
        first = client.call("ListRoles", page_size=2)
        rest = client.call("ListRoles", page_size=200, page_token=first.next_page_token)
        times = [role.create_time.ToNanoseconds() for page in (first, rest) for role in page.roles]
        assert len(times) == first.total_size > 5
        assert times == sorted(times, reverse=True)
        assert not any(role.name for role in first.roles)
        assert [("order_by", "INVALID_ORDER")] == refused(client.call, "ListRoles", order_by="name").violations


class TestDefinitions:
    @pytest.mark.parametrize(
        ("change", "violation"),
        [
            ({"module": "nothing"}, ("module", "UNKNOWN_MODULE")),
            ({"key": "Bad Key"}, ("key", "INVALID_KEY")),
            ({"kind": "choice"}, ("choices", "REQUIRED")),
            ({"kind": "colour"}, ("kind", "UNKNOWN_CHOICE")),
        ],
    )
    def test_wrong(self, admin: Admin, change: dict[str, str], violation: tuple[str, str]) -> None:
        """A definition that cannot work is refused with the field's name."""
        field = {"module": "accounts", "key": "size", "kind": "number", **change}
        assert violation in refused(admin.client().call, "CreateCustomField", custom_field=field).violations

    def test_twice(self, admin: Admin) -> None:
        """A key is taken once for each module."""
        field = {"module": "accounts", "key": "size", "kind": "number"}
        admin.client().call("CreateCustomField", custom_field=field)
        assert "ALREADY_EXISTS" == refused(admin.client().call, "CreateCustomField", custom_field=field).code


class TestMetadata:
    def test_areas(self, house: House, admin: Admin) -> None:
        """What is granted beside modules of records is told with what the caller may do of it."""
        person, _ = admin.member([("reports", "view", "own")])
        areas = {area.name: area for area in person.call("GetMetadata").areas}
        assert ["view"] == areas["reports"].operations
        assert [] == areas["audit"].operations
        assert ["view", "export"] == areas["audit"].grantable
        assert "审计日志" == areas["audit"].label.zh


class TestAudit:
    def test_chain(self, house: House, admin: Admin) -> None:
        """Every change is an entry, and an entry changed, removed or moved is found."""
        for name in ("One", "Two", "Three"):
            admin.client().call("CreateTeam", team={"name": name})
        call = system_call(uuid.UUID(admin.org_id))
        with house.identity.worker_database.write(call) as transaction:
            rows = transaction.execute(
                sa.select(outbox.c.payload).where(outbox.c.org_id == call.org_id).order_by(outbox.c.id)
            ).all()
            for row in rows:
                record(transaction, events_pb2.Event.FromString(row.payload))
        kept = house.identity.database.read(
            call, sa.select(audit_entries).where(audit_entries.c.org_id == call.org_id).order_by(audit_entries.c.number)
        )
        entries = [dict(row._mapping) for row in kept]
        assert first_broken(entries) is None
        assert ["One", "Two", "Three"] == [
            entry["after"]["name"] for entry in entries if entry["resource"] == "identity.Team"
        ]
        changed = [{**entry, "actor_kind": "nobody"} if entry["number"] == 3 else entry for entry in entries]
        assert 3 == first_broken(changed)
        assert 4 == first_broken([entry for entry in entries if entry["number"] != 4])
        assert first_broken(entries[:-1], head=bytes(entries[-1]["hash"])) == len(entries)

    def test_verify(self, house: House, admin: Admin, service_database: "Callable[[str], Database]") -> None:
        """The command says which chain is whole, and where the others break, whatever was done to them."""
        org_id = uuid.UUID(admin.org_id)
        store = {"GUANXI_OBJECT_STORE": house.identity.config.object_store}
        environment = {**os.environ, **service_database("identity").environment(), **store}
        event = events_pb2.Event(id=str(uuid.uuid4()), org_id=admin.org_id, resource="identity.Team", verb="created")
        event.changes.extend(events_pb2.Change(id=str(uuid.uuid4()), version=number) for number in range(1, 5))
        with house.identity.worker_database.write(system_call(org_id)) as transaction:
            record(transaction, event)
        owner = sa.create_engine(service_database("identity").owner_url)

        def told(tampering: str = "") -> tuple[int, str]:
            with owner.begin() as connection:
                for statement in filter(None, tampering.split(";")):
                    connection.exec_driver_sql(f"{statement} AND org_id = '{org_id}'")
            command = [sys.executable, "-m", "identity", "audit-verify", "--org", str(org_id)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout

        kept = house.identity.database.read(system_call(org_id), sa.select(audit_heads))[0]
        whole = f"{org_id} whole: 4 entries, 0 anchors agree, the last with hash {bytes(kept.hash).hex()}\n"
        assert (0, whole) == told()
        changed = told("UPDATE audit_entries SET version = 9 WHERE number = 3")
        assert (1, f"{org_id} BROKEN at entry 3 of 4\n") == changed
        mended = "UPDATE audit_entries SET version = 3 WHERE number = 3"
        assert 0 == told(mended)[0]
        code, text = told("DELETE FROM audit_entries WHERE number = 4;UPDATE audit_heads SET number = 3 WHERE true")
        assert (1, "BROKEN at its end: entries after 3") == (code, text[37:][:34])
        other = uuid.UUID(house.sign_up().org_id)
        with house.identity.worker_database.write(system_call(other)) as transaction:
            record(transaction, events_pb2.Event.FromString(event.SerializeToString()))
        verdicts = verify(service_database("identity").owner_url, files=house.identity.files)
        sound = {verdict.org_id: verdict.whole for verdict in verdicts}
        assert not sound[org_id]
        assert sound[other]
        owner.dispose()

    READER = ("audit", "view", "all")

    @pytest.fixture
    def entries(self, house: House, admin: Admin) -> None:
        """What happened in another service and here: an account of which every kind of field changed, and a team."""
        account = accounts_pb2.Account(name="Heron", employees=77, phone="13800138000")
        account.custom["size"].text = "XL"
        account.custom["colour"].text = "red"
        fields = ["name", "employees", "phone", "custom.size", "custom.colour"]
        call = system_call(uuid.UUID(admin.org_id))
        for resource, message, names in (
            ("customers.Account", account, fields),
            ("identity.Team", teams_pb2.Team(name="North"), ["name"]),
            ("customers.Export", None, ["name"]),
        ):
            change = events_pb2.Change(id=str(uuid.uuid4()), version=1, changed_fields=names)
            if message is not None:
                change.after.Pack(message, type_url_prefix="guanxi/")
            event = events_pb2.Event(id=str(uuid.uuid4()), org_id=admin.org_id, resource=resource, changes=[change])
            with house.identity.worker_database.write(call) as transaction:
                record(transaction, event)

    def seen(self, client: Client) -> dict[str, tuple[list[str], dict[str, Any]]]:
        """Resource → changed fields and values after."""
        found = client.call("ListAuditEntries").audit_entries
        return {entry.resource: (list(entry.changed_fields), json.loads(entry.after)) for entry in found}

    def test_right(self, house: House, admin: Admin, entries: None) -> None:
        """Without a token, or with every right but this one, nothing is read; an administrator reads all."""
        assert "UNAUTHENTICATED" == refused(Client(house.port).call, "ListAuditEntries").code
        others = [("organizations", "administer", "all"), ("accounts", "view", "all"), ("audit", "export", "all")]
        assert "PERMISSION_DENIED" == refused(admin.member(others)[0].call, "ListAuditEntries").code
        assert {"name": "North"} == self.seen(admin.client())["identity.Team"][1]

    def test_other_organization(self, house: House, admin: Admin, entries: None) -> None:
        """Another organization's administrator sees nothing of it, nor by the record's id."""
        entry = admin.client().call("ListAuditEntries", resource="identity.Team").audit_entries[0]
        stranger = house.sign_up().client()
        assert not self.seen(stranger)
        asked = stranger.call("ListAuditEntries", resource="identity.Team", record_id=entry.record_id)
        assert not asked.audit_entries

    def test_hidden_field(self, admin: Admin, entries: None) -> None:
        """A field hidden from the reader is absent from entries: its values and that it changed."""
        rules = [("accounts", name, "hidden") for name in ("employees", "custom.size")]
        client, _ = admin.member([self.READER, ("accounts", "view", "all")], rules)
        shown = {"name": "Heron", "phone": "13800138000", "custom": {"colour": "red"}}
        assert (["name", "phone", "custom.colour"], shown) == self.seen(client)["customers.Account"]
        client, _ = admin.member([self.READER, ("accounts", "view", "all")], [("accounts", "custom", "hidden")])
        assert ["name", "employees", "phone"] == self.seen(client)["customers.Account"][0]
        assert "custom" not in self.seen(client)["customers.Account"][1]

    @pytest.mark.parametrize("view", [[], [("accounts", "view", "own")], [("accounts", "view", "tree")]])
    def test_values_by_scope(self, admin: Admin, entries: None, view: list[tuple[str, str, str]]) -> None:
        """Whoever does not view every account reads who changed which fields of one, and no value."""
        client, _ = admin.member([self.READER, *view])
        fields, values = self.seen(client)["customers.Account"]
        assert (5, {}) == (len(fields), values)

    def test_append_only(self, house: House) -> None:
        """The service's own roles may add to the log and read it, and nothing else."""
        for database in (house.identity.database, house.identity.worker_database):
            for statement in ("UPDATE audit_entries SET verb = ''", "DELETE FROM audit_entries"):
                with pytest.raises(Exception, match="permission denied"), database.work() as connection:
                    connection.exec_driver_sql(statement)


class TestControlPlane:
    def test_services_only(self, house: House, admin: Admin) -> None:
        """Snapshots and revocations are for services, not for members, whatever they may do."""
        client = replace_token(admin)
        for name in ("GetSnapshot", "ListRevocations", "ListOrganizationIds", "ListSnapshot"):
            assert "PERMISSION_DENIED" == refused(client.call, name).code

    def test_organizations(self, house: House, admin: Admin) -> None:
        """A service may ask which organizations there are."""
        found = Client(house.port, service_token=SERVICE_TOKEN).call("ListOrganizationIds").organization_ids
        assert admin.org_id in found
        assert len(set(found)) == len(found)

    def test_version(self, house: House, admin: Admin) -> None:
        """A snapshot is sent when it is newer than the known one, and only then."""
        service = Client(house.port, service_token=SERVICE_TOKEN)
        first = service.call("GetSnapshot", organization_id=admin.org_id).snapshot
        known = {"organization_id": admin.org_id, "known_version": first.version}
        assert not service.call("GetSnapshot", **known).HasField("snapshot")
        admin.client().call("CreateTeam", team={"name": "North"})
        assert ["North"] == [team.name for team in service.call("GetSnapshot", **known).snapshot.teams]

    def test_of_members_what_changed(self, house: House, admin: Admin) -> None:
        """Who knows a snapshot gets the members that changed since, and makes of both what a whole one says."""
        service, client = house.client(), admin.client()
        made = [
            client.call("CreateUser", user={"name": name, "email": f"{name}-{uuid.uuid4().hex}@x.org"}) for name in "ab"
        ]
        first = service.call("GetSnapshot", organization_id=admin.org_id).snapshot
        client.call("UpdateUser", user={"id": made[0].id, "etag": made[0].etag, "name": "c"})
        client.call("CreateUser", user={"name": "d", "email": f"d-{uuid.uuid4().hex}@x.org"})
        client.call("CreateTeam", team={"name": "North"})
        newer = service.call("GetSnapshot", organization_id=admin.org_id, known_version=first.version).snapshot
        assert (first.version, ["c", "d"]) == (newer.members_since, sorted(member.name for member in newer.members))
        whole = service.call("GetSnapshot", organization_id=admin.org_id).snapshot
        assert whole == Organization(first).renewed(newer).message


def replace_token(admin: Admin) -> Client:
    """The administrator, calling directly: without the gateway's service token."""
    return Client(admin.house.port, admin.tokens.access_token)
