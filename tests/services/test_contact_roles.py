"""What contacts are to accounts, and persons entered together with their company."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from guanxi.customers.v1 import duplicates_pb2
from tests.services.harness import Client, Refused, Running, Tenant, refused

ROWS = [("accounts", "*", "all"), ("contacts", "*", "all"), ("account_contacts", "*", "all")]


def pair(client: Client, **owner: str) -> dict[str, str]:
    """A company and a person."""
    account = client.call("CreateAccount", account={"name": "白鹭科技", **owner})
    contact = client.call("CreateContact", contact={"name": "张伟"})
    return {"account_id": account.id, "contact_id": contact.id}


class TestAccountContact:
    def test_works(self, client: Client) -> None:
        """A person is several things to a company, found from either side; the same two are not joined twice."""
        sides = pair(client)
        row = {**sides, "roles": ["decision_maker", "finance"], "job_title": "董事", "is_primary": True}
        made = client.call("CreateAccountContact", account_contact=row)
        for side, wanted in sides.items():
            assert [made] == list(client.call("ListAccountContacts", filter=f'{side} = "{wanted}"').account_contacts)
        error = refused(client.call, "CreateAccountContact", account_contact=sides)
        assert [("contact_id", "TAKEN")] == error.violations
        client.call("DeleteAccountContact", id=made.id)
        assert client.call("CreateAccountContact", account_contact=sides).id

    def test_one_primary(self, client: Client) -> None:
        """An account has one primary contact; the answer says how to change it."""
        sides = pair(client)
        first = client.call("CreateAccountContact", account_contact={**sides, "is_primary": True})
        other = {"account_id": sides["account_id"], "contact_id": pair(client)["contact_id"], "is_primary": True}
        error = refused(client.call, "CreateAccountContact", account_contact=other)
        assert [("is_primary", "PRIMARY_TAKEN")] == error.violations
        changed = {"id": first.id, "etag": first.etag, "is_primary": False}
        client.call("UpdateAccountContact", account_contact=changed, update_mask={"paths": ["is_primary"]})
        assert client.call("CreateAccountContact", account_contact=other).is_primary

    def test_dates(self, client: Client) -> None:
        """It cannot end before it begins."""
        days = {"start_date": {"year": 2026, "month": 2, "day": 1}, "end_date": {"year": 2026, "month": 1, "day": 1}}
        error = refused(client.call, "CreateAccountContact", account_contact={**pair(client), **days})
        assert [("end_date", "ENDS_BEFORE_IT_BEGINS")] == error.violations

    def test_takes_the_right_to_edit_both(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Who may edit only one side can neither make, change nor delete it, whichever side that is."""
        sides = pair(client)
        made = client.call("CreateAccountContact", account_contact=sides)
        for module, field in (("accounts", "account_id"), ("contacts", "contact_id")):
            grants = [grant for grant in ROWS if grant[0] != module]
            tenant.role(module, [*grants, (module, "view", "all"), (module, "edit", "own")])
            one_sided = customers.client(tenant, tenant.user("U", module))
            wanted: list[tuple[str, dict[str, Any]]] = [
                ("CreateAccountContact", {"account_contact": pair(client)}),
                ("UpdateAccountContact", {"account_contact": {"id": made.id, "etag": made.etag, "job_title": "X"}}),
                ("DeleteAccountContact", {"id": made.id}),
            ]
            for name, request in wanted:
                assert [(field, "EDIT_BOTH")] == refused(one_sided.call, name, **request).violations, name
            one_sided.close()

    def test_seen_by_who_sees_both(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Who does not see one of the sides neither finds the role nor moves nor deletes it."""
        sides = pair(client)
        made = client.call("CreateAccountContact", account_contact=sides)
        for module in ("accounts", "contacts"):
            grants = [grant for grant in ROWS if grant[0] != module]
            tenant.role(f"own {module}", [*grants, (module, "*", "own")])
            other = customers.client(tenant, tenant.user("U", f"own {module}"))
            assert [] == list(other.call("ListAccountContacts").account_contacts)
            change = {"id": made.id, "etag": made.etag, "job_title": "X"}
            for name, request in (
                ("GetAccountContact", {"id": made.id}),
                ("UpdateAccountContact", {"account_contact": change}),
                ("DeleteAccountContact", {"id": made.id}),
            ):
                assert "NOT_FOUND" == refused(other.call, name, **request).code, name
            other.close()

    def test_one_primary_of_several_at_once(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Of several made at once for one account, one is its primary contact."""
        sides = [{**pair(client), "is_primary": True} for _ in range(6)]
        sides = [{**side, "account_id": sides[0]["account_id"]} for side in sides]

        def make(side: dict[str, Any]) -> bool:
            try:
                customers.client(tenant).call("CreateAccountContact", account_contact=side)
            except Refused as refusal:
                return [("is_primary", "PRIMARY_TAKEN")] != refusal.violations
            return True

        with ThreadPoolExecutor(6) as pool:
            assert 1 == sum(pool.map(make, sides))


class TestCreateCustomer:
    def test_makes_both(self, client: Client) -> None:
        """A person and a new company, once for a request id; the person belongs to the company."""
        person = {"name": "张伟", "phone": "13800138000"}
        request: dict[str, Any] = {"contact": person, "account": {"name": "白鹭科技"}}
        made = client.call("CreateCustomer", request_id="k", **request)
        assert made == client.call("CreateCustomer", request_id="k", **request)
        assert (made.account.id, "白鹭科技") == (made.contact.account_id, made.account.name)
        assert [1, 1] == [client.call(name).total_size for name in ("ListAccounts", "ListContacts")]

    def test_company_that_is_there(self, client: Client) -> None:
        """With an account that is there no other is made; both at once are refused."""
        account = client.call("CreateAccount", account={"name": "白鹭科技"})
        person = {"name": "张伟", "account_id": account.id}
        made = client.call("CreateCustomer", contact=person)
        assert (account.id, False) == (made.contact.account_id, made.HasField("account"))
        error = refused(client.call, "CreateCustomer", contact=person, account={"name": "B"})
        assert [("contact.account_id", "ACCOUNT_TWICE")] == error.violations

    def test_both_or_neither(self, client: Client) -> None:
        """Where the person is refused no company stays behind, and the field is named as the request has it."""
        wrong = {"name": "张伟", "email": "nobody"}
        error = refused(client.call, "CreateCustomer", contact=wrong, account={"name": "白鹭科技"})
        assert [("contact.email", "INVALID_EMAIL")] == error.violations
        assert 0 == client.call("ListAccounts").total_size

    def test_rights(self, customers: Running, tenant: Tenant) -> None:
        """Who may not create accounts enters a person alone."""
        tenant.role("rep", [("contacts", "*", "all"), ("accounts", "view", "all")])
        rep = customers.client(tenant, tenant.user("U", "rep"))
        error = refused(rep.call, "CreateCustomer", contact={"name": "A"}, account={"name": "B"})
        assert ("PERMISSION_DENIED", "CONVERT_WITHOUT_ACCOUNTS") == (error.code, error.reason)
        assert rep.call("CreateCustomer", contact={"name": "A"}).contact.id
        rep.close()


class TestFindCustomerDuplicates:
    def test_while_typing(self, client: Client) -> None:
        """A part of the company's name suggests it; a number as it is written finds the person."""
        account = client.call("CreateAccount", account={"name": "上海白鹭科技有限公司"})
        person = client.call("CreateContact", contact={"name": "张伟", "phone": "13800138000"})
        found = client.call("FindCustomerDuplicates", company="白鹭", phone="138 0013 8000")
        (company,) = found.accounts
        assert (account.id, [duplicates_pb2.DUPLICATE_REASON_SIMILAR_NAME]) == (company.account.id, [*company.reasons])
        assert [person.id] == [each.contact.id for each in found.contacts]
        assert not client.call("FindCustomerDuplicates").accounts
