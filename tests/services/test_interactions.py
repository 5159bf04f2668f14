"""The communication log: what an interaction says by itself, the task it leaves, and when somebody was last in touch."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.services.harness import Client, Running, Tenant, notices_of, refused

STEP = {"year": 2030, "month": 1, "day": 7}


def log(client: Client, kind: str = "call", **fields: Any) -> Any:
    return client.call("CreateInteraction", interaction={"kind": kind, **fields})


def ago(**span: float) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) - timedelta(**span))
    return made


def upload(client: Client, name: str = "报价单.pdf", data: bytes = b"%PDF") -> str:
    file = client.call("CreateFile", name=name, media_type="application/pdf")
    client.call("AppendFile", id=file.id, data=data)
    client.call("CompleteFile", id=file.id)
    return str(file.id)


class TestCreateInteraction:
    @pytest.mark.parametrize(
        ("language", "fields", "subject"),
        [
            ("en", {"subject": "Prices"}, "Prices"),
            ("en", {"body": "\nSent the offer\nand more"}, "Sent the offer"),
            ("en", {}, "Call"),
            ("zh-CN", {}, "电话"),
        ],
    )
    def test_subject(
        self, customers: Running, tenant: Tenant, language: str, fields: dict[str, Any], subject: str
    ) -> None:
        """The one given, or the first line of what was said, or what it was."""
        assert subject == log(customers.client(tenant, language=language), **fields).subject

    def test_time(self, client: Client) -> None:
        """Now, unless it is said; what lies ahead is refused, and told to be a task."""
        made = log(client)
        assert abs((made.start_time.ToDatetime(UTC) - datetime.now(UTC)).total_seconds()) < 60
        assert [("start_time", "INTERACTION_AHEAD")] == refused(log, client, start_time=ago(hours=-1)).violations

    def test_account_of_contact(self, client: Client) -> None:
        """Who talks to a contact talks to their account, unless another one is named."""
        account, other = (client.call("CreateAccount", account={"name": name}).id for name in "AB")
        contact = client.call("CreateContact", contact={"name": "张伟", "account_id": account}).id
        assert account == log(client, contact_id=contact).account_id
        assert other == log(client, contact_id=contact, account_id=other).account_id

    def test_account_out_of_sight(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """An account that the caller does not see is not filled in."""
        tenant.role(
            "rep",
            [("contacts", "view", "all"), ("accounts", "view", "own"), ("interactions", "create", "own")],
        )
        rep = customers.client(tenant, tenant.user("R", "rep"))
        account = client.call("CreateAccount", account={"name": "A"}).id
        contact = client.call("CreateContact", contact={"name": "张伟", "account_id": account}).id
        assert "" == log(rep, contact_id=contact).account_id


class TestNextStep:
    def test_task(self, client: Client, tenant: Tenant) -> None:
        """A next step with a day is a task of whoever wrote it, about the same customer, made once."""
        account = client.call("CreateAccount", account={"name": "A"}).id
        made = log(client, account_id=account, next_step="Send the contract", next_step_date=STEP)
        task = client.call("GetTask", id=made.task_id)
        assert ("Send the contract", account, [str(tenant.admin)]) == (
            task.subject,
            task.account_id,
            list(task.assignee_ids),
        )
        assert 7 == task.due_date.day
        later = {"id": made.id, "etag": made.etag, "next_step_date": {**STEP, "day": 9}}
        client.call("UpdateInteraction", interaction=later, update_mask={"paths": ["next_step_date"]})
        assert 1 == client.call("ListTasks").total_size

    def test_unnamed(self, client: Client) -> None:
        """A day without a text follows up; a text without a day is no task."""
        made = log(client, subject="Prices", next_step_date=STEP)
        assert "Follow up: Prices" == client.call("GetTask", id=made.task_id).subject
        assert "" == log(client, next_step="One day").task_id

    def test_without_the_right(self, customers: Running, tenant: Tenant) -> None:
        """Who may not make tasks is told so, and nothing is written."""
        tenant.role("clerk", [("interactions", "create", "own"), ("interactions", "view", "own")])
        clerk = customers.client(tenant, tenant.user("C", "clerk"))
        wrong = refused(log, clerk, next_step_date=STEP)
        assert [("next_step_date", "NEXT_STEP_DENIED")] == wrong.violations
        assert 0 == clerk.call("ListInteractions").total_size


class TestNextStepBeyondFields:
    """The task of a next step passes on nothing hidden, and writes nothing that its maker may not write."""

    def rep(self, customers: Running, tenant: Tenant, *rules: tuple[str, str, str]) -> tuple[str, Client]:
        grants = [("accounts", "view", "all"), ("interactions", "*", "own"), ("tasks", "*", "own")]
        tenant.role("rep", grants, list(rules))
        user = tenant.user("R", "rep")
        return str(user), customers.client(tenant, user)

    @pytest.mark.parametrize("field", ["account_id", "subject", "next_step", "task_id"])
    def test_hidden(self, customers: Running, tenant: Tenant, client: Client, field: str) -> None:
        """What is hidden of the interaction is not shown in its task."""
        user, rep = self.rep(customers, tenant, ("interactions", field, "hidden"))
        account = client.call("CreateAccount", account={"name": "A"}).id
        words = {"next_step": "Secret"} if field == "next_step" else {}
        made = log(client, subject="Prices", account_id=account, owner_id=user, **words)
        change = {"id": made.id, "etag": made.etag, "next_step_date": STEP}
        again = rep.call("UpdateInteraction", interaction=change)
        change = {"id": made.id, "etag": again.etag, "next_step_date": {**STEP, "day": 9}}
        rep.call("UpdateInteraction", interaction=change)
        (task,) = rep.call("ListTasks").tasks
        expected = {"account_id": ("Follow up: Prices", ""), "subject": ("Follow up", account)}
        assert expected.get(field, ("Follow up: Prices", account)) == (task.subject, task.account_id)

    def test_read_only(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """What is read-only in tasks is left out."""
        user, rep = self.rep(
            customers, tenant, ("tasks", "account_id", "read_only"), ("tasks", "assignee_ids", "read_only")
        )
        account = client.call("CreateAccount", account={"name": "A"}).id
        made = log(rep, account_id=account, next_step_date=STEP)
        task = rep.call("GetTask", id=made.task_id)
        assert ("", [user], account) == (task.account_id, list(task.assignee_ids), made.account_id)

    @pytest.mark.parametrize("field", ["due_date", "subject"])
    def test_refused(self, customers: Running, tenant: Tenant, field: str) -> None:
        """Without its day or its subject there is no task, and whoever wrote it is told so."""
        _, rep = self.rep(customers, tenant, ("tasks", field, "read_only"))
        assert [("next_step_date", "NEXT_STEP_DENIED")] == refused(log, rep, next_step_date=STEP).violations
        assert "" == log(rep).task_id


class TestLastInteraction:
    def test_newest(self, client: Client) -> None:
        """The newest contact counts for account and contact; notes and older ones change nothing."""
        account = client.call("CreateAccount", account={"name": "A", "website": "https://a.cn"})
        contact = client.call("CreateContact", contact={"name": "张伟", "account_id": account.id})
        log(client, "note", contact_id=contact.id)
        assert not client.call("GetContact", id=contact.id).HasField("last_interaction_time")
        call = log(client, "visit", contact_id=contact.id, start_time=ago(hours=2))
        log(client, "email", contact_id=contact.id, start_time=ago(days=2))
        for found in (client.call("GetContact", id=contact.id), client.call("GetAccount", id=account.id)):
            assert call.start_time == found.last_interaction_time
        assert "https://a.cn" == client.call("GetAccount", id=account.id).website
        client.call("CreateContact", contact={"name": "李娜"})
        found = client.call(
            "ListContacts", filter="last_interaction_time > now() - 1d", order_by="last_interaction_time"
        )
        assert [contact.id] == [one.id for one in found.contacts]

    def test_lead(self, client: Client) -> None:
        """Who talks to a lead is in touch with it; the next step is about it, too."""
        lead = client.call("CreateLead", lead={"name": "王芳"}).id
        made = log(client, lead_id=lead, next_step_date=STEP)
        assert made.start_time == client.call("GetLead", id=lead).last_interaction_time
        assert lead == client.call("GetTask", id=made.task_id).lead_id

    def test_whoever_wrote(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """Who only sees a contact is in touch with them all the same; an edit of theirs that was under way can be saved."""
        tenant.role("rep", [("contacts", "view", "all"), ("interactions", "create", "own")])
        rep = customers.client(tenant, tenant.user("R", "rep"))
        contact = client.call("CreateContact", contact={"name": "张伟"})
        log(rep, contact_id=contact.id)
        wanted = {"id": contact.id, "etag": contact.etag, "job_title": "CTO"}
        saved = client.call("UpdateContact", contact=wanted, update_mask={"paths": ["job_title"]}, merge_fields=True)
        assert ("CTO", True) == (saved.job_title, saved.HasField("last_interaction_time"))


class TestAttachments:
    """Who sees a record may load its files."""

    def test_seen(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """By those who see the interaction, and nobody else; by nobody any more when it is taken off."""
        tenant.role("all", [("interactions", "view", "all")])
        tenant.role("own", [("interactions", "view", "own")])
        tenant.role("blind", [("interactions", "view", "all")], [("interactions", "attachment_ids", "hidden")])
        seeing, own, blind = (customers.client(tenant, tenant.user("U", role)) for role in ("all", "own", "blind"))
        file = upload(client)
        assert "NOT_FOUND" == refused(seeing.call, "GetFile", id=file).code
        made = log(client, attachment_ids=[file])
        assert "报价单.pdf" == seeing.call("GetFile", id=file).name
        assert b"%PDF" == seeing.call("ReadFile", id=file).data
        for other in (own, blind, customers.client(customers.tenants.make())):
            assert "NOT_FOUND" == refused(other.call, "ReadFile", id=file).code
        wanted = {"id": made.id, "etag": made.etag}
        client.call("UpdateInteraction", interaction=wanted, update_mask={"paths": ["attachment_ids"]})
        assert "NOT_FOUND" == refused(seeing.call, "GetFile", id=file).code

    def test_own_uploads(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """Nobody opens a stranger's file by attaching it; what is there stays when others edit the record."""
        file = upload(client)
        unfinished = client.call("CreateFile", name="half.pdf").id
        tenant.role("clerk", [("interactions", operation, "all") for operation in ("view", "create", "edit")])
        clerk = customers.client(tenant, tenant.user("C", "clerk"))
        for caller, wrong in ((clerk, file), (client, unfinished), (client, "customers-x"), (client, "x")):
            refusal = refused(log, caller, attachment_ids=[wrong])
            assert [("attachment_ids", "UNKNOWN_FILE")] == refusal.violations
        made = log(client, attachment_ids=[file])
        wanted = {"id": made.id, "etag": made.etag, "attachment_ids": [file, upload(clerk, "b.pdf")]}
        saved = clerk.call("UpdateInteraction", interaction=wanted, update_mask={"paths": ["attachment_ids"]})
        assert 2 == len(saved.attachment_ids)


class TestMentions:
    def test_told_once(self, customers: Running, tenant: Tenant, client: Client) -> None:
        """Who is mentioned is to be told, once; who writes is not told of themselves, nor anybody again by a later change."""
        colleague, other = tenant.user("Mei"), tenant.user("Bo")
        made = log(client, subject="谈价格", mentioned_ids=[str(colleague), str(tenant.admin)])
        changed = {"id": made.id, "etag": made.etag, "mentioned_ids": [str(colleague), str(other)]}
        client.call("UpdateInteraction", interaction=changed, update_mask={"paths": ["mentioned_ids"]})
        told = [notice for notice in notices_of(customers, tenant) if notice.kind == "mentioned"]
        assert [[str(colleague)], [str(other)]] == [list(notice.user_ids) for notice in told]
        assert {("interactions", made.id, "谈价格")} == {(one.module, one.record_id, one.title) for one in told}
