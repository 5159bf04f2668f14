"""Timelines: what happened around a customer, in every service, as each reader may see it."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database.schema import outbox
from chassis.events.outbox import Change, subject_of
from chassis.ids import uuid7
from customers.timeline.handlers import follow
from guanxi.events.v1 import events_pb2
from guanxi.sales.v1 import opportunities_pb2
from tests.services.harness import Client, Running, Tenant, refused

START = datetime(2026, 11, 1, 8, tzinfo=UTC)


class Stream:
    """Customers, and the timeline's consumer when it is told to work."""

    def __init__(self, customers: Running, tenant: Tenant) -> None:
        self.customers, self.tenant = customers, tenant
        self.client = customers.client(tenant)
        self.taken = 0

    def take(self, *events: events_pb2.Event) -> None:
        """Have these events' effect, or that of everything that customers emitted since."""
        service = self.customers.service
        if not events:
            with service.worker_database.work() as connection:
                wanted = sa.select(outbox.c.payload).where(outbox.c.org_id == self.tenant.id).order_by(outbox.c.id)
                emitted = [events_pb2.Event.FromString(row.payload) for row in connection.execute(wanted)]
            events = tuple(emitted[self.taken :])
            self.taken = len(emitted)
        call = service.control_plane.system_call(self.tenant.id)
        wanted_types = next(item for item in service.subscriptions if item.consumer == "customers-timeline").resources
        subjects = {subject_of(kind, "*") for kind in wanted_types}
        with service.worker_database.write(call) as transaction:
            for event in events:
                if subject_of(event.resource, "*") in subjects:
                    follow(transaction, event)

    def deal(self, account_id: str, *, minutes: int = 0, before: Any = None, **fields: Any) -> events_pb2.Event:
        """An event of sales: an opportunity of the account."""
        made = opportunities_pb2.Opportunity(account_id=account_id, **fields)
        made.id = before.id if before is not None else str(uuid7())
        verb = "updated" if before is not None else "created"
        event = events_pb2.Event(id=str(uuid7()), org_id=str(self.tenant.id), resource="sales.Opportunity", verb=verb)
        event.time.FromDatetime(START + timedelta(minutes=minutes))
        event.actor.user_id = str(self.tenant.admin)
        change = Change(uuid.UUID(made.id), 1 if before is None else 2, before, made, tuple(sorted(fields)))
        event.changes.append(change.message())
        return event

    def read(self, module: str, record_id: str, client: Client | None = None, **more: Any) -> list[Any]:
        """A customer's timeline, newest first."""
        asked = (client or self.client).call("ListTimelineEntries", module=module, record_id=record_id, **more)
        return list(asked.timeline_entries)

    def verbs(self, *arguments: Any, **more: Any) -> list[tuple[str, str, str]]:
        """Each entry's module, verb and title."""
        return [(item.module, item.verb, item.title) for item in self.read(*arguments, **more)]


@pytest.fixture
def stream(customers: Running, tenant: Tenant) -> Stream:
    """An organization's customers."""
    return Stream(customers, tenant)


@pytest.fixture
def account(stream: Stream) -> Any:
    """An account."""
    return stream.client.call("CreateAccount", account={"name": "蓝海科技"})


