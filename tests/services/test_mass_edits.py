"""Mass edits: the same change of many records, each with the rights of who asks, once whatever dies, and undone."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from customers.app import build
from customers.config import Config
from guanxi.events.v1 import events_pb2
from local.process import poll
from tests.services.harness import Client, Running, Tenant, config_of, refused, runner_of, running
from tests.services.test_imports import superuser_url
from tests.services.test_imports_killed import worker
from tests.support.postgres import Databases

ROWS = 3000


class Editor:
    """Asks for mass edits of accounts, with the service's worker run in place."""

    def __init__(self, running: Running, client: Client) -> None:
        self.client = client
        self._runner = runner_of(running.service)

    def edit(self, *changes: dict[str, Any], **fields: Any) -> Any:
        """Ask, and have it done."""
        selection = {name: fields.pop(name) for name in ("ids", "filter", "everything") if name in fields}
        asked: dict[str, Any] = {"module": "accounts", "selection": selection, "changes": changes, **fields}
        return self.work(self.client.call("CreateMassEdit", **asked))

    def undo(self, job: Any) -> Any:
        """Ask for the undoing, and have it done."""
        return self.work(self.client.call("UndoMassEdit", id=job.id))

    def work(self, job: Any) -> Any:
        """Have the worker do what waits; the mass edit after it."""

        def ended() -> bool:
            self._runner.run_next()
            return self.client.call("GetMassEdit", id=job.id).state not in ("running", "undoing")

        assert poll(ended, 60, every=0.01)
        return self.client.call("GetMassEdit", id=job.id)

    def refusals(self, job: Any) -> list[tuple[str, str, str, bool]]:
        """What was left as it is, and why."""
        found = self.client.call("ListMassEditRefusals", id=job.id).refusals
        return [(item.record_id, item.field, item.code, item.undoing) for item in found]


@pytest.fixture
def editor(customers: Running, client: Client) -> Editor:
    return Editor(customers, client)


def accounts(client: Client, *names: str, **values: Any) -> list[str]:
    """New accounts; their ids."""
    made = [{"name": name, **values} for name in names]
    return [item.id for item in client.call("BatchUpsertAccounts", accounts=made).accounts]


def of(client: Client, record_id: str) -> Any:
    """An account as it is."""
    return client.call("GetAccount", id=record_id, show_deleted=True)


def text(value: str) -> dict[str, Any]:
    """A value that is a text."""
    return {"text": value}


