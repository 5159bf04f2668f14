"""Tasks: what follows from their days, who sees them, and the occurrences of those that repeat."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.events.relay import sequence
from tests.services.harness import Client, Running, Tenant, refused


def task(client: Client, **fields: Any) -> Any:
    return client.call("CreateTask", task={"subject": "回电", **fields})


def changed(client: Client, before: Any, **fields: Any) -> Any:
    wanted = {"id": before.id, "etag": before.etag, **fields}
    return client.call("UpdateTask", task=wanted, update_mask={"paths": list(fields)})


def day(year: int, month: int, number: int) -> dict[str, int]:
    return {"year": year, "month": month, "day": number}


def when(text: str) -> Any:
    made = Timestamp()
    made.FromJsonString(text)
    return made


def on(message: Any) -> tuple[int, int, int]:
    return message.year, message.month, message.day


class TestCreateTask:
    def test_defaults(self, client: Client, tenant: Tenant) -> None:
        """A subject is enough: open, normal, one's own, and nobody's else to do."""
        made = task(client)
        assert ("open", "normal", str(tenant.admin)) == (made.status, made.priority, made.owner_id)
        assert [str(tenant.admin)] == list(made.assignee_ids)
        assert not made.HasField("complete_time")

    def test_day_of_a_time(self, client: Client) -> None:
        """The due day is that of the organization's clock."""
        assert (2026, 11, 24) == on(task(client, due_time=when("2026-11-23T16:30:00Z")).due_date)

    def test_checklist(self, client: Client) -> None:
        """In its order, each with whether it is done; an item without a text is refused."""
        made = task(client, checklist=[{"text": "报价", "done": True}, {"text": "合同"}])
        assert [("报价", True), ("合同", False)] == [(item.text, item.done) for item in made.checklist]
        wrong = refused(task, client, checklist=[{"text": "报价"}, {"done": True}])
        assert [("checklist[1].text", "REQUIRED")] == wrong.violations

    @pytest.mark.parametrize(
        ("fields", "violation"),
        [
            (
                {"start_time": when("2026-11-23T02:00:00Z"), "end_time": when("2026-11-23T01:00:00Z")},
                ("end_time", "END_BEFORE_START"),
            ),
            ({"recurrence": "FREQ=DAILY"}, ("due_date", "RECURRENCE_NEEDS_DUE")),
            ({"recurrence": "FREQ=SECONDLY", "due_date": day(2026, 1, 1)}, ("recurrence", "INVALID_RECURRENCE")),
            ({"status": "gone"}, ("status", "UNKNOWN_CHOICE")),
        ],
    )
    def test_refused(self, client: Client, fields: dict[str, Any], violation: tuple[str, str]) -> None:
        """The field is named."""
        assert [violation] == refused(task, client, **fields).violations


class TestUpdateTask:
    def test_day_moves_the_time(self, client: Client) -> None:
        """A day that is changed alone keeps the time of day; without a day there is no time."""
        made = task(client, due_time=when("2026-11-23T01:30:00Z"))
        moved = changed(client, made, due_date=day(2026, 11, 30))
        assert when("2026-11-30T01:30:00Z") == moved.due_time
        assert not changed(client, moved, due_date=None).HasField("due_time")

    def test_done(self, client: Client) -> None:
        """The state says when it was done, and takes it back."""
        done = changed(client, task(client), status="done")
        assert done.HasField("complete_time")
        assert not changed(client, done, status="waiting").HasField("complete_time")


class TestCompleteTask:
    def test_once(self, client: Client) -> None:
        """Completed twice is done once: one next occurrence, which has all but what was done."""
        made = task(
            client,
            due_time=when("2030-01-07T01:00:00Z"),
            start_time=when("2030-01-07T00:00:00Z"),
            recurrence="RRULE:freq=weekly;interval=2;byday=MO",
            checklist=[{"text": "报价", "done": True}],
            priority="high",
        )
        first = client.call("CompleteTask", id=made.id)
        again = client.call("CompleteTask", id=made.id)
        assert first == again
        following = client.call("GetTask", id=first.next_task_id)
        assert ("open", "high", (2030, 1, 21)) == (following.status, following.priority, on(following.due_date))
        assert when("2030-01-21T00:00:00Z") == following.start_time
        assert [False] == [item.done for item in following.checklist]
        assert 2 == client.call("ListTasks").total_size

    def test_after_reopening(self, client: Client) -> None:
        """What was reopened and done again has its next occurrence already."""
        made = task(client, due_date=day(2030, 1, 7), recurrence="FREQ=DAILY")
        client.call("CompleteTask", id=made.id)
        client.call("ReopenTask", id=made.id)
        client.call("CompleteTask", id=made.id)
        assert 2 == client.call("ListTasks").total_size

    def test_the_last(self, client: Client) -> None:
        """A rule that is counted comes to its end."""
        made = task(client, due_date=day(2030, 1, 31), recurrence="FREQ=MONTHLY;COUNT=2")
        second = client.call("GetTask", id=client.call("CompleteTask", id=made.id).next_task_id)
        assert ((2030, 3, 31), "FREQ=MONTHLY;COUNT=1") == (on(second.due_date), second.recurrence)
        assert "" == client.call("CompleteTask", id=second.id).next_task_id

    def test_missed(self, client: Client) -> None:
        """Who completes late is asked for what is to come, not for every day that was missed."""
        made = task(client, due_date=day(2020, 1, 1), recurrence="FREQ=DAILY")
        following = client.call("GetTask", id=client.call("CompleteTask", id=made.id).next_task_id)
        assert following.due_date.year >= 2026

    def test_stale(self, client: Client) -> None:
        """An etag that is given counts."""
        made = task(client)
        changed(client, made, priority="low")
        assert "ABORTED" == refused(client.call, "CompleteTask", id=made.id, etag=made.etag).code


