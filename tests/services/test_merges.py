"""Merges: several records become one, everything that refers to them follows in every service, once, and comes back."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database.schema import outbox
from chassis.events.inbox import Consumer
from chassis.ids import uuid7
from chassis.merges import concerned, sweep
from chassis.merges.moving import TIMER
from chassis.timers import fire_due
from chassis.undo import remember
from guanxi.events.v1 import events_pb2
from guanxi.merges.v1 import merges_pb2
from tests.services.harness import Client, Refused, Running, Tenant, refused, runner_of

BOTH = [("accounts", "*", "all"), ("contacts", "*", "all"), ("account_contacts", "*", "all"), ("leads", "*", "all")]


@dataclass
class Desk:
    """Customers and sales of one organization, and what carries events between them."""

    customers: Running
    sales: Running
    tenant: Tenant
    client: Client
    seller: Client
    handed: set[str] = field(default_factory=set)

    def make(self, kind: str = "Account", **values: Any) -> Any:
        """A new record of customers'."""
        made: dict[str, Any] = {_snake(kind): _named(kind) | values}
        return self.client.call(f"Create{kind}", **made)

    def get(self, kind: str, record_id: str, **more: Any) -> Any:
        return self.client.call(f"Get{kind}", id=record_id, **more)

    def merge(self, survivor: Any, *others: Any, module: str = "accounts", **more: Any) -> Any:
        """Ask for a merge, without anything that follows it."""
        ids = [other.id for other in others]
        return self.client.call("CreateMerge", module=module, survivor_id=survivor.id, merged_ids=ids, **more)

    def merged(self, survivor: Any, *others: Any, **more: Any) -> Any:
        """A merge, and all that follows it."""
        return self.follow(self.merge(survivor, *others, **more))

    def undone(self, merge: Any) -> Any:
        """The merge after it was taken back, and all that follows."""
        return self.follow(self.client.call("UndoMerge", id=merge.id))

    def follow(self, merge: Any) -> Any:
        """Jobs, and events between the services, until nothing happens any more; the merge after it."""
        for _ in range(3):
            self.work(self.customers)
            self.deliver(self.customers, self.sales)
            self.work(self.sales)
            self.deliver(self.sales, self.customers)
        self._others(merge)
        return self.client.call("GetMerge", id=merge.id)

    def work(self, running: Running) -> None:
        runner = runner_of(running.service)
        while runner.run_next():
            pass

    def deliver(self, source: Running, target: Running, *, times: int = 1) -> None:
        """Events of one service arrive at another."""
        service = target.service
        for subscription in service.all_subscriptions():
            if subscription.consumer.startswith((f"{service.name}-merge", f"{service.name}-references", "customers-t")):
                self._deliver(source, target, subscription, times)

    def _deliver(self, source: Running, target: Running, subscription: Any, times: int) -> None:
        service = target.service
        for stream, subjects in subscription.subjects().items():
            consumer = Consumer(
                service.worker_database, subscription, stream, subjects, service.control_plane.system_call
            )
            for event in self.events(source):
                key = f"{event.id} {subscription.consumer}"
                if event.resource in subscription.resources and (key not in self.handed or times > 1):
                    self.handed.add(key)
                    for _ in range(times):
                        consumer.handle([event])

    def events(self, source: Running) -> list[events_pb2.Event]:
        statement = sa.select(outbox.c.payload).where(outbox.c.org_id == self.tenant.id).order_by(outbox.c.id)
        with source.service.worker_database.work() as connection:
            return [events_pb2.Event.FromString(row.payload) for row in connection.execute(statement).all()]

    def _others(self, merge: Any) -> None:
        """Services that are not here have nothing to move, and say so."""
        service = self.customers.service
        (heard,) = [each for each in service.all_subscriptions() if each.consumer == "customers-merge-progress"]
        state = {"running": "done", "undoing": "undone"}.get(self.client.call("GetMerge", id=merge.id).state)
        for name in set(concerned("customers.Account")) - {"customers", "sales"} if state else ():
            actor = events_pb2.Actor(kind="system")
            kind = f"{name}.MergeProgress"
            event = events_pb2.Event(
                id=str(uuid7()), org_id=str(self.tenant.id), resource=kind, verb="made", actor=actor
            )
            merge_id = merge.id.partition("-")[2]
            told = merges_pb2.MergeProgress(merge_id=merge_id, initiator="customers", state=state)
            version = 2 if state == "undone" else 1
            event.changes.add(id=merge_id, version=version).after.Pack(told, type_url_prefix="guanxi/")
            begin = service.control_plane.system_call
            Consumer(service.worker_database, heard, f"GUANXI_{name.upper()}", [], begin).handle([event])

    def opportunity(self, account: Any) -> Any:
        """A new one of an account's."""
        pipeline = self.seller.call("CreatePipeline", pipeline={"name": f"P {uuid7()}"})
        stage = {"name": "S", "pipeline_id": pipeline.id, "kind": "open", "position": 1}
        self.seller.call("CreateStage", stage=stage)
        made = {"name": "O", "pipeline_id": pipeline.id, "account_id": account.id}
        return self.seller.call("CreateOpportunity", opportunity=made)

    def account_of(self, opportunity: Any) -> str:
        return str(self.seller.call("GetOpportunity", id=opportunity.id).account_id)