class TestMassEdit:
    def test_anonymous(self, customers: Running) -> None:
        """Nobody edits without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "CreateMassEdit", module="accounts").code

    def test_of_another_organization(self, customers: Running, editor: Editor, client: Client) -> None:
        """Records of others are not meant, and their mass edits do not exist."""
        [theirs] = accounts(client, "A")
        job = editor.edit({"field": "rating", "value": text("hot")}, ids=[theirs])
        stranger = Editor(customers, customers.client(customers.tenants.make()))
        assert "NOT_FOUND" == refused(stranger.client.call, "GetMassEdit", id=job.id).code
        tried = stranger.edit({"field": "rating", "value": text("cold")}, ids=[theirs])
        assert (0, "hot") == (tried.total, of(client, theirs).rating)

    def test_set_cleared_and_counted(self, editor: Editor, client: Client) -> None:
        """Fields are set and cleared on all that match; what is so already is counted as unchanged, others stay."""
        accounts(client, "A", "B", location="Kenya", phone="+86 21 5888 6666")
        accounts(client, "C", location="Kenya", rating="hot")
        [other] = accounts(client, "D", location="Poland", phone="+86 21 5888 6666")
        changes = (
            {"field": "rating", "value": text("hot")},
            {"field": "phone"},
            {"field": "employees", "value": {"decimal": "7"}},
        )
        job = editor.edit(*changes, filter="location = Kenya")
        assert ("done", 3, 3, 3, 0) == (job.state, job.total, job.done, job.changed, job.refused)
        found = client.call("ListAccounts", filter="location = Kenya").accounts
        assert {("hot", "", 7)} == {(item.rating, item.phone, item.employees) for item in found}
        assert ("", True) == (of(client, other).rating, bool(of(client, other).phone))
        again = editor.edit(*changes, filter="location = Kenya")
        assert (0, 3) == (again.changed, again.unchanged)

    def test_several(self, editor: Editor, client: Client, tenant: Tenant) -> None:
        """Items come to lists and leave them, of the contract's fields and of the organization's own; the others stay."""
        group, old = (
            client.call("CreateGroup", group={"name": name, "module": "accounts", "kind": "static"}).id
            for name in ("New", "Old")
        )
        choices = [{"value": value} for value in ("a", "b", "c")]
        tenant.custom_field("accounts", "areas", "choices", choices=choices)
        custom = {"areas": {"texts": {"values": ["a", "b"]}}}
        [one] = accounts(client, "A", group_ids=[old], custom=custom)
        changes = (
            {"field": "group_ids", "add": [group], "remove": [old]},
            {"field": "custom.areas", "add": ["c", "b"], "remove": ["a"]},
        )
        job = editor.edit(*changes, ids=[one])
        found = of(client, one)
        assert ([group], ["b", "c"]) == (list(found.group_ids), list(found.custom["areas"].texts.values))
        editor.undo(job)
        found = of(client, one)
        assert ([old], ["a", "b"]) == (list(found.group_ids), list(found.custom["areas"].texts.values))

    def test_refused_one_by_one(self, editor: Editor, client: Client, tenant: Tenant) -> None:
        """A record that a rule refuses is left as it is and reported; the others are changed."""
        parent, child = accounts(client, "Parent", "Child")
        job = editor.edit({"field": "parent_id", "value": text(child)}, ids=[parent, child])
        assert ("done", 1, 1) == (job.state, job.changed, job.refused)
        assert [(child, "parent_id", "CYCLE", False)] == editor.refusals(job)

    def test_settled_before(self, editor: Editor, client: Client) -> None:
        """A change that makes records match or match no more does not change which are meant."""
        accounts(client, *(f"A{number}" for number in range(499)), location="Kenya")
        accounts(client, *(f"B{number}" for number in range(499)), location="Kenya")
        accounts(client, *(f"C{number}" for number in range(200)), location="Kenya")
        job = editor.edit({"field": "location", "value": text("Poland")}, filter="location = Kenya")
        assert (1198, 1198) == (job.total, job.changed)
        assert 1198 == client.call("ListAccounts", filter="location = Poland").total_size

    @pytest.mark.parametrize(
        ("fields", "field", "reason"),
        [
            ({"selection": {}, "changes": [{"field": "name", "value": {"text": "A"}}]}, "selection", "REQUIRED"),
            ({"changes": []}, "changes", "MASS_EDIT_CHANGES"),
            ({"changes": [{"field": "rating"}], "delete": True}, "changes", "MASS_EDIT_CHANGES"),
            ({"changes": [{"field": "nothing"}]}, "nothing", "UNKNOWN_FIELD"),
            ({"changes": [{"field": "create_time"}]}, "create_time", "UNKNOWN_FIELD"),
            ({"changes": [{"field": "rating", "value": {"text": "warmish"}}]}, "rating", "UNKNOWN_CHOICE"),
            ({"changes": [{"field": "rating", "add": ["hot"]}]}, "rating", "NOT_SEVERAL"),
            ({"changes": [{"field": "phones"}]}, "phones", "OUTPUT_ONLY"),
            ({"module": "nothing"}, "module", "UNKNOWN_MODULE"),
            ({"selection": {"filter": "locatoin = Kenya"}, "changes": [{"field": "rating"}]}, "filter", ""),
        ],
    )
    def test_wrong(self, client: Client, fields: dict[str, Any], field: str, reason: str) -> None:
        """What cannot be done to any record is refused at once."""
        asked: dict[str, Any] = {"module": "accounts", "selection": {"everything": True}, **fields}
        found = refused(client.call, "CreateMassEdit", **asked)
        assert field in [name for name, _ in found.violations]
        assert reason in ("", *(why for _, why in found.violations))

    def test_asked_again(self, editor: Editor, client: Client) -> None:
        """A repeated request is one mass edit."""
        accounts(client, "A")
        asked: dict[str, Any] = {
            "module": "accounts",
            "selection": {"everything": True},
            "changes": [{"field": "rating", "value": text("hot")}],
        }
        ids = {client.call("CreateMassEdit", **asked, request_id="r").id for _ in range(2)}
        assert 1 == len(ids)


class TestRights:
    def test_without_the_right(self, customers: Running, tenant: Tenant) -> None:
        """Who may not edit, assign or delete is refused at once."""
        tenant.role("editor", [("accounts", "view", "all"), ("accounts", "edit", "all")])
        tenant.role("viewer", [("accounts", "view", "all")])
        viewer = customers.client(tenant, tenant.user("V", "viewer"))
        editing = customers.client(tenant, tenant.user("E", "editor"))
        rating = {"changes": [{"field": "rating"}]}
        owner = {"changes": [{"field": "owner_id", "value": text(str(tenant.admin))}]}
        for client, fields in ((viewer, rating), (editing, owner), (editing, {"delete": True})):
            asked: dict[str, Any] = {"module": "accounts", "selection": {"everything": True}, **fields}
            assert "PERMISSION_DENIED" == refused(client.call, "CreateMassEdit", **asked).code

    def test_within_the_scope(self, customers: Running, client: Client, tenant: Tenant) -> None:
        """Records that are seen and may not be edited stay, and are reported; those out of sight are not even meant."""
        tenant.role("rep", [("accounts", "view", "all"), ("accounts", "edit", "own")])
        tenant.role("own", [("accounts", "*", "own")])
        rep, own = tenant.user("R", "rep"), tenant.user("O", "own")
        [others] = accounts(client, "Others")
        [mine] = accounts(customers.client(tenant, own), "Mine", owner_id=str(own))
        hot = {"field": "rating", "value": text("hot")}
        job = Editor(customers, customers.client(tenant, own)).edit(hot, everything=True)
        assert (1, 1, "hot") == (job.total, job.changed, of(client, mine).rating)
        editor = Editor(customers, customers.client(tenant, rep))
        job = editor.edit(hot, ids=[others])
        assert ("done", 0, 1) == (job.state, job.changed, job.refused)
        assert [(others, "", "PERMISSION_DENIED", False)] == editor.refusals(job)

    def test_fields(self, customers: Running, tenant: Tenant) -> None:
        """Fields that are hidden or read-only for somebody are not changed by them."""
        tenant.role(
            "ruled", [("accounts", "*", "all")], [("accounts", "phone", "hidden"), ("accounts", "email", "read_only")]
        )
        client = customers.client(tenant, tenant.user("R", "ruled"))
        for name, reason in (("phone", "UNKNOWN_FIELD"), ("email", "FIELD_DENIED")):
            asked: dict[str, Any] = {
                "module": "accounts",
                "selection": {"everything": True},
                "changes": [{"field": name}],
            }
            assert [(name, reason)] == refused(client.call, "CreateMassEdit", **asked).violations

    def test_nobody_elses(self, customers: Running, client: Client, tenant: Tenant, editor: Editor) -> None:
        """Mass edits are their maker's own."""
        accounts(client, "A")
        job = editor.edit({"field": "rating", "value": text("hot")}, everything=True)
        other = customers.client(tenant, tenant.user("B", "administrator"))
        for method in ("GetMassEdit", "UndoMassEdit", "CancelMassEdit", "ListMassEditRefusals"):
            assert "NOT_FOUND" == refused(other.call, method, id=job.id).code
        assert [] == list(other.call("ListMassEdits", module="accounts").mass_edits)
        assert [job.id] == [item.id for item in client.call("ListMassEdits", module="accounts").mass_edits]

    def test_assigned(self, customers: Running, client: Client, tenant: Tenant, editor: Editor) -> None:
        """Another owner is given with the right to assign, and told by the records' events."""
        tenant.role("rep", [("accounts", "*", "own")])
        rep = tenant.user("R", "rep")
        made = accounts(client, "A", "B")
        job = editor.edit({"field": "owner_id", "value": text(str(rep))}, ids=made)
        assert (2, {str(rep)}) == (job.changed, {of(client, one).owner_id for one in made})


