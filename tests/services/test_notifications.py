"""Notifications: who is told, of what, where, and once."""

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.authz.tokens import Claims, sign
from chassis.database.schema import outbox
from chassis.events.outbox import Change
from chassis.ids import uuid7
from chassis.notices import Notice, notify, resource_of
from engagement.messages.table import messages
from engagement.notifications.handlers import NOTIFICATION
from engagement.notifications.kinds import KINDS
from guanxi.customers.v1 import accounts_pb2
from guanxi.events.v1 import events_pb2
from tests.services.harness import KEY, Client, Running, Tenant, refused

if TYPE_CHECKING:
    from local.inbox import MailSink


class Bench:
    """Engagement with an organization in which a manager, a representative and a clerk work."""

    def __init__(self, running: Running, company: Tenant) -> None:
        self.running, self.company = running, company
        company.role("all", [("accounts", "view", "all"), ("tasks", "view", "all")])
        company.role("own", [("accounts", "view", "own")])
        company.role("tree", [("accounts", "view", "tree")])
        company.role("blind", [("accounts", "view", "all")], [("accounts", "name", "hidden")])
        team = company.team("Sales")
        self.manager = company.user("Mei", "tree", team=team)
        self.representative = company.user("Bo", "own", team=team)
        self.clerk = company.user("Lin")
        self.teller = {item.consumer: item.handler for item in running.service.subscriptions}

    def client(self, user_id: uuid.UUID, **options: Any) -> Client:
        """One of them, calling."""
        return self.running.client(self.company, user_id, **options)

    def events(self, resource: str) -> list[events_pb2.Event]:
        """What was emitted of a resource."""
        with self.running.service.worker_database.work() as connection:
            wanted = sa.select(outbox.c.payload).where(
                outbox.c.org_id == self.company.id, outbox.c.resource == resource
            )
            return [
                events_pb2.Event.FromString(row.payload) for row in connection.execute(wanted.order_by(outbox.c.id))
            ]

    def take(self, consumer: str, event: events_pb2.Event) -> None:
        """Have an event's effect."""
        service = self.running.service
        call = service.control_plane.system_call(self.company.id, method=consumer)
        with service.worker_database.write(call) as transaction:
            self.teller[consumer](transaction, event)

    def raised(self, kind: str, *recipients: uuid.UUID, actor: str = "", **more: Any) -> None:
        """A notice of customers', raised and taken."""
        service = self.running.service
        notice = Notice(kind, recipients, more.pop("module", "accounts"), **more)
        with service.worker_database.write(service.control_plane.system_call(self.company.id)) as transaction:
            notify(transaction, "customers", notice)
        event = self.events(resource_of("customers"))[-1]
        event.actor.user_id = actor
        self.take("engagement-notices", event)

    def given(self, *owners: uuid.UUID, before: uuid.UUID | None = None, actor: str = "", job: str = "") -> None:
        """Accounts that were given to these owners in one event."""
        event = events_pb2.Event(
            id=str(uuid7()), org_id=str(self.company.id), resource="customers.Account", verb="updated"
        )
        event.actor.user_id, event.actor.job_id = actor, job
        for owner in owners:
            account = accounts_pb2.Account(id=str(uuid7()), name="蓝海科技", owner_id=str(owner))
            old = accounts_pb2.Account(id=account.id, name="蓝海科技", owner_id=str(before)) if before else None
            event.changes.append(Change(uuid.UUID(account.id), 2, old, account, ("owner_id",)).message())
        self.take("engagement-assignments", event)

    def told(self, user_id: uuid.UUID, **options: Any) -> list[str]:
        """What a member reads, newest first."""
        return [item.text for item in self.client(user_id, **options).call("ListNotifications").notifications]

    def mails(self) -> list[Mapping[str, Any]]:
        """What waits to be sent, oldest first."""
        with self.running.service.worker_database.work() as connection:
            wanted = sa.select(messages).where(messages.c.org_id == self.company.id).order_by(messages.c.id)
            return [dict(row) for row in connection.execute(wanted).mappings()]