def _snake(name: str) -> str:
    return {"AccountContact": "account_contact"}.get(name, name.lower())


def _named(kind: str) -> dict[str, Any]:
    return {} if kind == "Task" else {"name": "白鹭科技"}


@pytest.fixture
def desk(customers: Running, sales: Running, tenant: Tenant, client: Client) -> Iterator[Desk]:
    seller = sales.client(tenant)
    yield Desk(customers, sales, tenant, client, seller)
    seller.close()


class TestCreateMerge:
    def test_anonymous(self, customers: Running) -> None:
        """Nobody merges without a log-in."""
        assert "UNAUTHENTICATED" == refused(Client(customers.port).call, "CreateMerge", module="accounts").code

    def test_values(self, desk: Desk) -> None:
        """The survivor has the chosen values, its own, or the first there is; lists are united; nothing is lost."""
        line = {"type": "work", "number": "+862155550001"}
        first = desk.make(name="上海白鹭科技有限公司", phone="+8613800138000", phones=[line], industry="technology")
        other = desk.make(
            name="白鹭科技 Egret Ltd",
            phone="+8613900139000",
            phones=[{**line, "type": "other"}],
            email="sales@egret.example",
            website="https://egret.example",
            industry="retail",
            external_ids={"ERP": "7"},
        )
        desk.merged(first, other, fields={"name": other.id})
        found = desk.get("Account", first.id)
        assert ("白鹭科技 Egret Ltd", "technology", "+8613800138000") == (found.name, found.industry, found.phone)
        assert ("sales@egret.example", "https://egret.example", {"ERP": "7"}) == (
            found.email,
            found.website,
            dict(found.external_ids),
        )
        assert ["+862155550001", "+8613900139000"] == [each.number for each in found.phones]
        assert "NOT_FOUND" == refused(desk.get, "Account", other.id).code

    def test_custom_values(self, desk: Desk) -> None:
        """The organization's own fields are chosen and filled as the others are, also those that are taken once."""
        for key, more in (("code", {"unique": True}), ("colour", {}), ("note", {})):
            desk.tenant.custom_field("accounts", key, "text", label_zh=key, **more)
        desk.client = desk.customers.client(desk.tenant)
        one = desk.make(custom={"colour": {"text": "red"}})
        two = desk.make(custom={"code": {"text": "A1"}, "colour": {"text": "blue"}, "note": {"text": "n"}})
        merge = desk.merged(one, two, fields={"custom.colour": two.id})
        values = {key: value.text for key, value in desk.get("Account", one.id).custom.items()}
        assert {"code": "A1", "colour": "blue", "note": "n"} == values
        desk.undone(merge)
        assert {"colour": "red"} == {key: value.text for key, value in desk.get("Account", one.id).custom.items()}
        assert "A1" == desk.get("Account", two.id).custom["code"].text

    def test_everything_moves(self, desk: Desk) -> None:
        """Whatever refers to a record that ended refers to the survivor, in every service; the timeline comes along."""
        stays, ends = desk.make(), desk.make()
        contact = desk.make("Contact", name="张伟", account_id=ends.id)
        task = desk.make("Task", subject="回访", account_id=ends.id)
        talk = {"kind": "call", "subject": "电话", "account_id": ends.id, "start_time": {"seconds": 1_700_000_000}}
        talked = desk.client.call("CreateInteraction", interaction=talk)
        below = desk.make(parent_id=ends.id)
        reminder = desk.client.call(
            "CreateReminder",
            reminder={
                "text": "R",
                "module": "accounts",
                "record_id": ends.id,
                "due_time": {"seconds": 4_000_000_000},
            },
        )
        opportunity = desk.opportunity(ends)
        desk.deliver(desk.customers, desk.customers)
        merge = desk.merged(stays, ends)
        assert (
            "done",
            {"contacts": 1, "tasks": 1, "interactions": 1, "accounts": 1, "reminders": 1, "opportunities": 1},
        ) == (
            merge.state,
            {each.module: each.count for each in merge.moved},
        )
        moved = [
            desk.get("Contact", contact.id).account_id,
            desk.get("Task", task.id).account_id,
            desk.get("Interaction", talked.id).account_id,
            desk.get("Account", below.id).parent_id,
            desk.get("Reminder", reminder.id).record_id,
            desk.account_of(opportunity),
        ]
        assert [stays.id] * 6 == moved
        entries = desk.client.call("ListTimelineEntries", module="accounts", record_id=stays.id).timeline_entries
        assert talked.id in [entry.record_id for entry in entries]

    def test_one_role_of_two(self, desk: Desk) -> None:
        """Who had a role in both accounts has one in the survivor, which keeps its own primary contact."""
        stays, ends = desk.make(), desk.make()
        one, two = desk.make("Contact", name="张伟"), desk.make("Contact", name="李娜")
        for account, contact, primary in ((stays, one, True), (ends, one, False), (ends, two, True)):
            row = {"account_id": account.id, "contact_id": contact.id, "is_primary": primary}
            desk.client.call("CreateAccountContact", account_contact=row)
        merge = desk.merged(stays, ends)
        assert {(stays.id, one.id, True), (stays.id, two.id, False)} == _roles(desk)
        assert "undone" == desk.undone(merge).state
        assert {(stays.id, one.id, True), (ends.id, one.id, False), (ends.id, two.id, True)} == _roles(desk)

    def test_no_circle(self, desk: Desk) -> None:
        """A survivor that stood below a record that ended stands below nothing, and never below itself."""
        top = desk.make()
        middle = desk.make(parent_id=top.id)
        below = desk.make(parent_id=middle.id)
        desk.merged(below, top)
        assert "" == desk.get("Account", middle.id).parent_id or "" == desk.get("Account", below.id).parent_id

    @pytest.mark.parametrize(("kind", "module"), [("Contact", "contacts"), ("Lead", "leads")])
    def test_people(self, desk: Desk, kind: str, module: str) -> None:
        """Contacts and leads are merged as accounts are."""
        one, two = desk.make(kind, email="a@x.example"), desk.make(kind, email="b@x.example", phone="+8613900139000")
        field_name = f"{kind.lower()}_id"
        task = desk.make("Task", subject="T", **{field_name: two.id})
        merge = desk.merged(one, two, module=module)
        found = desk.get(kind, one.id)
        assert ("a@x.example", "+8613900139000", ["b@x.example"]) == (
            found.email,
            found.phone,
            [each.address for each in found.emails],
        )
        assert one.id == getattr(desk.get("Task", task.id), field_name)
        desk.undone(merge)
        assert two.id == getattr(desk.get("Task", task.id), field_name)

    def test_converted_lead_stays(self, desk: Desk) -> None:
        """A lead that became a customer does not end in one that did not."""
        lead, other = desk.make("Lead"), desk.make("Lead")
        desk.client.call("ConvertLead", id=lead.id)
        assert "LEAD_MERGE_CONVERTED" == refused(desk.merge, other, lead, module="leads").reason
        assert "done" == desk.merged(lead, other, module="leads").state
        assert "converted" == desk.get("Lead", lead.id).status

    def test_late_references(self, desk: Desk) -> None:
        """What comes to refer to a record that ended refers to the survivor, however many merges away."""
        one, two, three = desk.make(), desk.make(), desk.make()
        desk.merged(two, three)
        desk.merged(one, two)
        assert one.id == desk.make("Contact", name="张伟", account_id=three.id).account_id
        assert one.id == desk.account_of(desk.opportunity(three))

    def test_written_meanwhile(self, desk: Desk) -> None:
        """What a transaction wrote that knew nothing of the merge yet is moved by a second look."""
        stays, ends = desk.make(), desk.make()
        desk.merged(stays, ends)
        contact = desk.make("Contact", name="张伟", account_id=stays.id)
        service = desk.customers.service
        table = service.records["contacts"].resource.table
        with service.database.write(service.control_plane.system_call(desk.tenant.id)) as transaction:
            wanted = sa.update(table).where(table.c.org_id == desk.tenant.id, table.c.id == uuid.UUID(contact.id))
            transaction.execute(wanted.values(account_id=uuid.UUID(ends.id)))
        begin, later = service.control_plane.system_call, datetime.now(UTC) + timedelta(minutes=3)
        while fire_due(service.worker_database, {TIMER: sweep}, begin=begin, now=later):
            pass
        desk.work(desk.customers)
        assert stays.id == desk.get("Contact", contact.id).account_id

    def test_same_request(self, desk: Desk) -> None:
        """A repeated request is one merge; events that come again move nothing twice."""
        stays, ends = desk.make(), desk.make()
        opportunity = desk.opportunity(ends)
        key = str(uuid7())
        merge = desk.merge(stays, ends, request_id=key)
        assert merge.id == desk.merge(stays, ends, request_id=key).id
        desk.deliver(desk.customers, desk.sales, times=3)
        assert "done" == desk.follow(merge).state
        assert stays.id == desk.account_of(opportunity)
        moved = [event for event in desk.events(desk.sales) if event.verb == "moved"]
        assert 1 == len(moved)
        assert str(desk.tenant.admin) == moved[0].actor.user_id

    def test_which_records(self, desk: Desk) -> None:
        """Two to ten different records of a module that can be merged."""
        account = desk.make()
        assert ("merged_ids", "MERGE_RECORDS") == refused(desk.merge, account, account).violations[0]
        assert ("merged_ids", "MERGE_RECORDS") == refused(desk.merge, account).violations[0]
        task = desk.make("Task", subject="T")
        assert ("module", "NOT_MERGEABLE") == refused(desk.merge, task, task, module="tasks").violations[0]
        stranger = desk.customers.client(desk.customers.tenants.make()).call("CreateAccount", account={"name": "X"})
        assert "NOT_FOUND" == refused(desk.merge, account, stranger).code
        wrong = refused(desk.merge, account, desk.make(), fields={"nonsense": account.id, "create_time": account.id})
        assert {"fields.nonsense", "fields.create_time"} == {field for field, _ in wrong.violations}

    def test_rights(self, desk: Desk) -> None:
        """It takes the right to merge and edit all of them, and to delete those that end."""
        mine, theirs = desk.make(), desk.make()
        for number, (operation, scope) in enumerate(
            [("merge", ""), ("edit", "own"), ("delete", "own"), ("merge", "own"), ("view", "own")]
        ):
            grants = [grant for grant in BOTH if grant[0] != "accounts"]
            scopes = dict.fromkeys(("view", "edit", "delete", "merge", "create"), "all") | {operation: scope}
            grants += [("accounts", name, held) for name, held in scopes.items() if held]
            desk.tenant.role(f"r{number}", grants)
            user = desk.customers.client(desk.tenant, desk.tenant.user("U", f"r{number}"))
            asked: dict[str, Any] = {"module": "accounts", "survivor_id": mine.id, "merged_ids": [theirs.id]}
            expected = "NOT_FOUND" if operation == "view" else "PERMISSION_DENIED"
            assert (operation, expected) == (operation, refused(user.call, "CreateMerge", **asked).code)

    def test_others_records_move_too(self, desk: Desk) -> None:
        """What refers to them moves, whoever it belongs to and whatever the caller may do with it."""
        stays, ends = desk.make(), desk.make()
        contact = desk.make("Contact", name="张伟", account_id=ends.id)
        desk.tenant.role("merger", [("accounts", "*", "all")])
        user = desk.customers.client(desk.tenant, desk.tenant.user("U", "merger"))
        desk.follow(user.call("CreateMerge", module="accounts", survivor_id=stays.id, merged_ids=[ends.id]))
        assert stays.id == desk.get("Contact", contact.id).account_id

    def test_fields_that_may_not_be_written(self, desk: Desk) -> None:
        """A value cannot be chosen for a field that the caller may not write; an empty one is filled all the same."""
        one, two = desk.make(phone=""), desk.make(phone="+8613900139000", industry="retail")
        rules = [("accounts", "industry", "read_only"), ("accounts", "phone", "hidden")]
        desk.tenant.role("narrow", [("accounts", "*", "all")], rules)
        user = desk.customers.client(desk.tenant, desk.tenant.user("U", "narrow"))
        asked: dict[str, Any] = {"module": "accounts", "survivor_id": one.id, "merged_ids": [two.id]}
        error = refused(user.call, "CreateMerge", **asked, fields={"industry": two.id})
        assert [("industry", "FIELD_DENIED")] == error.violations
        assert [("fields.phone", "UNKNOWN_FIELD")] == refused(
            user.call, "CreateMerge", **asked, fields={"phone": two.id}
        ).violations
        user.call("CreateMerge", **asked)
        assert "+8613900139000" == desk.get("Account", one.id).phone

    def test_crash_before_others_hear(self, desk: Desk) -> None:
        """Between the merge and another service's news of it everything is there; when they come, it follows."""
        stays, ends = desk.make(), desk.make()
        opportunity = desk.opportunity(ends)
        merge = desk.merge(stays, ends)
        assert ends.id == desk.account_of(opportunity)
        assert "running" == desk.client.call("GetMerge", id=merge.id).state
        assert "MERGE_STATE" == refused(desk.client.call, "UndoMerge", id=merge.id).reason
        assert ("done", stays.id) == (desk.follow(merge).state, desk.account_of(opportunity))

    def test_a_worker_that_dies(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """A job that fell in the middle goes on with the rest; nothing is moved twice."""
        stays, ends = desk.make(), desk.make()
        contacts = [desk.make("Contact", name=f"C{number}", account_id=ends.id) for number in range(7)]
        monkeypatch.setattr("chassis.merges.moving.CHUNK", 2)
        fallen: list[int] = []

        def fall(*arguments: Any, **more: Any) -> None:
            fallen.append(1)
            if len(fallen) == 4:
                raise MemoryError
            remember(*arguments, **more)

        monkeypatch.setattr("chassis.merges.moving.remember", fall)
        monkeypatch.setattr("chassis.jobs.job.LEASE", timedelta(0))
        monkeypatch.setattr("chassis.jobs.runner.LEASE", timedelta(0))
        merge = desk.merged(stays, ends)
        assert ("done", 7) == (merge.state, sum(each.count for each in merge.moved))
        assert {stays.id} == {desk.get("Contact", contact.id).account_id for contact in contacts}


class TestUndoMerge:
    def test_everything_comes_back(self, desk: Desk) -> None:
        """Records, values and references are as they were, in every service."""
        stays, ends = desk.make(name="A", tag_ids=[]), desk.make(name="B", phone="+8613900139000")
        contact = desk.make("Contact", name="张伟", account_id=ends.id)
        opportunity = desk.opportunity(ends)
        desk.deliver(desk.customers, desk.customers)
        merge = desk.merged(stays, ends, fields={"name": ends.id})
        undone = desk.undone(merge)
        assert ("undone", 0) == (undone.state, len(undone.conflicts))
        assert ("A", "") == ((found := desk.get("Account", stays.id)).name, found.phone)
        assert ("B", "+8613900139000") == ((found := desk.get("Account", ends.id)).name, found.phone)
        assert (ends.id, ends.id) == (desk.get("Contact", contact.id).account_id, desk.account_of(opportunity))
        assert ends.id == desk.make("Contact", name="李娜", account_id=ends.id).account_id
        entries = desk.client.call("ListTimelineEntries", module="accounts", record_id=stays.id).timeline_entries
        assert contact.id not in [entry.record_id for entry in entries]
        assert "MERGE_STATE" == refused(desk.client.call, "UndoMerge", id=merge.id).reason

    def test_what_changed_since(self, desk: Desk) -> None:
        """What somebody changed after the merge stays as it is, and is named."""
        stays, ends, third = desk.make(name="A"), desk.make(name="B"), desk.make(name="C")
        contact = desk.make("Contact", name="张伟", account_id=ends.id)
        merge = desk.merged(stays, ends, fields={"name": ends.id})
        for kind, record_id, values in (
            ("Account", stays.id, {"name": "D"}),
            ("Contact", contact.id, {"account_id": third.id}),
        ):
            changed: dict[str, Any] = {
                kind.lower(): {"id": record_id, "etag": desk.get(kind, record_id).etag, **values}
            }
            desk.client.call(f"Update{kind}", **changed)
        undone = desk.undone(merge)
        assert {stays.id, contact.id} == {each.record_id for each in undone.conflicts}
        assert {"CHANGED_SINCE"} == {each.code for each in undone.conflicts}
        assert ("D", third.id) == (desk.get("Account", stays.id).name, desk.get("Contact", contact.id).account_id)
        assert "B" == desk.get("Account", ends.id).name

    def test_in_order(self, desk: Desk) -> None:
        """A merge whose survivor ended in another is undone after that one."""
        one, two, three = desk.make(), desk.make(), desk.make()
        first = desk.merged(two, three)
        second = desk.merged(one, two)
        assert "MERGE_SURVIVOR_GONE" == refused(desk.client.call, "UndoMerge", id=first.id).reason
        desk.undone(second)
        assert "undone" == desk.undone(first).state

    def test_rights(self, desk: Desk) -> None:
        """Who could not merge cannot undo; who does not see the survivor is told of nothing."""
        stays, ends = desk.make(), desk.make()
        merge = desk.merged(stays, ends)
        for name, scope, expected in (("edit", "all", "PERMISSION_DENIED"), ("view", "own", "NOT_FOUND")):
            desk.tenant.role(f"{name}{scope}", [("accounts", "view", scope if name == "view" else "all")])
            user = desk.customers.client(desk.tenant, desk.tenant.user("U", f"{name}{scope}"))
            assert expected == refused(user.call, "UndoMerge", id=merge.id).code


class TestListMerges:
    def test_finds_the_survivor(self, desk: Desk) -> None:
        """From a record that ended one comes to the survivor; from either side to what happened."""
        stays, ends = desk.make(), desk.make()
        merge = desk.merged(stays, ends)
        for record_id in (stays.id, ends.id):
            (found,) = desk.client.call("ListMerges", module="accounts", record_id=record_id).merges
            assert (merge.id, stays.id, [ends.id]) == (found.id, found.survivor_id, list(found.merged_ids))
        assert found.undo_until.seconds

    def test_scope(self, desk: Desk) -> None:
        """Who does not see the survivor is told of nothing."""
        stays, ends = desk.make(), desk.make()
        merge = desk.merged(stays, ends)
        desk.tenant.role("own", [("accounts", "*", "own")])
        user = desk.customers.client(desk.tenant, desk.tenant.user("U", "own"))
        assert [] == list(user.call("ListMerges", module="accounts", record_id=ends.id).merges)
        assert "NOT_FOUND" == refused(user.call, "GetMerge", id=merge.id).code


class TestListReferences:
    def test_counts(self, desk: Desk) -> None:
        """How much refers to each record, as far as the caller sees it."""
        one, two = desk.make(), desk.make()
        for account in (one, one, two):
            desk.make("Contact", name="张伟", account_id=account.id)
        desk.opportunity(two)
        asked: dict[str, Any] = {"target_module": "accounts", "ids": [one.id, two.id]}
        found = desk.client.call("ListReferences", **asked).references
        assert {(one.id, "contacts", 2), (two.id, "contacts", 1)} == {
            (each.record_id, each.module, each.count) for each in found
        }
        (sold,) = desk.seller.call("ListReferences", **asked).references
        assert (two.id, "opportunities", 1) == (sold.record_id, sold.module, sold.count)
        desk.tenant.role("own", [("accounts", "view", "all"), ("contacts", "view", "own")])
        user = desk.customers.client(desk.tenant, desk.tenant.user("U", "own"))
        assert [] == list(user.call("ListReferences", **asked).references)
        with pytest.raises(Refused):
            user.call("ListReferences", target_module="leads", ids=[one.id])


def _roles(desk: Desk) -> set[tuple[str, str, bool]]:
    return {
        (each.account_id, each.contact_id, each.is_primary)
        for each in desk.client.call("ListAccountContacts").account_contacts
    }