class TestPreview:
    def test_nothing_is_written(self, client: Client) -> None:
        """A preview counts what is meant and shows the first five as they are and would be."""
        made = accounts(client, *(f"A{number}" for number in range(7)), location="Kenya")
        asked: dict[str, Any] = {
            "module": "accounts",
            "selection": {"filter": "location = Kenya"},
            "changes": [{"field": "rating", "value": text("hot")}],
        }
        found = client.call("PreviewMassEdit", **asked)
        assert (7, 5) == (found.total, len(found.rows))
        before, after = (type(of(client, made[0]))() for _ in range(2))
        assert found.rows[0].before.Unpack(before)
        assert found.rows[0].after.Unpack(after)
        assert ("", "hot", "") == (before.rating, after.rating, of(client, before.id).rating)

    def test_refusals_are_foreseen(self, client: Client) -> None:
        """What would be refused says why, in the caller's words."""
        accounts(client, "A")
        found = client.call(
            "PreviewMassEdit", module="accounts", selection={"everything": True}, changes=[{"field": "name"}]
        )
        assert ("“Name” is required", False) == (found.rows[0].refusal, found.rows[0].HasField("after"))


class TestUndo:
    def test_given_back(self, editor: Editor, client: Client) -> None:
        """Fields get back what they held, except where somebody changed them since; that is shown."""
        first, second = accounts(client, "A", "B", rating="cold", employees=5)
        hot = ({"field": "rating", "value": text("hot")}, {"field": "employees"})
        job = editor.edit(*hot, ids=[first, second])
        assert job.HasField("undo_until")
        now = of(client, second)
        client.call("UpdateAccount", account={"id": second, "etag": now.etag, "rating": "warm"})
        job = editor.undo(job)
        assert ("undone", 1, False) == (job.state, job.conflicts, job.HasField("undo_until"))
        assert [("cold", 5), ("warm", 5)] == [
            (of(client, one).rating, of(client, one).employees) for one in (first, second)
        ]
        assert [(second, "", "CHANGED_SINCE", True)] == editor.refusals(job)
        assert "MASS_EDIT_STATE" == refused(client.call, "UndoMassEdit", id=job.id).reason

    def test_deleted_ones_come_back(self, editor: Editor, client: Client) -> None:
        """Deleted records come back; who brought one back before finds it as it is."""
        _, second = accounts(client, "A", "B")
        job = editor.edit(everything=True, delete=True)
        assert (2, 0) == (job.changed, client.call("ListAccounts").total_size)
        client.call("UndeleteAccount", id=second)
        job = editor.undo(job)
        assert ("undone", 0, 2) == (job.state, job.conflicts, client.call("ListAccounts").total_size)

    def test_too_late(self, customers: Running, editor: Editor, client: Client) -> None:
        """After 30 days there is no undo."""
        accounts(client, "A")
        job = editor.edit({"field": "rating", "value": text("hot")}, everything=True)
        with psycopg2.connect(superuser_url(customers)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs SET end_time = end_time - interval '31 days' WHERE id = %s", (job.id.partition("-")[2],)
            )
        connection.close()
        assert "MASS_EDIT_STATE" == refused(client.call, "UndoMassEdit", id=job.id).reason