class TestStream:
    def test_of_every_service(self, stream: Stream, account: Any) -> None:
        """Contacts, interactions, changes and deals stand in one stream, newest first, and begin with the record."""
        contact = stream.client.call("CreateContact", contact={"name": "王伟", "account_id": account.id})
        stream.client.call("UpdateAccount", account={"id": account.id, "etag": account.etag, "industry": "retail"})
        stream.take()
        stream.take(stream.deal(account.id, minutes=60 * 24 * 365, name="Phones"))
        assert [
            ("opportunities", "created", "Phones"),
            ("accounts", "updated", "蓝海科技"),
            ("contacts", "created", "王伟"),
            ("accounts", "created", "蓝海科技"),
        ] == stream.verbs("accounts", account.id)
        assert [("contacts", "created", "王伟")] == stream.verbs("contacts", contact.id)

    def test_values(self, stream: Stream, account: Any) -> None:
        """A change says who made it, which fields, and what they held before and after."""
        stream.client.call("UpdateAccount", account={"id": account.id, "etag": account.etag, "name": "蓝海集团"})
        stream.take()
        found = stream.read("accounts", account.id)[0]
        assert (["name"], "Admin") == (list(found.changed_fields), found.actor_name)
        assert ("蓝海科技", "蓝海集团") == (json.loads(found.before)["name"], json.loads(found.after)["name"])

    def test_an_interaction_stands_where_it_took_place(self, stream: Stream, account: Any) -> None:
        """It is one entry at its own time, as it is now; deleted it is none, and brought back it is there again."""
        made = stream.client.call(
            "CreateInteraction",
            interaction={"kind": "call", "subject": "First", "account_id": account.id, "start_time": START},
        )
        changed = stream.client.call(
            "UpdateInteraction", interaction={"id": made.id, "etag": made.etag, "subject": "Second"}
        )
        stream.take()
        found = stream.read("accounts", account.id)
        assert [("interactions", "Second"), ("accounts", "蓝海科技")] == [
            (item.module, item.title) for item in sorted(found, key=lambda item: item.module, reverse=True)
        ]
        entry = next(item for item in found if item.module == "interactions")
        assert (START, "call") == (entry.time.ToDatetime(UTC), json.loads(entry.after)["kind"])
        stream.client.call("DeleteInteraction", id=made.id, etag=changed.etag)
        stream.take()
        assert ["accounts"] == [item.module for item in stream.read("accounts", account.id)]
        stream.client.call("UndeleteInteraction", id=made.id)
        stream.take()
        assert 2 == len(stream.read("accounts", account.id))

    def test_moved(self, stream: Stream, account: Any) -> None:
        """What changes its customer stands on both timelines, and what comes later on the new one's."""
        other = stream.client.call("CreateAccount", account={"name": "红杉"})
        before = opportunities_pb2.Opportunity(id=str(uuid7()), name="Phones", account_id=account.id)
        stream.take(stream.deal(other.id, before=before, name="Phones"))
        for one in (account, other):
            assert ("opportunities", "updated", "Phones") == stream.verbs("accounts", one.id)[0]

    def test_again(self, stream: Stream, account: Any) -> None:
        """An event that comes again changes nothing."""
        event = stream.deal(account.id, name="Phones")
        stream.take(event, event)
        stream.take(event)
        assert 1 == len(stream.read("accounts", account.id, modules=["opportunities"]))

    def test_renamed(self, stream: Stream, account: Any) -> None:
        """Older entries are called as the record is now."""
        contact = stream.client.call("CreateContact", contact={"name": "王伟", "account_id": account.id})
        stream.client.call("UpdateContact", contact={"id": contact.id, "etag": contact.etag, "name": "王维"})
        stream.take()
        assert {"王维"} == {item.title for item in stream.read("accounts", account.id, modules=["contacts"])}

    def test_of_modules_that_organizations_make(self, stream: Stream, tenant: Tenant, account: Any) -> None:
        """A record that refers to the account by a field of its own is told of there, with what became of it."""
        tenant.custom_field("c_project", "customer", "reference", reference="customers.Account")
        module = tenant.custom_module("project")
        custom = {"customer": {"text": account.id}}
        record = stream.client.call("CreateRecord", module=module, record={"name": "塔楼", "custom": custom})
        stream.client.call("UpdateRecord", module=module, record={"id": record.id, "etag": "1", "name": "新塔楼"})
        stream.take()
        found = stream.read("accounts", account.id, modules=[module])
        assert [("updated", "新塔楼"), ("created", "新塔楼")] == [(item.verb, item.title) for item in found]

    def test_what_follows_is_not_told(self, stream: Stream, account: Any) -> None:
        """That an interaction set the account's last contact is no change that anybody made."""
        stream.client.call("CreateInteraction", interaction={"kind": "call", "account_id": account.id})
        stream.take()
        assert [] == [
            item.verb for item in stream.read("accounts", account.id, modules=["accounts"]) if item.verb != "created"
        ]


class TestPages:
    def test_all_of_them(self, stream: Stream, account: Any) -> None:
        """Pages follow each other without gap or repetition, also where times are equal."""
        stream.take(*[stream.deal(account.id, minutes=number // 3, name=f"Deal {number}") for number in range(10)])
        seen, token = [], ""
        while True:
            page = stream.client.call(
                "ListTimelineEntries", module="accounts", record_id=account.id, page_size=4, page_token=token
            )
            seen += [item.title for item in page.timeline_entries]
            token = page.next_page_token
            if not token:
                break
        assert sorted([f"Deal {number}" for number in range(10)] + ["蓝海科技"]) == sorted(seen)
        assert {"Deal 9", "蓝海科技"} == {seen[0], seen[-1]}

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"module": "opportunities"}, ("module", "UNKNOWN_MODULE")),
            ({"modules": ["weather"]}, ("modules", "UNKNOWN_MODULE")),
            ({"record_id": "x"}, ("record_id", "INVALID_ID")),
            ({"page_token": "x"}, ("page_token", "INVALID_PAGE_TOKEN")),
        ],
    )
    def test_refused(self, stream: Stream, account: Any, fields: dict[str, Any], wrong: tuple[str, str]) -> None:
        """What is wrong is named."""
        asked = {"module": "accounts", "record_id": account.id, **fields}
        assert [wrong] == refused(stream.client.call, "ListTimelineEntries", **asked).violations


