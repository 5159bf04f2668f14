"""Hand-over: a leaver's records go to the successor once, whatever dies in between; who may not take them is refused."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from chassis.contract import all_resources
from chassis.events.inbox import Consumer
from chassis.handover import BEGUN
from chassis.ids import uuid7
from customers.app import build
from customers.config import Config
from guanxi.events.v1 import events_pb2
from guanxi.handover.v1 import handover_pb2
from local.process import poll
from tests.services.harness import (
    SERVICE_TOKEN,
    Client,
    Running,
    Tenant,
    config_of,
    is_out,
    refused,
    runner_of,
    running,
)
from tests.services.test_imports import superuser_url
from tests.services.test_imports_killed import worker
from tests.support.house import Admin, House, house_of

if TYPE_CHECKING:
    from local.inbox import MailSink
    from tests.support.postgres import Database, Databases

ROWS = 3000
BATCH = 500
SECONDS = 60


@dataclass
class Leaving:
    """Somebody who leaves an organization, and who takes over."""

    running: Running
    tenant: Tenant
    user_id: uuid.UUID
    successor_id: uuid.UUID

    @classmethod
    def of(cls, running: Running) -> "Leaving":
        tenant = running.tenants.make()
        return cls(running, tenant, tenant.user("Leaver", "administrator"), tenant.user("Successor", "administrator"))

    def accounts(self, number: int, owner: uuid.UUID | None = None) -> None:
        """New accounts of the leaver's."""
        client = self.running.client(self.tenant)
        for start in range(0, number, BATCH):
            rows = [
                {"name": f"Account {start + row}", "owner_id": str(owner or self.user_id)}
                for row in range(min(BATCH, number - start))
            ]
            client.call("BatchUpsertAccounts", accounts=rows)

    def begin(self, *, times: int = 1) -> None:
        """The event arrives."""
        service = self.running.service
        (subscription,) = [each for each in service.all_subscriptions() if each.resources == (BEGUN,)]
        ((stream, subjects),) = subscription.subjects().items()
        consumer = Consumer(service.worker_database, subscription, stream, subjects, service.control_plane.system_call)
        actor = events_pb2.Actor(user_id=str(self.tenant.admin), kind="user")
        event = events_pb2.Event(id=str(uuid7()), org_id=str(self.tenant.id), resource=BEGUN, verb="begun", actor=actor)
        told = handover_pb2.HandOver(user_id=str(self.user_id), successor_id=str(self.successor_id))
        event.changes.add(id=str(self.user_id), version=1).after.Pack(told, type_url_prefix="guanxi/")
        for _ in range(times):
            consumer.handle([event])

    def work(self) -> None:
        """What the worker would do now."""
        service = self.running.service
        runner = runner_of(service)
        while runner.run_next():
            pass

    def state(self) -> dict[str, Any]:
        """Module → how far it is."""
        client = Client(self.running.port, service_token=SERVICE_TOKEN)
        answer = client.call("CountOwned", organization_id=str(self.tenant.id), user_id=str(self.user_id))
        return {each.module: each for each in answer.modules}

    def events(self) -> dict[str, list[tuple[str, str]]]:
        """Account → verb and owner of each of its events."""
        found: dict[str, list[tuple[str, str]]] = {}
        connection = psycopg2.connect(superuser_url(self.running))
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT payload FROM outbox WHERE org_id = %s AND resource = 'customers.Account' ORDER BY id",
                (str(self.tenant.id),),
            )
            for (payload,) in cursor:
                event = events_pb2.Event.FromString(bytes(payload))
                for change in event.changes:
                    account = self.running.service.records["accounts"].resource.kind()
                    change.after.Unpack(account)
                    found.setdefault(change.id, []).append((event.verb, account.owner_id))  # type: ignore[attr-defined]
        connection.close()
        return found