@pytest.fixture
def bench(engagement: Running, company: Tenant) -> Bench:
    """An organization to be told things in."""
    return Bench(engagement, company)


class TestRaised:
    def test_told_in_their_language(self, bench: Bench) -> None:
        """A notice is read in the reader's language, with the name of who did it."""
        record_id = uuid7()
        actor = str(bench.manager)
        bench.raised("mentioned", bench.company.admin, actor=actor, record_id=record_id, title="蓝海科技")
        assert ["Mei mentioned you in “蓝海科技”"] == bench.told(bench.company.admin)
        assert ["Mei在“蓝海科技”中提到了您"] == bench.told(bench.company.admin, language="zh")
        found = bench.client(bench.company.admin).call("ListNotifications").notifications[0]
        assert ("accounts", str(record_id), actor) == (found.module, found.record_id, found.actor_id)

    def test_once(self, bench: Bench) -> None:
        """The same key is told once, and so is the same notice."""
        for _ in range(2):
            bench.raised("reminder", bench.company.admin, title="Call", key="reminder 7")
        bench.raised("reminder", bench.company.admin, title="Mail", key="reminder 8")
        bench.take("engagement-notices", bench.events(resource_of("customers"))[-1])
        assert ["Reminder: Mail", "Reminder: Call"] == bench.told(bench.company.admin)

    @pytest.mark.parametrize(
        ("reader", "owner", "heard"),
        [
            ("representative", "representative", True),
            ("representative", "manager", False),
            ("manager", "representative", True),
            ("manager", "admin", False),
            ("clerk", "clerk", False),
        ],
    )
    def test_only_who_may_view(self, bench: Bench, reader: str, owner: str, heard: bool) -> None:
        """Nobody hears of a record that they may not view."""
        people = {name: getattr(bench, name) for name in ("representative", "manager", "clerk")}
        people["admin"] = bench.company.admin
        bench.raised("reminder", people[reader], title="Secret", owners=[people[owner]])
        assert heard == bool(bench.told(people[reader]))

    def test_hidden_title(self, bench: Bench) -> None:
        """Where the field that names a record is hidden, the notification does not name it."""
        blind = bench.company.user("Ke", "blind")
        bench.raised("mentioned", blind, actor=str(bench.manager), title="Secret")
        assert ["Mei mentioned you in “…”"] == bench.told(blind)

    def test_inactive(self, bench: Bench) -> None:
        """Who has left is told nothing."""
        gone = bench.company.user("Gone", "all")
        member = next(item for item in bench.company.snapshot.members if item.id == str(gone))
        member.active = False
        bench.company.snapshot.version += 1
        bench.running.service.control_plane.forget(bench.company.id)
        bench.raised("reminder", gone, title="Call")
        with bench.running.service.worker_database.work() as connection:
            found = sa.text("SELECT count(*) FROM notifications WHERE user_id = :user")
            assert 0 == connection.execute(found, {"user": gone}).scalar_one()

    def test_places_are_not_filled_twice(self, bench: Bench) -> None:
        """What people wrote is told as they wrote it, whatever it looks like."""
        bench.raised("mentioned", bench.company.admin, actor=str(bench.manager), title="{actor} JOB_DONE")
        assert ["Mei mentioned you in “{actor} JOB_DONE”"] == bench.told(bench.company.admin)

    def test_times(self, bench: Bench) -> None:
        """A time is told in the organization's time zone."""
        bench.raised(
            "task_due", bench.company.admin, title="Call", module="tasks", values={"due": "2026-11-22T06:30:00+00:00"}
        )
        assert ["The task “Call” is due on 2026-11-22 14:30"] == bench.told(bench.company.admin)

    def test_live(self, bench: Bench) -> None:
        """The event by which clients hear of it names its reader, and carries nothing."""
        bench.raised("reminder", bench.company.admin, title="Secret")
        event = bench.events(NOTIFICATION)[-1]
        assert [str(bench.company.admin)] == list(event.audience)
        assert not event.changes[0].HasField("after")


