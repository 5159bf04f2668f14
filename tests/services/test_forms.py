"""Web forms: what strangers see of them, and the leads and contacts that they become."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.database.schema import outbox
from customers.forms import stamp as stamps
from guanxi.events.v1 import events_pb2
from tests.services.harness import SERVICE_TOKEN, Client, Running, Tenant, refused

FIELDS = [{"field": "company"}, {"field": "email", "required": True}, {"field": "need", "label": "How can we help?"}]


@pytest.fixture
def stranger(customers: Running) -> Iterator[Client]:
    """Somebody without a log-in, through the gateway."""
    made = Client(customers.port, service_token=SERVICE_TOKEN)
    somewhere = uuid.uuid4().hex
    made.metadata.append(("x-guanxi-address", f"2001:db8:{somewhere[:4]}:{somewhere[4:8]}::1"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits three seconds here; the time is proved by itself."""
    monkeypatch.setattr(stamps, "LEAST_SECONDS", 0.0)


def made(client: Client, **more: Any) -> Any:
    """A form in use."""
    form = {"name": "Site", "title": "Contact us", "creates": "lead", "fields": FIELDS, "active": True, **more}
    return client.call("CreateForm", form=form)


def entered(**values: str) -> dict[str, Any]:
    """What was typed."""
    return {name: {"values": [text]} for name, text in values.items()}


def send(
    stranger: Client, form: Any, *, stamp: str = "", consent: bool = False, nickname: str = "", **values: str
) -> Any:
    """A submission of a page that was just shown, unless another stamp is given."""
    stamp = stamp or stranger.call("GetPublicForm", token=form.token).stamp
    return stranger.call(
        "SubmitPublicForm", token=form.token, stamp=stamp, consent=consent, nickname=nickname, values=entered(**values)
    )


class TestForm:
    def test_asks_for_what_can_be_asked(self, client: Client) -> None:
        """The name is always asked for; what a page cannot ask for, or is internal, is named."""
        form = made(client)
        assert ["name", "company", "email", "need"] == [each.field for each in form.fields]
        wrong = [
            {"field": "owner_id"},
            {"field": "status"},
            {"field": "custom.none"},
            {"field": "email"},
            {"field": "email"},
        ]
        error = refused(made, client, name="B", fields=wrong)
        found = [
            ("fields[1].field", "NOT_ASKABLE"),
            ("fields[2].field", "NOT_ASKABLE"),
            ("fields[3].field", "NOT_ASKABLE"),
        ]
        assert [*found, ("fields[5].field", "ASKED_TWICE")] == error.violations

    def test_sites(self, client: Client) -> None:
        """Sites that may embed it are addresses without a path, which could not end a policy's rule early."""
        error = refused(made, client, allowed_origins="https://a.example;script-src *\nhttps://b.example")
        assert {("allowed_origins", "NOT_AN_ORIGIN")} == set(error.violations)
        assert made(client, name="C", allowed_origins="https://a.example\nhttps://b.example:8443").allowed_origins


class TestGetPublicForm:
    def test_in_the_stranger_s_language(self, client: Client, tenant: Tenant, stranger: Client) -> None:
        """Fields have their labels, in the language asked for, unless the form gives its own; own fields are among them."""
        tenant.custom_field("leads", "visit", "date", label_zh="参观日期", label_en="Visit")
        client.call("ListLeads")
        form = made(client, fields=[*FIELDS, {"field": "custom.visit"}])
        stranger.metadata[0] = ("accept-language", "zh")
        shown = stranger.call("GetPublicForm", token=form.token)
        assert ["姓名", "公司", "邮箱", "How can we help?", "参观日期"] == [each.label for each in shown.fields]
        assert [True, False, True, False, False] == [each.required for each in shown.fields]

    def test_nothing_to_enumerate(self, client: Client, stranger: Client, tenant: Tenant) -> None:
        """A form that is not in use, deleted, of nobody, or whose token is wrong answers like one that never was."""
        idle, gone = made(client, active=False), made(client, name="B")
        client.call("DeleteForm", id=gone.id)
        tokens = [idle.token, gone.token, f"{tenant.id.hex}.x", "x", "", f"{'0' * 32}.x", idle.token[:-1]]
        answers = {str(refused(stranger.call, "GetPublicForm", token=token)) for token in tokens}
        assert 1 == len(answers)
        assert "NOT_FOUND" in answers.pop()