def events_of(service: Running) -> Iterator[tuple[str, str]]:
    """Verb and record of every change of accounts that was told."""
    connection = psycopg2.connect(superuser_url(service))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM outbox WHERE resource = 'customers.Account' ORDER BY id")
        for (payload,) in cursor:
            event = events_pb2.Event.FromString(bytes(payload))
            yield from ((event.verb, change.id) for change in event.changes)
    connection.close()


@pytest.mark.slow
def test_killed_and_taken_over(databases: Databases, tmp_path: Any) -> None:
    """Killed while it changes records and while it changes them back, each is changed once, with one event each way."""
    database = databases.create("customers")
    with running(build, config_of(database, tmp_path, Config)) as service:
        tenant = service.tenants.make()
        client = service.client(tenant)
        for start in range(0, ROWS, 500):
            accounts(client, *(f"A{number}" for number in range(start, start + 500)))
        asked: dict[str, Any] = {
            "module": "accounts",
            "selection": {"everything": True},
            "changes": [{"field": "rating", "value": text("hot")}],
        }
        job = client.call("CreateMassEdit", **asked)
        for state, ended in (("running", "done"), ("undoing", "undone")):
            for _ in range(2):
                _killed_during(client, job, database, tmp_path, state)
            with worker(database, tmp_path):
                assert poll(lambda: client.call("GetMassEdit", id=job.id).state == ended, 120, every=0.05)  # noqa: B023
            if state == "running":
                job = client.call("GetMassEdit", id=job.id)
                assert (ROWS, ROWS, 0) == (job.done, job.changed, job.refused)
                assert ROWS == client.call("ListAccounts", filter="rating = hot").total_size
                client.call("UndoMassEdit", id=job.id)
        assert 0 == client.call("ListAccounts", filter="rating = hot").total_size
        told: dict[tuple[str, str], int] = {}
        for key in events_of(service):
            told[key] = told.get(key, 0) + 1
        assert {("created", 1): ROWS, ("updated", 2): ROWS} == _counted(told)


