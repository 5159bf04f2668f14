"""Leads: what their status means. What every resource has is proved on accounts."""

from tests.services.harness import Client, refused


class TestStatus:
    def test_begins_as_new(self, client: Client) -> None:
        """A lead of which nobody says how far it is is new."""
        made = client.call("CreateLead", lead={"name": "张伟", "company": "白鹭科技"})
        assert ("new", "张伟", "白鹭科技") == (made.status, made.name, made.company)
        assert [made] == list(client.call("ListLeads", filter='search("bailu") AND status = "new"').leads)

    def test_converted_by_converting_alone(self, client: Client) -> None:
        """Nobody sets a lead to converted by hand; the answer names the action that does."""
        error = refused(client.call, "CreateLead", lead={"name": "A", "status": "converted"})
        assert [("status", "LEAD_NOT_CONVERTED")] == error.violations
        made = client.call("CreateLead", lead={"name": "A"})
        lead = {"id": made.id, "etag": made.etag, "status": "converted"}
        assert [("status", "LEAD_NOT_CONVERTED")] == refused(client.call, "UpdateLead", lead=lead).violations

    def test_reason_goes_with_the_status(self, client: Client) -> None:
        """Why a lead was disqualified is forgotten when it is worth talking to again."""
        made = client.call(
            "CreateLead", lead={"name": "A", "status": "unqualified", "disqualify_reason": "unreachable"}
        )
        assert "unreachable" == made.disqualify_reason
        changed = client.call("UpdateLead", lead={"id": made.id, "etag": made.etag, "status": "contacted"})
        assert ("contacted", "") == (changed.status, changed.disqualify_reason)

    def test_keeps_what_contacts_keep(self, client: Client) -> None:
        """Further numbers, money, dates and channels come back as they were given."""
        lead = {
            "name": "Li Na",
            "phone": "138 0013 8000",
            "phones": [{"type": "work", "number": "010 6553 1234"}],
            "budget": {"currency_code": "CNY", "units": 50_000},
            "expected_close_date": {"year": 2027, "month": 3, "day": 1},
            "do_not_contact": ["sms"],
        }
        made = client.call("CreateLead", lead=lead)
        assert ("+8613800138000", 50_000, 2027) == (made.phone, made.budget.units, made.expected_close_date.year)
        assert (["sms"], "+861065531234") == (list(made.do_not_contact), made.phones[0].number)