class TestSubmitPublicForm:
    def test_makes_a_lead(self, client: Client, customers: Running, tenant: Tenant, stranger: Client) -> None:
        """The lead belongs to whom the form says and has its source; the event names the form as what acted."""
        seller = tenant.user("Seller", "administrator")
        client = customers.client(tenant)
        form = made(client, assignee_id=str(seller), source="event", success_text="Thanks")
        answer = send(stranger, form, name="Li Na", email="lina@heron.example", company="Heron", website="x.example")
        assert "Thanks" == answer.success_text
        (lead,) = client.call("ListLeads").leads
        assert ("Li Na", "Heron", "new", "") == (lead.name, lead.company, lead.status, lead.website)
        assert (str(seller), "event", form.id, "") == (lead.owner_id, lead.source, lead.form_id, lead.created_by)
        statement = sa.select(outbox.c.payload).where(
            outbox.c.org_id == tenant.id, outbox.c.resource == "customers.Lead"
        )
        with customers.service.worker_database.work() as connection:
            (row,) = connection.execute(statement).all()
        event = events_pb2.Event.FromString(row.payload)
        assert ("created", "system", f"form-{form.id}") == (event.verb, event.actor.kind, event.actor.job_id)

    def test_makes_a_contact(self, client: Client, stranger: Client) -> None:
        """A form may make contacts instead."""
        form = made(client, creates="contact", fields=[{"field": "phone"}])
        send(stranger, form, name="Li Na", phone="13800138000")
        (contact,) = client.call("ListContacts").contacts
        assert ("Li Na", "+8613800138000", form.id) == (contact.name, contact.phone, contact.form_id)

    def test_consent(self, client: Client, stranger: Client) -> None:
        """Consent is asked for, and kept with its text as it was, the time and the address."""
        form = made(client, consent_text="I agree to version 1.")
        values: dict[str, Any] = {"name": "Li Na", "email": "lina@heron.example"}
        error = refused(send, stranger, form, **values)
        assert [("consent", "CONSENT_REQUIRED")] == error.violations
        send(stranger, form, consent=True, **values)
        changed = {"id": form.id, "etag": form.etag, "consent_text": "I agree to version 2."}
        client.call("UpdateForm", form=changed)
        (lead,) = client.call("ListLeads").leads
        assert "I agree to version 1." == lead.consent_text
        assert lead.HasField("consent_time")
        assert dict(stranger.metadata)["x-guanxi-address"] == lead.consent_address

    def test_duplicates_are_marked(self, client: Client, stranger: Client) -> None:
        """Who is there already is marked for the organization; the stranger is told nothing else than others are."""
        form = made(client)
        contact = client.call("CreateContact", contact={"name": "Li", "email": "lina@heron.example"})
        values: dict[str, Any] = {"name": "Li Na", "email": "LINA@heron.example"}
        assert send(stranger, form, **values) == send(stranger, form, **values)
        newest, first = client.call("ListLeads", order_by="create_time desc").leads
        assert ("", contact.id) == (first.possible_duplicate_lead_id, first.possible_duplicate_contact_id)
        assert first.id == newest.possible_duplicate_lead_id

    def test_wrong_values(self, client: Client, stranger: Client) -> None:
        """What is missing or cannot be read is named by the form's fields; nothing is made."""
        form = made(client)
        missing = refused(send, stranger, form, need="x")
        assert [("name", "REQUIRED"), ("email", "REQUIRED")] == missing.violations
        assert [("email", "INVALID_EMAIL")] == refused(send, stranger, form, name="A", email="nobody").violations
        assert 0 == client.call("ListLeads").total_size

    def test_programs(self, client: Client, stranger: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who fills in what nobody sees is thanked and forgotten; who is too quick, or has another form's stamp, is refused."""
        form, other = made(client), made(client, name="B")
        values: dict[str, Any] = {"name": "Bot", "email": "bot@heron.example"}
        assert send(stranger, form, nickname="Bot", **values).success_text == ""
        stamp = stranger.call("GetPublicForm", token=other.token).stamp
        assert [("stamp", "FORM_STALE")] == refused(send, stranger, form, stamp=stamp, **values).violations
        monkeypatch.setattr(stamps, "LEAST_SECONDS", 60.0)
        assert [("stamp", "FORM_TOO_FAST")] == refused(send, stranger, form, **values).violations
        monkeypatch.setattr(stamps, "LEAST_SECONDS", 0.0)
        monkeypatch.setattr(stamps, "MOST_SECONDS", 0.0)
        assert [("stamp", "FORM_STALE")] == refused(send, stranger, form, **values).violations
        assert 0 == client.call("ListLeads").total_size

    def test_sent_twice(self, client: Client, stranger: Client) -> None:
        """The same page sent twice makes one lead; with another content it must be shown anew."""
        form = made(client)
        stamp = stranger.call("GetPublicForm", token=form.token).stamp
        values: dict[str, Any] = {"name": "Li Na", "email": "lina@heron.example"}
        assert send(stranger, form, stamp=stamp, **values) == send(stranger, form, stamp=stamp, **values)
        error = refused(send, stranger, form, stamp=stamp, **{**values, "name": "Wang"})
        assert [("stamp", "FORM_STALE")] == error.violations
        assert 1 == client.call("ListLeads").total_size

    def test_too_many(self, client: Client, stranger: Client) -> None:
        """One place sends a few a minute; an IPv6 customer's /64 is one place."""
        form = made(client)
        values: dict[str, Any] = {"name": "A", "email": "a@heron.example"}
        for _ in range(6):
            send(stranger, form, **values)
        network = dict(stranger.metadata)["x-guanxi-address"].removesuffix("1")
        stranger.metadata[-1] = ("x-guanxi-address", f"{network}ffff")
        error = refused(send, stranger, form, **values)
        assert ("RESOURCE_EXHAUSTED", "RATE_LIMITED") == (error.code, error.reason)
        stranger.metadata[-1] = ("x-guanxi-address", "192.0.2.77")
        send(stranger, form, **values)