class TestAssigned:
    def test_one(self, bench: Bench) -> None:
        """Who is given a record hears who gave it, and what it is called."""
        bench.given(bench.representative, before=bench.manager, actor=str(bench.manager))
        assert ["Mei assigned the account “蓝海科技” to you"] == bench.told(bench.representative)

    def test_not_ones_own_doing(self, bench: Bench) -> None:
        """Who takes a record is not told, nor who keeps it."""
        bench.given(bench.representative, before=bench.manager, actor=str(bench.representative))
        bench.given(bench.representative, before=bench.representative, actor=str(bench.manager))
        assert [] == bench.told(bench.representative)

    def test_many(self, bench: Bench) -> None:
        """A job that gives many records is one notification, which counts them."""
        for count in (3, 2):
            bench.given(*[bench.representative] * count, bench.manager, actor=str(bench.company.admin), job="j")
        assert ["Admin assigned Accounts to you (5)"] == bench.told(bench.representative)
        assert ["Admin将2条客户记录分配给了您"] == bench.told(bench.manager, language="zh")


class TestChannels:
    def test_mail(self, bench: Bench, mail_sink: "MailSink") -> None:
        """A kind that goes by mail is sent in the member's language, with a link to the record."""
        member = next(item for item in bench.company.snapshot.members if item.id == str(bench.company.admin))
        member.email, member.language = f"{uuid.uuid4().hex}@example.com", "zh"
        bench.company.snapshot.version += 1
        bench.running.service.control_plane.forget(bench.company.id)
        record_id = uuid7()
        bench.raised("reminder", bench.company.admin, title="回电", record_id=record_id)
        for sender in bench.running.service.loops:
            while sender():
                pass
        mail = mail_sink.inbox.wait_for(member.email)
        assert "提醒：回电" == mail.subject
        assert f"http://localhost/accounts/{record_id}" in mail.text

    def test_chosen(self, bench: Bench) -> None:
        """Own choice goes before the organization's, and that before the kind's; taking it back restores the default."""
        admin = bench.client(bench.company.admin)
        assert KINDS.keys() == {item.kind for item in admin.call("GetNotificationSettings").settings}
        admin.call("UpdateNotificationDefaults", settings=[{"kind": "reminder", "in_app": False}])
        bench.raised("reminder", bench.company.admin, title="1")
        admin.call("UpdateNotificationSettings", settings=[{"kind": "reminder", "in_app": True}])
        bench.raised("reminder", bench.company.admin, title="2")
        mine = {item.kind: item for item in admin.call("GetNotificationSettings").settings}["reminder"]
        assert (True, False, False, True) == (
            mine.in_app,
            mine.default_in_app,
            mine.HasField("email"),
            mine.default_email,
        )
        admin.call("UpdateNotificationSettings", settings=[{"kind": "reminder"}])
        bench.raised("reminder", bench.company.admin, title="3")
        assert ["Reminder: 2"] == bench.told(bench.company.admin)

    def test_the_notices_own(self, bench: Bench) -> None:
        """A reminder that names its channels goes there, whatever is chosen."""
        admin = bench.client(bench.company.admin)
        admin.call("UpdateNotificationSettings", settings=[{"kind": "reminder", "in_app": False, "email": False}])
        bench.raised("reminder", bench.company.admin, title="Call", channels=["in_app"])
        assert ["Reminder: Call"] == bench.told(bench.company.admin)
        assert [] == bench.mails()

    def test_unknown_kind(self, bench: Bench) -> None:
        """A kind that does not exist is refused by its place."""
        refusal = refused(
            bench.client(bench.company.admin).call, "UpdateNotificationSettings", settings=[{"kind": "weather"}]
        )
        assert ("INVALID_ARGUMENT", [("settings[0].kind", "UNKNOWN_CHOICE")]) == (refusal.code, refusal.violations)

    def test_defaults_are_the_administrators(self, bench: Bench) -> None:
        """Who may not edit the organization does not choose for everybody."""
        refusal = refused(bench.client(bench.clerk).call, "UpdateNotificationDefaults", settings=[])
        assert "PERMISSION_DENIED" == refusal.code


