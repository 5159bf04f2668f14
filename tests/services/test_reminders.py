"""Reminders: of a record, of a task, of days that come every year; each is told once, whoever dies while telling."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.database.schema import timers
from chassis.timers import fire_due
from customers.reminder_rules.rules import anniversaries, mornings, next_morning
from guanxi.notices.v1 import notices_pb2
from tests.services.harness import Client, Running, Tenant, notices_of, refused

Told = Callable[..., list[notices_pb2.Notice]]
NOW = datetime.now(UTC)


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


@pytest.fixture
def told(customers: Running, tenant: Tenant) -> Told:
    """Runs the organization's timers as at a moment; every notice there is then."""

    def run(moment: datetime | None = None) -> list[notices_pb2.Notice]:
        service = customers.service
        if moment is not None:
            while fire_due(
                service.worker_database, service.timers, begin=service.control_plane.system_call, now=moment
            ):
                pass
        return notices_of(customers, tenant)

    return run


class TestReminder:
    def test_once(self, client: Client, tenant: Tenant, told: Told) -> None:
        """At its time its owner is told by the channels chosen, once; before it nobody is."""
        made = client.call(
            "CreateReminder",
            reminder={"text": "回访", "due_time": stamp(NOW + timedelta(hours=1)), "channels": ["email"]},
        )
        assert [] == told(NOW + timedelta(minutes=59))
        (notice,) = told(NOW + timedelta(minutes=61))
        assert ("reminder", [str(tenant.admin)], "回访", ["email"]) == (
            notice.kind,
            list(notice.user_ids),
            notice.title,
            list(notice.channels),
        )
        assert client.call("GetReminder", id=made.id).HasField("tell_time")
        assert 1 == len(told(NOW + timedelta(days=1)))

    def test_later(self, client: Client, told: Told) -> None:
        """A later time tells again; a deleted one is silent."""
        made = client.call("CreateReminder", reminder={"text": "A", "due_time": stamp(NOW + timedelta(hours=1))})
        told(NOW + timedelta(hours=2))
        read = client.call("GetReminder", id=made.id)
        wanted = {"id": made.id, "etag": read.etag, "due_time": stamp(NOW + timedelta(hours=3))}
        client.call("UpdateReminder", reminder=wanted, update_mask={"paths": ["due_time"]})
        assert 2 == len(told(NOW + timedelta(hours=4)))
        gone = client.call("CreateReminder", reminder={"text": "B", "due_time": stamp(NOW + timedelta(hours=1))})
        client.call("DeleteReminder", id=gone.id)
        assert 2 == len(told(NOW + timedelta(hours=5)))

    def test_record(self, client: Client) -> None:
        """A record is named by its module and id."""
        due = stamp(NOW + timedelta(hours=1))
        half = {"text": "A", "due_time": due, "module": "accounts"}
        assert [("record_id", "REQUIRED")] == refused(client.call, "CreateReminder", reminder=half).violations
        wrong = refused(client.call, "CreateReminder", reminder={**half, "record_id": "x"})
        assert [("record_id", "INVALID_ID")] == wrong.violations
        client.call("CreateReminder", reminder={**half, "record_id": str(uuid.uuid4())})

    def test_killed(self, customers: Running, client: Client, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker that dies after the notice was written, and before the end, leaves nothing: the next one tells, once."""
        client.call("CreateReminder", reminder={"text": "A", "due_time": stamp(NOW + timedelta(hours=1))})
        service = customers.service
        whole = service.timers["reminder"]

        class Killed(BaseException):
            pass

        def dying(*arguments: Any) -> None:
            whole(*arguments)
            raise Killed

        handlers = {**service.timers, "reminder": dying}
        later = NOW + timedelta(hours=2)
        with pytest.raises(Killed):
            while fire_due(service.worker_database, handlers, begin=service.control_plane.system_call, now=later):
                pass
        assert [] == told()
        assert 1 == len(told(later))


class TestTaskReminders:
    def due(self, client: Client, *reminders: dict[str, Any], **fields: Any) -> Any:
        task = {"subject": "回电", "due_time": stamp(NOW + timedelta(days=2)), "reminders": reminders, **fields}
        return client.call("CreateTask", task=task)

    def test_each(self, client: Client, tenant: Tenant, told: Told) -> None:
        """Each at its own time by its own channels, to those who work on it; each once."""
        other = tenant.user("Wo", "administrator")
        self.due(
            client,
            {"minutes_before": 60, "channels": ["email"]},
            {"time": stamp(NOW + timedelta(hours=1))},
            assignee_ids=[str(tenant.admin), str(other)],
        )
        first = told(NOW + timedelta(hours=2))
        assert [[]] == [list(notice.channels) for notice in first]
        assert {str(tenant.admin), str(other)} == set(first[0].user_ids)
        assert ["task_due", "task_due"] == [notice.kind for notice in told(NOW + timedelta(days=3))]
        assert ["email"] == list(told()[1].channels)

    def test_moved_or_done(self, client: Client, told: Told) -> None:
        """A task that moves takes its reminders with it; of one that is done nobody is reminded."""
        made = self.due(client, {"minutes_before": 60})
        wanted = {"id": made.id, "etag": made.etag, "due_time": stamp(NOW + timedelta(days=5))}
        moved = client.call("UpdateTask", task=wanted, update_mask={"paths": ["due_time"]})
        assert [] == told(NOW + timedelta(days=3))
        client.call("CompleteTask", id=moved.id)
        assert [] == told(NOW + timedelta(days=6))

    def test_next_occurrence(self, client: Client) -> None:
        """What comes again reminds again, as long before."""
        made = self.due(
            client, {"minutes_before": 60}, {"time": stamp(NOW + timedelta(days=1))}, recurrence="FREQ=DAILY"
        )
        following = client.call("GetTask", id=client.call("CompleteTask", id=made.id).next_task_id)
        assert 60 == following.reminders[0].minutes_before
        assert stamp(NOW + timedelta(days=2)).seconds == following.reminders[1].time.seconds

    def test_refused(self, client: Client) -> None:
        """A reminder says when; what is counted from a due date needs one."""
        wrong = refused(self.due, client, {"channels": ["email"]})
        assert [("reminders[0].time", "REQUIRED")] == wrong.violations
        undated = {"subject": "A", "reminders": [{"minutes_before": 5}]}
        assert [("due_date", "REQUIRED")] == refused(client.call, "CreateTask", task=undated).violations


class TestReminderRule:
    def rule(self, client: Client, **fields: Any) -> Any:
        wanted = {"name": "生日", "module": "contacts", "field": "birthday", "yearly": True, **fields}
        return client.call("CreateReminderRule", reminder_rule=wanted)

    @pytest.fixture
    def morning(self, customers: Running, tenant: Tenant) -> Callable[[], date]:
        """Makes the organization's next morning today's, and says which day it is there."""

        def set_back() -> date:
            today = datetime.now(tenant_zone()).date()
            with customers.service.worker_database.work() as connection:
                connection.execute(
                    sa.update(timers)
                    .where(timers.c.org_id == tenant.id, timers.c.kind == "reminder_rules")
                    .values(due_time=NOW, payload={"after": (today - timedelta(days=1)).isoformat()})
                )
            return today

        return set_back

    def test_birthday(self, client: Client, tenant: Tenant, told: Told, morning: Callable[[], date]) -> None:
        """So many days before it, whatever the year, the contact's owner is told; a second look tells nothing new."""
        day = datetime.now(tenant_zone()).date() + timedelta(days=3)
        born = {"year": 1988, "month": day.month, "day": day.day}
        client.call("CreateContact", contact={"name": "张伟", "birthday": born})
        client.call("CreateContact", contact={"name": "李娜", "birthday": {"year": 1990, "month": 1, "day": 1}})
        self.rule(client, days_before=3)
        morning()
        (notice,) = told(datetime.now(UTC))
        assert ("birthday", "张伟", [str(tenant.admin)]) == (notice.kind, notice.title, list(notice.user_ids))
        morning()
        assert {notice.key} == {one.key for one in told(datetime.now(UTC))}

    def test_custom_field(self, client: Client, tenant: Tenant, told: Told, morning: Callable[[], date]) -> None:
        """An organization's own day is as good; once, where it does not come every year."""
        tenant.custom_field("accounts", "renewal", "date")
        day = datetime.now(tenant_zone()).date()
        value = {"year": day.year, "month": day.month, "day": day.day}
        client.call("CreateAccount", account={"name": "A", "custom": {"renewal": {"date": value}}})
        self.rule(client, module="accounts", field="custom.renewal", yearly=False, name="续约")
        morning()
        (notice,) = told(datetime.now(UTC))
        assert ("reminder", "续约", "A") == (notice.kind, notice.values["text"], notice.title)

    def test_what_its_owner_sees(
        self, customers: Running, tenant: Tenant, client: Client, told: Told, morning: Callable[[], date]
    ) -> None:
        """A rule tells of the records that who made it sees, and of no field hidden from them."""
        mine = [("contacts", "view", "own"), ("reminder_rules", "create", "own")]
        tenant.role("rep", mine)
        tenant.role("blind", mine, [("contacts", "birthday", "hidden")])
        rep = customers.client(tenant, tenant.user("R", "rep"))
        day = datetime.now(tenant_zone()).date()
        client.call(
            "CreateContact", contact={"name": "张伟", "birthday": {"year": 1988, "month": day.month, "day": day.day}}
        )
        self.rule(rep, recipients="me")
        morning()
        assert [] == told(datetime.now(UTC))
        blind = customers.client(tenant, tenant.user("B", "blind"))
        assert [("field", "NO_DATE_FIELD")] == refused(self.rule, blind).violations

    def test_what_its_recipients_see(
        self, customers: Running, tenant: Tenant, client: Client, told: Told, morning: Callable[[], date]
    ) -> None:
        """A day is told to no owner from whom it is hidden, whoever made the rule."""
        tenant.role("blind", [("contacts", "view", "own")], [("contacts", "birthday", "hidden")])
        tenant.role("rep", [("contacts", "view", "own")])
        day = datetime.now(tenant_zone()).date()
        born = {"year": 1988, "month": day.month, "day": day.day}
        seeing = str(tenant.user("R", "rep"))
        for owner in (str(tenant.user("B", "blind")), seeing):
            client.call("CreateContact", contact={"name": "张伟", "owner_id": owner, "birthday": born})
        self.rule(client)
        morning()
        assert [[seeing]] == [list(notice.user_ids) for notice in told(datetime.now(UTC))]

    def test_hidden_with_all_own_fields(
        self, customers: Running, tenant: Tenant, client: Client, told: Told, morning: Callable[[], date]
    ) -> None:
        """Where all of an organization's own fields are hidden none of them is told of, nor asked for."""
        tenant.custom_field("accounts", "renewal", "date")
        mine = [("accounts", "view", "all"), ("reminder_rules", "*", "own")]
        tenant.role("rep", mine)
        blind_role = tenant.role("blind", mine, [("accounts", "custom", "hidden")])
        user = tenant.user("R", "rep")
        day = datetime.now(tenant_zone()).date()
        value = {"date": {"year": day.year, "month": day.month, "day": day.day}}
        client.call("CreateAccount", account={"name": "A", "custom": {"renewal": value}})
        wanted = {"module": "accounts", "field": "custom.renewal", "recipients": "me"}
        self.rule(customers.client(tenant, user), **wanted)
        tenant.snapshot.members[-1].role_ids[:] = [blind_role]
        tenant.snapshot.version += 1
        blind = customers.client(tenant, user)
        assert [("field", "NO_DATE_FIELD")] == refused(self.rule, blind, **wanted).violations
        morning()
        assert [] == told(datetime.now(UTC))

    @pytest.mark.parametrize("field", ["name", "nothing", "custom.nothing", "create_time"])
    def test_refused(self, client: Client, field: str) -> None:
        """A rule is about a field that holds a day."""
        assert [("field", "NO_DATE_FIELD")] == refused(self.rule, client, field=field).violations


def tenant_zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Shanghai")


def test_days_of_rules() -> None:
    """Leap days fall on the 28th; missed mornings are made up for, a fortnight at most; mornings are local."""
    assert ["02-28", "02-29"] == anniversaries(date(2027, 2, 28))
    assert ["02-28"] == anniversaries(date(2028, 2, 28))
    assert [date(2026, 1, 2), date(2026, 1, 3)] == list(mornings(date(2026, 1, 1), date(2026, 1, 3)))
    assert 14 == len(list(mornings(date(2025, 1, 1), date(2026, 1, 3))))
    zone = tenant_zone()
    assert (
        "2026-01-01T00:00:00+00:00"
        == next_morning(datetime(2025, 12, 31, 20, tzinfo=UTC), zone).astimezone(UTC).isoformat()
    )
    assert (
        "2026-01-02T00:00:00+00:00"
        == next_morning(datetime(2026, 1, 1, 0, tzinfo=UTC), zone).astimezone(UTC).isoformat()
    )