def _counted(told: dict[tuple[str, str], int]) -> dict[tuple[str, int], int]:
    """How many records have how many events of a verb."""
    counts: dict[tuple[str, int], int] = {}
    for (verb, _), times in told.items():
        counts[verb, times] = counts.get((verb, times), 0) + 1
    return counts


def _killed_during(client: Client, job: Any, database: Any, folder: Any, state: str) -> None:
    """Start a worker and kill it while it is at it, after it has done something more."""
    before = client.call("GetMassEdit", id=job.id).done

    def moved() -> bool:
        now = client.call("GetMassEdit", id=job.id)
        return now.state != state or now.done > before

    with worker(database, folder):
        assert poll(moved, 120, every=0.01)


class TestUndoRights:
    """What may be taken back is what its maker may do now."""

    def narrowed(self, tenant: Tenant, *grants: tuple[str, str, str]) -> None:
        """The last member's role becomes one of these grants."""
        tenant.snapshot.members[-1].role_ids[:] = [tenant.role(str(grants), list(grants))]
        tenant.snapshot.version += 1

    def test_right_lost(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Who may edit no longer takes nothing back."""
        [made] = accounts(client, "A", rating="hot")
        tenant.role("wide", [("accounts", "*", "all")])
        maker = customers.client(tenant, tenant.user("R", "wide"))
        job = Editor(customers, maker).edit({"field": "rating", "value": {"text": "cold"}}, ids=[made])
        self.narrowed(tenant, ("accounts", "view", "own"))
        maker = customers.client(tenant, uuid.UUID(tenant.snapshot.members[-1].id))
        assert "PERMISSION_DENIED" == refused(maker.call, "UndoMassEdit", id=job.id).code
        assert "cold" == of(client, made).rating

    def test_scope_lost(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Records that the maker does not reach any more stay as they are; those that the edit gave away come back."""
        tenant.role("wide", [("accounts", "*", "all")])
        user = tenant.user("R", "wide")
        mine, others = accounts(client, "A", "B", rating="hot")
        maker = customers.client(tenant, user)
        given = {"field": "owner_id", "value": {"text": str(user)}}
        Editor(customers, client).edit(given, ids=[mine])
        editor = Editor(customers, maker)
        job = editor.edit({"field": "rating", "value": {"text": "cold"}}, ids=[mine, others])
        away = editor.edit({"field": "owner_id", "value": {"text": str(tenant.admin)}}, ids=[mine])
        self.narrowed(tenant, ("accounts", "*", "own"))
        editor = Editor(customers, customers.client(tenant, user))
        editor.undo(away)
        assert str(user) == of(client, mine).owner_id
        done = editor.undo(job)
        assert ("hot", "cold") == (of(client, mine).rating, of(client, others).rating)
        assert [(others, "", "PERMISSION_DENIED", True)] == editor.refusals(done)