class TestRead:
    def test_mark(self, bench: Bench) -> None:
        """Some or all are marked as read, and some as not; what is unread is counted and listed by itself."""
        admin = bench.client(bench.company.admin)
        for title in "abc":
            bench.raised("reminder", bench.company.admin, title=title)
        listed = admin.call("ListNotifications")
        assert 3 == listed.unread_count
        ids = [item.id for item in listed.notifications]
        assert 2 == admin.call("MarkNotifications", ids=ids[:1]).unread_count
        unread = admin.call("ListNotifications", unread_only=True)
        assert ids[1:] == [item.id for item in unread.notifications]
        assert 0 == admin.call("MarkNotifications").unread_count
        assert 2 == admin.call("MarkNotifications", ids=ids[1:], unread=True).unread_count

    def test_pages(self, bench: Bench) -> None:
        """Pages follow each other, newest first, whatever comes meanwhile."""
        admin = bench.client(bench.company.admin)
        for number in range(5):
            bench.raised("reminder", bench.company.admin, title=str(number))
        first = admin.call("ListNotifications", page_size=3)
        bench.raised("reminder", bench.company.admin, title="new")
        second = admin.call("ListNotifications", page_size=3, page_token=first.next_page_token)
        found = [item.text[-1] for item in [*first.notifications, *second.notifications]]
        assert (["4", "3", "2", "1", "0"], "") == (found, second.next_page_token)

    def test_of_a_narrowed_program(self, bench: Bench) -> None:
        """A program reads, counts and marks what its maker was told of the modules that it views."""
        admin = bench.company.admin
        for module in ("accounts", "tasks"):
            bench.raised("reminder", admin, module=module, title=module)
        version = bench.company.snapshot.version
        claims = Claims(admin, bench.company.id, "s", "token", version, int(time.time()) + 300, "tasks.view")
        program = Client(bench.running.port, sign("test", KEY, claims))
        listed = program.call("ListNotifications")
        assert (["Reminder: tasks"], 1) == ([item.text for item in listed.notifications], listed.unread_count)
        others = [item.id for item in bench.client(admin).call("ListNotifications").notifications]
        assert 0 == program.call("MarkNotifications", ids=others).unread_count
        unread = bench.client(admin).call("ListNotifications", unread_only=True)
        assert ["Reminder: accounts"] == [item.text for item in unread.notifications]

    def test_after_the_right_is_gone(self, bench: Bench) -> None:
        """What was told before names no record to who may no longer view its module, or the field that names it."""
        reader, company = bench.representative, bench.company
        values = {"text": "Secret rule", "date": "2026-05-04"}
        bench.raised("birthday", reader, title="Secret", values=values, owners=[reader])
        bench.raised("mentioned", reader, actor=str(bench.manager), title="Secret", owners=[reader])
        bench.raised("job_finished", reader, values={"job": "JOB_EXPORT", "state": "JOB_DONE"}, owners=[reader])
        done = "Export of account: done"
        before = [done, "Mei mentioned you in “Secret”", "Secret has a birthday on 2026-05-04"]
        assert before == bench.told(reader)
        company.role("other", [("tasks", "view", "all")])
        member = next(item for item in company.snapshot.members if item.id == str(reader))
        for key, birthday in (("blind", "… has a birthday on 2026-05-04"), ("other", "… has a birthday on …")):
            member.role_ids[:] = [role.id for role in company.snapshot.roles if role.key == key]
            company.snapshot.version += 1
            assert [done, "Mei mentioned you in “…”", birthday] == bench.told(reader)

    def test_others(self, bench: Bench) -> None:
        """Nobody reads or marks what another was told."""
        bench.raised("reminder", bench.company.admin, title="Call")
        found = bench.client(bench.company.admin).call("ListNotifications").notifications[0]
        manager = bench.client(bench.manager)
        assert [] == list(manager.call("ListNotifications").notifications)
        manager.call("MarkNotifications", ids=[found.id])
        assert 1 == bench.client(bench.company.admin).call("ListNotifications").unread_count
