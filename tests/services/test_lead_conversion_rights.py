"""Conversion by those who may not do or see everything."""

import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.authz.tokens import Claims, sign
from chassis.database.schema import outbox
from chassis.events.inbox import Consumer
from guanxi.events.v1 import events_pb2
from tests.services.harness import KEY, Client, refused
from tests.services.test_lead_conversion import Desk, desk

__all__ = ["desk"]
OWN = [
    (module, operation, "own")
    for module in ("leads", "accounts", "contacts")
    for operation in ("view", "create", "edit")
]
LEAD = {"name": "张伟", "company": "白鹭科技"}


def become(desk: Desk, user: uuid.UUID, *roles: str) -> Client:
    """Give a member these roles instead of their own; a client that is them."""
    (member,) = [one for one in desk.tenant.snapshot.members if one.id == str(user)]
    member.role_ids[:] = [role.id for role in desk.tenant.snapshot.roles if role.key in roles]
    desk.tenant.snapshot.version += 1
    return desk.customers.client(desk.tenant, user)


def narrowed(desk: Desk, scope: str) -> Client:
    """A program that may use some of the administrator's rights."""
    tenant = desk.tenant
    claims = Claims(tenant.admin, tenant.id, "s", "token", tenant.snapshot.version, int(time.time()) + 300, scope)
    return Client(desk.customers.port, sign("test", KEY, claims))


def heard(desk: Desk) -> None:
    """What sales wrote of opportunities arrives at customers."""
    query = sa.select(outbox.c.payload).where(
        outbox.c.org_id == desk.tenant.id, outbox.c.resource == "sales.Opportunity"
    )
    with desk.sales.service.worker_database.work() as connection:
        rows = connection.execute(query.order_by(outbox.c.id)).all()
    service = desk.customers.service
    (subscription,) = [each for each in service.all_subscriptions() if each.consumer == "customers-references"]
    for stream, subjects in subscription.subjects().items():
        consumer = Consumer(service.worker_database, subscription, stream, subjects, service.control_plane.system_call)
        for row in rows:
            consumer.handle([events_pb2.Event.FromString(row.payload)])


class TestConvertLead:
    def test_status_is_not_theirs(self, desk: Desk) -> None:
        """Who may not change a lead's status neither converts it nor takes that back."""
        desk.tenant.role("rep", OWN, [("leads", "status", "read_only")])
        user = desk.tenant.user("R", "rep")
        client = desk.customers.client(desk.tenant, user)
        lead = client.call("CreateLead", lead=LEAD)
        assert [("status", "FIELD_DENIED")] == refused(client.call, "ConvertLead", id=lead.id).violations
        desk.client.call("ConvertLead", id=lead.id)
        assert [("status", "FIELD_DENIED")] == refused(client.call, "RevertConversion", id=lead.id).violations
        assert "converted" == client.call("GetLead", id=lead.id).status


class TestRevertConversion:
    def test_own(self, desk: Desk) -> None:
        """One's own conversion is taken back by who may still make what it made, and by nobody else."""
        desk.tenant.role("rep", OWN)
        desk.tenant.role("less", [("leads", "view", "own"), ("leads", "edit", "own")])
        user = desk.tenant.user("R", "rep")
        lead = desk.customers.client(desk.tenant, user).call("CreateLead", lead=LEAD)
        made = desk.customers.client(desk.tenant, user).call("ConvertLead", id=lead.id)
        error = refused(become(desk, user, "less").call, "RevertConversion", id=lead.id)
        assert ("PERMISSION_DENIED", "REVERT_OWN_DENIED") == (error.code, error.reason)
        assert made.account == desk.client.call("GetAccount", id=made.account.id)
        assert "new" == become(desk, user, "rep").call("RevertConversion", id=lead.id).status

    def test_program_of_leads_alone(self, desk: Desk) -> None:
        """A token that opens leads alone removes no accounts and contacts."""
        lead = desk.lead()
        made = desk.convert(lead)
        program = narrowed(desk, "leads.view leads.edit")
        assert "REVERT_OWN_DENIED" == refused(program.call, "RevertConversion", id=lead.id).reason
        assert made.contact == desk.client.call("GetContact", id=made.contact.id)

    @pytest.mark.parametrize(
        ("scope", "owned", "rules", "what"),
        [
            ("own", False, [], "Opportunity"),
            ("own", True, [], "Opportunity Merger"),
            ("all", False, [], "Opportunity Merger"),
            ("all", False, [("opportunities", "name", "hidden")], "Opportunity"),
        ],
    )
    def test_title_of_the_opportunity(
        self, desk: Desk, scope: str, owned: bool, rules: list[tuple[str, str, str]], what: str
    ) -> None:
        """What stands in the way is called by its name to who sees it."""
        deals = [("opportunities", "view", scope), ("opportunities", "create", "own")]
        desk.tenant.role("rep", [*OWN, *deals], rules)
        user = desk.tenant.user("R", "rep")
        desk.log_in_again()
        rep = desk.customers.client(desk.tenant, user)
        lead = rep.call("CreateLead", lead=LEAD)
        rep.call("ConvertLead", id=lead.id, opportunity={"pipeline_id": desk.pipeline_id})
        desk.deliver()
        (deal,) = desk.opportunities()
        owner = user if owned else desk.tenant.admin
        change: dict[str, Any] = {"id": deal.id, "etag": deal.etag, "name": "Merger", "owner_id": str(owner)}
        desk.seller.call("UpdateOpportunity", opportunity=change)
        heard(desk)
        error = refused(rep.call, "RevertConversion", id=lead.id)
        assert ("CONVERSION_CHANGED", what) == (error.reason, error.details["what"])

    def test_hidden_title(self, desk: Desk) -> None:
        """A name that is hidden is not told of one's own record either."""
        desk.tenant.role("rep", OWN)
        desk.tenant.role("blind", OWN, [("accounts", "name", "hidden")])
        user = desk.tenant.user("R", "rep")
        rep = desk.customers.client(desk.tenant, user)
        lead = rep.call("CreateLead", lead=LEAD)
        account = rep.call("ConvertLead", id=lead.id).account
        rep.call("UpdateAccount", account={"id": account.id, "etag": account.etag, "name": "白鹤"})
        error = refused(become(desk, user, "blind").call, "RevertConversion", id=lead.id)
        assert ("CONVERSION_CHANGED", "Account") == (error.reason, error.details["what"])