class TestRights:
    def test_the_customer_itself(self, stream: Stream, account: Any) -> None:
        """Who may not view the customer finds nothing, as if it did not exist."""
        stream.tenant.role("own", [("accounts", "view", "own")])
        other = stream.customers.client(stream.tenant, stream.tenant.user("Bo", "own"))
        refusal = refused(other.call, "ListTimelineEntries", module="accounts", record_id=account.id)
        assert "NOT_FOUND" == refusal.code

    def test_each_entry(self, stream: Stream, account: Any) -> None:
        """Entries of modules that the reader may not view, and of records out of scope, are left out."""
        stream.tenant.role("some", [("accounts", "view", "all"), ("opportunities", "view", "own")])
        reader = stream.tenant.user("Bo", "some")
        stream.client.call("CreateContact", contact={"name": "王伟", "account_id": account.id})
        stream.take()
        stream.take(
            stream.deal(account.id, name="Mine", owner_id=str(reader)),
            stream.deal(account.id, name="Another's", owner_id=str(stream.tenant.admin)),
        )
        client = stream.customers.client(stream.tenant, reader)
        assert {"Mine", "蓝海科技"} == {item.title for item in stream.read("accounts", account.id, client)}

    def test_given_away(self, stream: Stream, account: Any) -> None:
        """A record's entries belong to whom it belongs to now, older ones too."""
        stream.tenant.role("some", [("accounts", "view", "all"), ("opportunities", "view", "own")])
        reader = stream.tenant.user("Bo", "some")
        first = stream.deal(account.id, name="Phones", owner_id=str(reader))
        made = opportunities_pb2.Opportunity()
        assert first.changes[0].after.Unpack(made)
        stream.take(first, stream.deal(account.id, before=made, name="Phones", owner_id=str(stream.tenant.admin)))
        client = stream.customers.client(stream.tenant, reader)
        assert ["accounts"] == [item.module for item in stream.read("accounts", account.id, client)]

    def test_late(self, stream: Stream, account: Any) -> None:
        """An event that comes late gives nothing back to whom the record belonged to."""
        stream.tenant.role("some", [("accounts", "view", "all"), ("opportunities", "view", "own")])
        reader = stream.tenant.user("Bo", "some")
        first = stream.deal(account.id, name="Phones", owner_id=str(reader))
        made = opportunities_pb2.Opportunity()
        assert first.changes[0].after.Unpack(made)
        stream.take(stream.deal(account.id, before=made, name="Phones", owner_id=str(stream.tenant.admin)))
        stream.take(first)
        client = stream.customers.client(stream.tenant, reader)
        assert ["accounts"] == [item.module for item in stream.read("accounts", account.id, client)]

    def test_hidden_place(self, stream: Stream, account: Any) -> None:
        """Who may not see to which account a contact belongs does not learn it here; an account's own changes stay."""
        rules = [("contacts", "account_id", "hidden"), ("accounts", "parent_id", "hidden")]
        stream.tenant.role("blind", [("accounts", "view", "all"), ("contacts", "view", "all")], rules)
        stream.client.call("CreateContact", contact={"name": "王伟", "account_id": account.id})
        stream.client.call("CreateAccount", account={"name": "分公司", "parent_id": account.id})
        stream.client.call("UpdateAccount", account={"id": account.id, "etag": account.etag, "industry": "retail"})
        stream.take()
        client = stream.customers.client(stream.tenant, stream.tenant.user("Bo", "blind"))
        assert [("accounts", "updated", "蓝海科技"), ("accounts", "created", "蓝海科技")] == stream.verbs(
            "accounts", account.id, client
        )

    def test_hidden_fields(self, stream: Stream, account: Any) -> None:
        """Hidden fields are in no entry: neither by name, nor their values, nor as a title."""
        rules = [("accounts", "industry", "hidden"), ("contacts", "name", "hidden")]
        stream.tenant.role("blind", [("accounts", "view", "all"), ("contacts", "view", "all")], rules)
        stream.client.call("UpdateAccount", account={"id": account.id, "etag": account.etag, "industry": "retail"})
        stream.client.call("CreateContact", contact={"name": "王伟", "account_id": account.id})
        stream.take()
        client = stream.customers.client(stream.tenant, stream.tenant.user("Bo", "blind"))
        for item in stream.read("accounts", account.id, client):
            assert "industry" not in [*item.changed_fields, *json.loads(item.before), *json.loads(item.after)]
            assert "王伟" not in item.title + item.after
