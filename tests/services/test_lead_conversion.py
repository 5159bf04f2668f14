"""Conversion: a lead becomes an account, a contact and an opportunity, once, whatever dies in between; and back."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.database.schema import outbox
from chassis.events.inbox import Consumer
from customers.leads.table import leads
from guanxi.customers.v1 import duplicates_pb2
from guanxi.events.v1 import events_pb2
from tests.services.harness import Client, Running, Tenant, refused

if TYPE_CHECKING:
    pass

LEAD = {
    "name": "张伟",
    "company": "上海白鹭科技有限公司",
    "email": "zhang@bailu.example",
    "phone": "13800138000",
    "website": "www.bailu.example",
    "industry": "technology",
    "need": "三台离心机",
    "budget": {"currency_code": "CNY", "units": 90_000},
    "expected_close_date": {"year": 2027, "month": 3, "day": 1},
}


@dataclass
class Desk:
    """Customers and sales of one organization, and what carries events between them."""

    customers: Running
    sales: Running
    tenant: Tenant
    client: Client
    seller: Client
    pipeline_id: str = ""

    def log_in_again(self) -> None:
        """With a token of the newest definitions, which services go and get because of it."""
        self.client, self.seller = self.customers.client(self.tenant), self.sales.client(self.tenant)
        assert [] == self.opportunities()[1:]
        self.client.call("ListLeads")

    def lead(self, **more: Any) -> Any:
        return self.client.call("CreateLead", lead={**LEAD, **more})

    def convert(self, lead: Any, **more: Any) -> Any:
        return self.client.call("ConvertLead", id=lead.id, **more)

    def events(self, resource: str) -> list[events_pb2.Event]:
        """What customers wrote of a resource of this organization."""
        statement = sa.select(outbox.c.payload).where(outbox.c.org_id == self.tenant.id, outbox.c.resource == resource)
        with self.customers.service.worker_database.work() as connection:
            rows = connection.execute(statement.order_by(outbox.c.id)).all()
        return [events_pb2.Event.FromString(row.payload) for row in rows]

    def deliver(self, *, times: int = 1, backwards: bool = False) -> None:
        """Conversions arrive at sales."""
        service = self.sales.service
        (subscription,) = [each for each in service.all_subscriptions() if each.consumer == "sales-conversions"]
        ((stream, subjects),) = subscription.subjects().items()
        consumer = Consumer(service.worker_database, subscription, stream, subjects, service.control_plane.system_call)
        events = self.events("customers.LeadConversion")
        for _ in range(times):
            for event in reversed(events) if backwards else events:
                consumer.handle([event])

    def opportunities(self) -> list[Any]:
        return list(self.seller.call("ListOpportunities", show_deleted=True).opportunities)


@pytest.fixture
def desk(customers: Running, sales: Running, tenant: Tenant, client: Client) -> Iterator[Desk]:
    """An organization with a pipeline."""
    seller = sales.client(tenant)
    pipeline = seller.call("CreatePipeline", pipeline={"name": "P"})
    seller.call("CreateStage", stage={"name": "S", "pipeline_id": pipeline.id, "kind": "open", "position": 1})
    yield Desk(customers, sales, tenant, client, seller, pipeline.id)
    seller.close()


class TestFindLeadDuplicates:
    def test_says_why(self, desk: Desk) -> None:
        """The account of the same name, whatever its legal form, and the person with the same number are found."""
        account = desk.client.call(
            "CreateAccount", account={"name": "上海白鹭科技", "website": "https://bailu.example/cn"}
        )
        person = {"name": "张先生", "phone": "+86 138 0013 8000"}
        contact = desk.client.call("CreateContact", contact=person)
        desk.client.call("CreateAccount", account={"name": "北京白鹤科技有限公司"})
        found = desk.client.call("FindLeadDuplicates", id=desk.lead().id)
        assert [account.id] == [each.account.id for each in found.accounts]
        reasons = duplicates_pb2.DUPLICATE_REASON_NAME, duplicates_pb2.DUPLICATE_REASON_DOMAIN
        assert [*reasons] == list(found.accounts[0].reasons)
        assert [(contact.id, [duplicates_pb2.DUPLICATE_REASON_PHONE])] == [
            (each.contact.id, list(each.reasons)) for each in found.contacts
        ]

    def test_person_at_the_company(self, desk: Desk) -> None:
        """Somebody of the same name counts only at the same company."""
        account = desk.client.call("CreateAccount", account={"name": "上海白鹭科技股份有限公司"})
        there = desk.client.call("CreateContact", contact={"name": "张伟", "account_id": account.id})
        desk.client.call("CreateContact", contact={"name": "张伟"})
        found = desk.client.call("FindLeadDuplicates", id=desk.lead().id)
        assert [there.id] == [each.contact.id for each in found.contacts]

    def test_scope_and_hidden_fields(self, desk: Desk) -> None:
        """What is out of scope is not found, and nothing is found by a field that the caller does not see."""
        rep = desk.tenant.role("rep", [("leads", "*", "all"), ("contacts", "*", "own")])
        blind = desk.tenant.role(
            "blind", [("leads", "*", "all"), ("contacts", "*", "all")], [("contacts", "phone", "hidden")]
        )
        assert rep != blind
        desk.client.call("CreateContact", contact={"name": "张先生", "phone": "13800138000"})
        lead = desk.lead()
        for role in ("rep", "blind"):
            client = desk.customers.client(desk.tenant, desk.tenant.user(role, role))
            assert [] == list(client.call("FindLeadDuplicates", id=lead.id).contacts), role
            client.close()


class TestConvertLead:
    def test_makes_all_three(self, desk: Desk) -> None:
        """Account and contact take over what the lead holds; the opportunity has the id of the answer."""
        lead = desk.lead()
        made = desk.convert(lead, opportunity={"pipeline_id": desk.pipeline_id})
        assert ("converted", made.account.id) == (made.lead.status, made.lead.converted_account_id)
        assert ("上海白鹭科技有限公司", "technology") == (made.account.name, made.account.industry)
        assert ("张伟", "zhang@bailu.example", made.account.id) == (
            made.contact.name, made.contact.email, made.contact.account_id,
        )  # fmt: skip
        desk.deliver()
        (opportunity,) = desk.opportunities()
        assert opportunity.id == made.opportunity.id == made.lead.converted_opportunity_id
        assert (made.account.name, made.account.id, 90_000) == (
            opportunity.name, opportunity.account_id, opportunity.amount.units,
        )  # fmt: skip
        assert ("三台离心机", 2027, "open") == (
            opportunity.description, opportunity.close_date.year, opportunity.status,
        )  # fmt: skip
        assert str(desk.tenant.admin) == opportunity.created_by == opportunity.owner_id

    def test_repeated(self, desk: Desk) -> None:
        """A repeated request gets the same answer, a second conversion is refused, and events that come again make nothing."""
        lead = desk.lead()
        made = desk.convert(lead, request_id="k", opportunity={"name": "Deal"})
        assert made == desk.convert(lead, request_id="k", opportunity={"name": "Deal"})
        assert "LEAD_ALREADY_CONVERTED" == refused(desk.convert, lead).reason
        desk.deliver(times=3)
        assert ["Deal"] == [each.name for each in desk.opportunities()]

    def test_sales_dies_in_between(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever dies between the commit in customers and the one in sales, there is exactly one opportunity."""
        made = desk.convert(desk.lead(), opportunity={"name": "Deal"})
        records = desk.sales.service.records["opportunities"]
        write = records.write

        def dying(*arguments: Any) -> Any:
            write(*arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(records, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            desk.deliver()
        assert [] == desk.opportunities()
        monkeypatch.undo()
        desk.deliver(times=2)
        assert [made.opportunity.id] == [each.id for each in desk.opportunities()]

    def test_takes_what_is_there(self, desk: Desk) -> None:
        """An account and a contact that are there are used, and left as they are."""
        account = desk.client.call("CreateAccount", account={"name": "白鹭"})
        contact = desk.client.call("CreateContact", contact={"name": "张伟"})
        made = desk.convert(desk.lead(), account_id=account.id, contact_id=contact.id)
        assert (account, contact) == (made.account, made.contact)
        assert not made.HasField("opportunity")
        assert 1 == desk.client.call("ListAccounts").total_size

    def test_other_values(self, desk: Desk) -> None:
        """What the request says of the new records stands in place of the lead's; who has no company gets no account."""
        made = desk.convert(desk.lead(), account={"name": "白鹭"}, contact={"job_title": "总经理"})
        assert ("白鹭", "总经理") == (made.account.name, made.contact.job_title)
        private = desk.convert(desk.lead(company="", website=""))
        assert (False, "") == (private.HasField("account"), private.contact.account_id)

    def test_custom_fields(self, desk: Desk) -> None:
        """Own fields are carried over where there is one of the same key; what is required and missing is named."""
        for module in ("leads", "contacts", "opportunities"):
            desk.tenant.custom_field(module, "wechat", "text")
        desk.log_in_again()
        lead = desk.lead(custom={"wechat": {"text": "heron"}})
        made = desk.convert(lead, opportunity={})
        assert "heron" == made.contact.custom["wechat"].text == made.opportunity.custom["wechat"].text
        desk.deliver()
        assert "heron" == desk.opportunities()[0].custom["wechat"].text
        desk.tenant.custom_field("accounts", "tax_id", "text", required=True)
        desk.log_in_again()
        error = refused(desk.convert, desk.lead())
        assert [("account.custom.tax_id", "REQUIRED")] == error.violations

    def test_hidden_stays_hidden(self, desk: Desk) -> None:
        """What the caller does not see of the lead is not passed on to records in which they would see it."""
        desk.tenant.role("rep", [("*", "*", "all")], [("leads", "email", "hidden"), ("leads", "budget", "hidden")])
        client = desk.customers.client(desk.tenant, desk.tenant.user("Rep", "rep"))
        made = client.call("ConvertLead", id=desk.lead().id, opportunity={})
        assert ("", False) == (made.contact.email, made.opportunity.HasField("amount"))
        client.close()

    @pytest.mark.parametrize("module", ["accounts", "contacts", "opportunities"])
    def test_rights(self, desk: Desk, module: str) -> None:
        """Without the right to create what is made nothing is made, and the answer says what to do."""
        grants = [(each, "*", "all") for each in ("leads", "accounts", "contacts", "opportunities") if each != module]
        desk.tenant.role("rep", [*grants, (module, "view", "all")])
        client = desk.customers.client(desk.tenant, desk.tenant.user("Rep", "rep"))
        lead = desk.lead()
        error = refused(client.call, "ConvertLead", id=lead.id, opportunity={})
        assert ("PERMISSION_DENIED", f"CONVERT_WITHOUT_{module.upper()}") == (error.code, error.reason)
        assert lead == client.call("GetLead", id=lead.id)
        assert [0, 0] == [client.call(f"List{each}").total_size for each in ("Accounts", "Contacts")]
        client.close()

    def test_wrong_opportunity(self, desk: Desk) -> None:
        """What sales would not take is refused at once, while somebody is there to be told."""
        wrong = {"amount": {"currency_code": "x", "units": 1}, "close_date": {"year": 2026, "month": 2, "day": 31}}
        error = refused(desk.convert, desk.lead(), opportunity=wrong)
        assert ["opportunity.amount", "opportunity.close_date"] == sorted(name for name, _ in error.violations)

    def test_out_of_scope(self, desk: Desk) -> None:
        """A lead that the caller may not edit answers like one that does not exist; a stale etag is refused."""
        desk.tenant.role("rep", [("*", "*", "own")])
        client = desk.customers.client(desk.tenant, desk.tenant.user("Rep", "rep"))
        lead = desk.lead()
        assert "NOT_FOUND" == refused(client.call, "ConvertLead", id=lead.id).code
        assert "ABORTED" == refused(desk.convert, lead, etag="7").code
        client.close()


class TestRevertConversion:
    def test_works(self, desk: Desk) -> None:
        """All that was made is gone, the lead is as it was, and it can be converted again."""
        lead = desk.lead(status="qualified")
        made = desk.convert(lead, opportunity={})
        desk.deliver()
        back = desk.client.call("RevertConversion", id=lead.id)
        assert ("qualified", "", "") == (back.status, back.converted_account_id, back.converted_opportunity_id)
        desk.deliver()
        assert [True] == [each.HasField("delete_time") for each in desk.opportunities()]
        for name, record in (("GetAccount", made.account), ("GetContact", made.contact)):
            assert "NOT_FOUND" == refused(desk.client.call, name, id=record.id).code
        assert desk.convert(lead).account.id != made.account.id

    def test_what_was_said_goes_along(self, desk: Desk) -> None:
        """Interactions and tasks of a lead are the contact's from its conversion on, and no longer when that is reverted."""
        lead = desk.lead()
        said = {"kind": "call", "subject": "Needs three", "lead_id": lead.id, "start_time": {"seconds": 1_790_000_000}}
        desk.client.call("CreateInteraction", interaction=said)
        desk.client.call("CreateTask", task={"subject": "Send a quote", "lead_id": lead.id})

        def named() -> list[tuple[str, str, str]]:
            found = [*desk.client.call("ListInteractions").interactions, *desk.client.call("ListTasks").tasks]
            return [(each.lead_id, each.contact_id, each.account_id) for each in found]

        made = desk.convert(lead)
        assert [(lead.id, made.contact.id, made.account.id)] * 2 == named()
        assert desk.client.call("GetContact", id=made.contact.id).HasField("last_interaction_time")
        desk.client.call("RevertConversion", id=lead.id)
        assert [(lead.id, "", "")] * 2 == named()

    def test_before_sales_heard(self, desk: Desk) -> None:
        """Taken back before sales heard of either, in whichever order it hears, no opportunity stays."""
        lead = desk.lead()
        desk.convert(lead, opportunity={})
        desk.client.call("RevertConversion", id=lead.id)
        with pytest.raises(Exception, match=r"[0-9a-f-]{36}"):
            desk.deliver(backwards=True)
        desk.deliver()
        assert [True] == [each.HasField("delete_time") for each in desk.opportunities()]

    def test_says_what_was_changed(self, desk: Desk) -> None:
        """What was changed since, or is referred to, is named; nothing is removed."""
        lead = desk.lead()
        made = desk.convert(lead)
        desk.client.call("CreateContact", contact={"name": "李娜", "account_id": made.account.id})
        contact = {"id": made.contact.id, "etag": made.contact.etag, "name": "张薇"}
        desk.client.call("UpdateContact", contact=contact)
        error = refused(desk.client.call, "RevertConversion", id=lead.id)
        assert "CONVERSION_CHANGED" == error.reason
        assert "Contact 张薇; Contact 李娜" == error.details["what"]
        assert 2 == desk.client.call("ListContacts").total_size

    def test_changed_opportunity_stays(self, desk: Desk) -> None:
        """An opportunity that somebody has changed stays, even where customers have not heard of that yet."""
        lead = desk.lead()
        desk.convert(lead, opportunity={})
        desk.deliver()
        (opportunity,) = desk.opportunities()
        changed = {"id": opportunity.id, "etag": opportunity.etag, "name": "Mine"}
        desk.seller.call("UpdateOpportunity", opportunity=changed)
        desk.client.call("RevertConversion", id=lead.id)
        desk.deliver()
        assert ["Mine"] == [each.name for each in desk.seller.call("ListOpportunities").opportunities]

    def test_only_the_converter_or_who_may_delete(self, desk: Desk) -> None:
        """Another needs the right to delete what the conversion made."""
        lead = desk.lead()
        desk.convert(lead)
        desk.tenant.role("rep", [("leads", "*", "all"), ("accounts", "view", "all"), ("contacts", "view", "all")])
        client = desk.customers.client(desk.tenant, desk.tenant.user("Rep", "rep"))
        assert "REVERT_DENIED" == refused(client.call, "RevertConversion", id=lead.id).reason
        client.close()

    def test_not_converted_or_too_long_ago(self, desk: Desk, customers: Running) -> None:
        """An open lead has nothing to revert, and after 30 days it is too late."""
        lead = desk.lead()
        assert "LEAD_IS_OPEN" == refused(desk.client.call, "RevertConversion", id=lead.id).reason
        desk.convert(lead)
        with customers.service.database.write(
            customers.service.control_plane.system_call(desk.tenant.id)
        ) as transaction:
            long_ago = datetime.now(UTC) - timedelta(days=31)
            changed = sa.update(leads).where(leads.c.id == uuid.UUID(lead.id)).values(convert_time=long_ago)
            transaction.execute(changed)
        assert "CONVERSION_TOO_OLD" == refused(desk.client.call, "RevertConversion", id=lead.id).reason