class TestStatusIsNotTheirs:
    @pytest.mark.parametrize(("method", "status"), [("CompleteTask", "open"), ("ReopenTask", "done")])
    def test_refused(self, customers: Running, tenant: Tenant, client: Client, method: str, status: str) -> None:
        """Who may not change a task's status neither completes nor reopens it."""
        tenant.role("rep", [("tasks", "*", "own")], [("tasks", "status", "read_only")])
        user = tenant.user("R", "rep")
        made = task(client, status=status, owner_id=str(user))
        rep = customers.client(tenant, user)
        assert [("status", "FIELD_DENIED")] == refused(rep.call, method, id=made.id).violations
        assert status == rep.call("GetTask", id=made.id).status


class TestReopenTask:
    @pytest.mark.parametrize("status", ["done", "cancelled"])
    def test_open_again(self, client: Client, status: str) -> None:
        """Whether it was done or cancelled."""
        made = task(client, status=status)
        reopened = client.call("ReopenTask", id=made.id)
        assert ("open", False) == (reopened.status, reopened.HasField("complete_time"))

    def test_under_way(self, client: Client) -> None:
        """What has not ended stays as it is."""
        made = task(client, status="waiting")
        assert made == client.call("ReopenTask", id=made.id)


class TestAssignees:
    """Who is assigned to a task works on it, however far their role reaches."""

    @pytest.fixture
    def people(self, customers: Running, tenant: Tenant) -> dict[str, Any]:
        here, there = tenant.team("Here"), tenant.team("There")
        tenant.role("rep", [("tasks", operation, "own") for operation in ("view", "create", "edit", "delete")])
        tenant.role("lead", [("tasks", "view", "team")])
        ids = {
            "maker": tenant.user("Ma", "rep", team=there),
            "worker": tenant.user("Wo", "rep", team=here),
            "other": tenant.user("Ot", "rep", team=here),
            "chief": tenant.user("Ch", "lead", team=here),
        }
        return {name: (str(user), customers.client(tenant, user)) for name, user in ids.items()}

    def test_reached(self, people: dict[str, Any]) -> None:
        """They see, find and edit it, and so does who sees their team's; nobody else, and they do not delete it."""
        worker, client = people["worker"]
        made = task(people["maker"][1], assignee_ids=[worker])
        assert [made.id] == [one.id for one in client.call("ListTasks", filter="assignee_ids:me()").tasks]
        assert [made.id] == [hit.id for hit in client.call("Search", query="回电", modules=["tasks"]).hits]
        assert "done" == client.call("CompleteTask", id=made.id).status
        assert made.id == people["chief"][1].call("GetTask", id=made.id).id
        assert "NOT_FOUND" == refused(client.call, "DeleteTask", id=made.id).code
        assert "NOT_FOUND" == refused(people["other"][1].call, "GetTask", id=made.id).code
        assert 0 == people["other"][1].call("ListTasks").total_size

    def test_repeats(self, people: dict[str, Any]) -> None:
        """Who completes a task that repeats needs no right to assign: what comes next is its owner's, and theirs to do."""
        worker, client = people["worker"]
        maker, theirs = people["maker"]
        made = task(theirs, assignee_ids=[worker], recurrence="FREQ=DAILY", due_date=day(2030, 1, 7))
        following = client.call("GetTask", id=client.call("CompleteTask", id=made.id).next_task_id)
        assert (maker, [worker], 8) == (following.owner_id, list(following.assignee_ids), following.due_date.day)
        taken = refused(changed, client, following, owner_id=people["other"][0], status="done")
        assert [("owner_id", "ASSIGN_DENIED")] == taken.violations

    def test_until_they_are_not(self, customers: Running, tenant: Tenant, people: dict[str, Any]) -> None:
        """Who is taken off it sees it go in the change feed, and does not reach it any more."""
        worker, client = people["worker"]
        maker = people["maker"][1]
        database = customers.service.worker_database

        def news(of: Client, cursor: str = "") -> Any:
            while sequence(database):
                pass
            return of.call("ListChanges", module="tasks", cursor=cursor)

        others = people["other"][1]
        made = task(maker, assignee_ids=[worker])
        starts = {reader: news(reader).cursor for reader in (client, others)}
        changed(maker, made, assignee_ids=[people["maker"][0]])
        assert "NOT_FOUND" == refused(client.call, "GetTask", id=made.id).code
        assert [(made.id, True)] == [(item.id, item.removed) for item in news(client, starts[client]).changes]
        assert [] == list(news(others, starts[others]).changes)

    def test_explained(self, customers: Running, tenant: Tenant, people: dict[str, Any]) -> None:
        """ExplainAccess says what their own calls meet, and why."""
        made = task(people["maker"][1], assignee_ids=[people["worker"][0]])
        admin = customers.client(tenant)
        answer = admin.call("ExplainAccess", user_id=people["worker"][0], module="tasks", record_id=made.id)
        assert (True, True, False) == (answer.visible, answer.editable, answer.deletable)
        assert any("assigned to them" in reason.text for reason in answer.reasons if reason.operation == "view")
