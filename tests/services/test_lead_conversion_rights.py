"""Conversion by those who may not do or see everything."""

import time
import uuid

from chassis.authz.tokens import Claims, sign
from tests.services.harness import KEY, Client, refused
from tests.services.test_lead_conversion import Desk, desk, sales

__all__ = ["desk", "sales"]
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