class TestJob:
    def test_everything_goes_over_once(self, customers: Running) -> None:
        """Each record of the leaver's goes over with one event, however often the event comes; others' stay."""
        leaving, other = Leaving.of(customers), Leaving.of(customers)
        leaving.accounts(620)
        leaving.accounts(2, leaving.tenant.admin)
        other.accounts(3)
        leaving.begin(times=2)
        leaving.work()
        state = leaving.state()
        assert ("done", 0, 620, 0) == _figures(state["accounts"])
        assert ("done", 0, 0, 0) == _figures(state["contacts"])
        assert str(leaving.successor_id) == state["accounts"].successor_id
        given = [("created", str(leaving.user_id)), ("handed_over", str(leaving.successor_id))]
        kept = [("created", str(leaving.tenant.admin))]
        assert [given] * 620 + [kept] * 2 == sorted(leaving.events().values(), key=len, reverse=True)
        assert ("", 3, 0, 0) == _figures(other.state()["accounts"])

    def test_again(self, customers: Running) -> None:
        """What came to the leaver after a hand-over goes over with the next one."""
        leaving = Leaving.of(customers)
        for number in (2, 3):
            leaving.accounts(number)
            leaving.begin()
            leaving.work()
            assert ("done", 0, number, 0) == _figures(leaving.state()["accounts"])

    def test_a_record_that_cannot_change(self, customers: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        """A record that its rules hold back stays and is counted; all the others go over."""
        leaving = Leaving.of(customers)
        leaving.successor_id = uuid7()
        leaving.accounts(3)
        leaving.begin()
        leaving.work()
        assert ("done", 3, 0, 3) == _figures(leaving.state()["accounts"])

    def test_without_the_right(self, customers: Running) -> None:
        """The job has the rights of who asked for it, as they are while it runs."""
        leaving = Leaving.of(customers)
        leaving.accounts(3)
        leaving.tenant.snapshot.members[0].active = False
        leaving.tenant.snapshot.version += 1
        leaving.begin()
        leaving.work()
        state = leaving.state()["accounts"]
        assert ("failed", 3, 0, 0) == _figures(state)
        assert "PERMISSION_DENIED" == state.error


def _figures(state: Any) -> tuple[str, int, int, int]:
    return state.state, state.count, state.moved, state.refused


@pytest.mark.slow
def test_killed_and_taken_over(databases: "Databases", tmp_path: Path) -> None:
    """Killed in the middle, the hand-over goes on with another worker: every record goes over once."""
    database = databases.create("customers")
    with running(build, config_of(database, tmp_path, Config)) as service:
        leaving = Leaving.of(service)
        leaving.accounts(ROWS)
        leaving.begin()
        with worker(database, tmp_path):
            assert poll(lambda: leaving.state()["accounts"].moved > 0, SECONDS)
        middle = leaving.state()["accounts"]
        with worker(database, tmp_path):
            assert poll(lambda: {each.state for each in leaving.state().values()} == {"done"}, SECONDS)
        assert ("done", 0, ROWS, 0) == _figures(leaving.state()["accounts"])
        assert 0 < middle.moved < ROWS
        given = [("created", str(leaving.user_id)), ("handed_over", str(leaving.successor_id))]
        assert [given] * ROWS == list(leaving.events().values())


@pytest.fixture(scope="module")
def house(
    service_database: "Callable[[str], Database]",
    customers: Running,
    tmp_path_factory: pytest.TempPathFactory,
    mail_sink: "MailSink",
) -> Iterator[House]:
    """Identity beside customers; sales and service-desk are away."""
    addresses = {"CUSTOMERS": f"127.0.0.1:{customers.port}"}
    with house_of(service_database, tmp_path_factory.mktemp("leaving"), mail_sink, addresses) as made:
        yield made


@pytest.fixture(scope="module")
def admin(house: House, customers: Running) -> Admin:
    """An administrator whose organization customers knows."""
    made = house.sign_up()
    customers.tenants.make(uuid.UUID(made.org_id), uuid.UUID(made.user_id))
    return made


class TestUsers:
    def test_successors(self, admin: Admin, house: House) -> None:
        """Only another active member can take over; what is wrong is said of the field, and nothing has happened."""
        client = admin.client()
        member, user_id = admin.member([])
        other = house.sign_up()
        idle = client.call("CreateUser", user={"name": "Idle", "email": f"i-{uuid.uuid4().hex}@example.com"})
        wrong = {
            user_id: "SUCCESSOR_SAME",
            idle.id: "SUCCESSOR_INACTIVE",
            other.user_id: "UNKNOWN_REFERENCE",
            str(uuid7()): "UNKNOWN_REFERENCE",
            "x": "INVALID_ID",
        }
        for successor_id, reason in wrong.items():
            refusal = refused(client.call, "DeactivateUser", id=user_id, successor_id=successor_id)
            assert ("INVALID_ARGUMENT", [("successor_id", reason)]) == (refusal.code, refusal.violations)
        assert client.call("GetUser", id=user_id).active
        assert "OWN_ACCOUNT" == refused(client.call, "DeactivateUser", id=admin.user_id).reason
        member.close()

    def test_who_may_not_assign(self, admin: Admin) -> None:
        """Somebody who administers users, and may not assign records, deactivates without a hand-over only."""
        clerk, _ = admin.member(
            [("users", "administer", "all"), ("users", "view", "all"), ("accounts", "assign", "all")]
        )
        _, user_id = admin.member([])
        refusal = refused(clerk.call, "DeactivateUser", id=user_id, successor_id=admin.user_id)
        assert "HAND_OVER_DENIED" == refusal.reason
        named = refusal.message.partition(" of ")[2].partition(";")[0].split(", ")
        owned = [contract for contract in all_resources().values() if contract.options.owned]
        assert sorted(contract.options.plural.en for contract in owned if contract.module != "accounts") == sorted(
            named
        )
        assert not clerk.call("DeactivateUser", id=user_id).active

    def test_not_of_who_may_do_more(self, admin: Admin) -> None:
        """Who administers users and nothing else neither ends nor brings back an administrator, and does their equals."""
        client = admin.client()
        (role_id,) = [role.id for role in client.call("ListRoles").roles if role.key == "administrator"]
        _, second = admin.invited(role_id)
        rights = [("users", verb, "all") for verb in ("view", "administer")]
        (clerk, _), (_, equal) = admin.member(rights), admin.member(rights)
        assert "BEYOND_OWN_RIGHTS" == refused(clerk.call, "DeactivateUser", id=second).reason
        assert client.call("GetUser", id=second).active
        client.call("DeactivateUser", id=second)
        assert "BEYOND_OWN_RIGHTS" == refused(clerk.call, "ActivateUser", id=second).reason
        assert not clerk.call("DeactivateUser", id=equal).active
        assert clerk.call("ActivateUser", id=equal).active

    def test_deactivated_and_back(self, admin: Admin, house: House) -> None:
        """A session ends with the deactivation; activation lets the same person log in again, and a stale etag is refused."""
        client = admin.client()
        member, user_id = admin.member([])
        member.call("GetCurrentSession")
        user = client.call("DeactivateUser", id=user_id)
        assert poll(lambda: is_out(member), SECONDS)
        assert "STALE_ETAG" == refused(client.call, "ActivateUser", id=user_id, etag="1").reason
        assert client.call("ActivateUser", id=user_id, etag=user.etag).active
        idle = client.call("CreateUser", user={"name": "Idle", "email": f"i-{uuid.uuid4().hex}@example.com"})
        assert [("active", "NOT_INVITED")] == refused(client.call, "ActivateUser", id=idle.id).violations

    def test_absent_services(self, admin: Admin) -> None:
        """Services that do not answer are named; as long as one is away nobody is deleted."""
        client = admin.client()
        _, user_id = admin.member([])
        preview = client.call("PreviewHandOver", id=user_id)
        assert ["sales", "service_desk"] == list(preview.missing)
        theirs = [contract for contract in all_resources().values() if contract.service == "customers"]
        owned = sorted(contract.module for contract in theirs if contract.options.owned)
        assert owned == [each.module for each in preview.modules]
        assert not client.call("GetHandOver", id=user_id).done
        assert "DEACTIVATE_FIRST" == refused(client.call, "DeleteUser", id=user_id).reason
        client.call("DeactivateUser", id=user_id)
        refusal = refused(client.call, "DeleteUser", id=user_id)
        assert ("UNAVAILABLE", "HAND_OVER_UNKNOWN") == (refusal.code, refusal.reason)
        assert "sales, service_desk" in refusal.message
