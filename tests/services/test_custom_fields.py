"""Custom fields of every kind: written, read back, refused, filtered, ordered, imported, exported; taken once; counted."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chassis.fieldcontract import CustomField
from chassis.resources.custom import numbered
from guanxi.identity.v1 import custom_fields_pb2
from tests.services.harness import Client, Refused, Running, Tenant, refused
from tests.services.test_exports import exported, rows
from tests.services.test_imports import Importer
from tests.support.house import PASSWORD, Admin, House

CHOICES = [
    {"value": "gold", "label_zh": "金", "label_en": "Gold"},
    {"value": "silver", "label_zh": "银", "label_en": "Silver"},
]
# kind → what a program sends, the same read back, what is not of the kind, and a filter that finds it.
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "text": ({"text": " Heron "}, {"text": "Heron"}, {"flag": True}, '{} = "Heron"'),
    "long_text": ({"text": "a\nb" * 300}, {"text": "a\nb" * 300}, {"text": "x" * 10_001}, '{}:"b"'),
    "number": ({"decimal": "12.50"}, {"decimal": "12.5"}, {"text": "twelve"}, "{} = 12.5"),
    "money": (
        {"money": {"currency_code": "CNY", "units": 1054, "nanos": 500_000_000}},
        {"money": {"currency_code": "CNY", "units": 1054, "nanos": 500_000_000}},
        {"money": {"currency_code": "yuan", "units": 1}},
        "{} = 1054.5",
    ),
    "percent": ({"decimal": "12.5"}, {"decimal": "12.5"}, {"flag": True}, "{} = 12.5"),
    "date": ({"text": "2026-02-28"}, {"date": {"year": 2026, "month": 2, "day": 28}}, {"text": "2026-02-30"}, "{} = 2026-02-28"),
    "time": ({"text": "2026-02-28T10:00:00+08:00"}, {"time": {"seconds": 1772244000}}, {"text": "ten"}, '{} = "2026-02-28T02:00:00Z"'),
    "boolean": ({"flag": True}, {"flag": True}, {"text": "perhaps"}, "{} = true"),
    "choice": ({"text": "gold"}, {"text": "gold"}, {"text": "bronze"}, "{} = gold"),
    "choices": (
        {"texts": {"values": ["gold", "silver", "gold"]}},
        {"texts": {"values": ["gold", "silver"]}},
        {"texts": {"values": ["bronze"]}},
        "{}:silver",
    ),
    "phone": ({"text": "138 0013 8000"}, {"text": "+8613800138000"}, {"text": "none"}, '{}:"8000"'),
    "email": ({"text": "Ada@Example.com"}, {"text": "ada@example.com"}, {"text": "ada"}, '{}:"ada"'),
    "url": ({"text": "example.com/a"}, {"text": "https://example.com/a"}, {"text": "no address"}, '{}:"example"'),
}  # fmt: skip


@pytest.fixture
def importer(customers: Running, client: Client) -> Importer:
    return Importer(customers, client)


@pytest.fixture
def every_kind(tenant: Tenant) -> None:
    for kind in KINDS:
        choices = CHOICES if kind.startswith("choice") else []
        tenant.custom_field(
            "accounts", f"f_{kind}", kind, choices=choices, ranged=kind in ("number", "money", "date", "time", "text")
        )


def create(client: Client, name: str = "A", /, **custom: Any) -> Any:
    return client.call("CreateAccount", account={"name": name, "custom": custom})


@pytest.mark.usefixtures("every_kind")
class TestKinds:
    @pytest.mark.parametrize("kind", KINDS)
    def test_round(self, client: Client, kind: str) -> None:
        """What is sent comes back as what it means, is found by its filter, and only by it."""
        sent, back, wrong, query = KINDS[kind]
        made = create(client, **{f"f_{kind}": sent})
        create(client, "B")
        value = type(made.custom[f"f_{kind}"])(**back)
        assert value == made.custom[f"f_{kind}"]
        assert value == client.call("GetAccount", id=made.id).custom[f"f_{kind}"]
        found = client.call("ListAccounts", filter=query.format(f"custom.f_{kind}"))
        assert [made.id] == [account.id for account in found.accounts]
        error = refused(create, client, **{f"f_{kind}": wrong})
        assert f"custom.f_{kind}" == error.violations[0][0]

    def test_ranges_and_order(self, client: Client) -> None:
        """Numbers as numbers, amounts by their amount, moments across zones; what has no value comes first."""
        create(
            client,
            "two",
            f_number={"text": "2"},
            f_time={"text": "2026-01-01T00:00:00+08:00"},
            f_money={"money": {"currency_code": "USD", "units": 2}},
        )
        create(
            client,
            "ten",
            f_number={"text": "10"},
            f_time={"text": "2026-01-01T00:00:00Z"},
            f_money={"money": {"currency_code": "CNY", "units": 10}},
        )
        create(client, "none")

        def names(**asked: Any) -> list[str]:
            return [account.name for account in client.call("ListAccounts", **asked).accounts]

        for field, wanted in (("f_number", "9"), ("f_money", "9.5"), ("f_time", '"2025-12-31T20:00:00Z"')):
            assert ["ten"] == names(filter=f"custom.{field} > {wanted}")
            assert ["ten", "two", "none"] == names(order_by=f"custom.{field} desc")
            assert ["two", "ten", "none"] == names(order_by=f"custom.{field}")
        assert ["ten"] == names(filter="custom.f_time > 2025-12-31 AND custom.f_number >= 10")

    def test_pages_in_that_order(self, client: Client) -> None:
        """Each record once, whether it has a value or not."""
        for number in range(7):
            create(client, f"A{number}", **({"f_number": {"text": str(number % 3)}} if number < 5 else {}))
        seen, token = [], ""
        while True:
            page = client.call("ListAccounts", order_by="custom.f_number desc", page_size=2, page_token=token)
            seen += [account.name for account in page.accounts]
            token = page.next_page_token
            if not token:
                break
        assert 7 == len(set(seen)) == len(seen)
        assert "A2" == seen[0]

    def test_import_and_export(self, importer: Importer, client: Client) -> None:
        """Cells as people write them, and an export that an import reads as the same."""
        text = (
            "name,f_text,f_number,f_money,f_percent,f_date,f_time,f_boolean,f_choice,f_choices,f_phone,f_email,f_url\n"
            'A,x,"1,234.5",CNY 99.9,12.5%,31/12/2026,2026-12-31 08:00,是,金,Gold; 银,13800138000,a@example.com,example.com\n'
        )
        job = importer.all_of(text)
        assert ("done", 1) == (job.state, job.counts.created)
        [first] = client.call("ListAccounts").accounts
        assert ("gold", ["gold", "silver"]) == (
            first.custom["f_choice"].text,
            list(first.custom["f_choices"].texts.values),
        )
        assert (99, "CNY") == (first.custom["f_money"].money.units, first.custom["f_money"].money.currency_code)
        assert ("1234.5", "12.5") == (first.custom["f_number"].decimal, first.custom["f_percent"].decimal)
        assert first.custom["f_boolean"].flag
        assert 1798675200 == first.custom["f_time"].time.seconds  # eight in Shanghai

        _, out = exported(importer)
        [row] = rows(out)
        assert ("CNY 99.9", "2026-12-31", "gold; silver") == (
            row["custom.f_money"],
            row["custom.f_date"],
            row["custom.f_choices"],
        )
        again = importer.all_of(out)
        assert ("done", 0, 1) == (again.state, again.counts.updated, again.counts.unchanged)


class TestRules:
    def test_bounds(self, tenant: Tenant, client: Client) -> None:
        """Smallest and largest value, of numbers and of amounts."""
        tenant.custom_field("accounts", "score", "number", minimum={"value": "0"}, maximum={"value": "10"})
        assert "10" == create(client, score={"decimal": "10"}).custom["score"].decimal
        error = refused(create, client, score={"decimal": "10.5"})
        assert [("custom.score", "OUT_OF_RANGE")] == error.violations

    def test_default(self, tenant: Tenant, client: Client) -> None:
        """For new records that say nothing; who says "nothing" gets nothing."""
        tenant.custom_field("accounts", "tier", "choice", choices=CHOICES, default_value="Silver")
        tenant.custom_field("accounts", "worth", "money", default_value="CNY 5")
        made = create(client)
        assert ("silver", 5) == (made.custom["tier"].text, made.custom["worth"].money.units)
        assert "gold" == create(client, tier={"text": "gold"}).custom["tier"].text
        assert "tier" not in create(client, tier={}).custom

    def test_default_of_imported_rows(self, tenant: Tenant, importer: Importer, client: Client) -> None:
        tenant.custom_field("accounts", "tier", "choice", choices=CHOICES, default_value="silver", required=True)
        assert 1 == importer.all_of("name\nA\n").counts.created
        [made] = client.call("ListAccounts").accounts
        assert "silver" == made.custom["tier"].text


class TestUnique:
    @pytest.fixture
    def _code(self, tenant: Tenant) -> None:
        tenant.custom_field("accounts", "code", "text", unique=True)

    @pytest.mark.usefixtures("_code")
    def test_taken(self, client: Client) -> None:
        """Letter case aside; a deleted record lets go, and cannot come back while another holds its value."""
        first = create(client, "A", code={"text": "X1"})
        error = refused(create, client, "B", code={"text": "x1"})
        assert ("ALREADY_EXISTS", [("custom.code", "TAKEN")]) == (error.code, error.violations)
        client.call("DeleteAccount", id=first.id)
        second = create(client, "B", code={"text": "x1"})
        error = refused(client.call, "UndeleteAccount", id=first.id)
        assert [("custom.code", "TAKEN")] == error.violations
        client.call(
            "UpdateAccount", account={"id": second.id, "etag": second.etag}, update_mask={"paths": ["custom.code"]}
        )
        assert "X1" == client.call("UndeleteAccount", id=first.id).custom["code"].text

    @pytest.mark.usefixtures("_code")
    def test_at_once(self, client: Client, customers: Running, tenant: Tenant) -> None:
        """Of many at the same time, one."""

        def attempt(number: int) -> bool:
            own = customers.client(tenant)
            try:
                create(own, f"A{number}", code={"text": "same"})
            except Refused:
                return False
            finally:
                own.close()
            return True

        with ThreadPoolExecutor(4) as pool:
            assert 1 == sum(pool.map(attempt, range(8)))

    def test_numbers(self, tenant: Tenant, client: Client) -> None:
        tenant.custom_field("accounts", "line", "number", unique=True)
        create(client, "A", line={"decimal": "7"})
        assert [("custom.line", "TAKEN")] == refused(create, client, "B", line={"decimal": "7.0"}).violations


class TestAutoNumber:
    def test_counts(self, tenant: Tenant, client: Client, importer: Importer) -> None:
        """In order, without gaps, for what is imported, too; nobody writes it."""
        tenant.custom_field("accounts", "no", "auto_number", number_format="K-{000}")
        assert "K-001" == create(client, "A").custom["no"].text
        assert [("custom.no", "OUTPUT_ONLY")] == refused(create, client, "B", no={"text": "K-009"}).violations
        importer.all_of("name\nB\nC\n")
        numbers = {account.name: account.custom["no"].text for account in client.call("ListAccounts").accounts}
        assert {"A": "K-001", "B": "K-002", "C": "K-003"} == numbers

    def test_nobody_doubles(self, tenant: Tenant, customers: Running) -> None:
        tenant.custom_field("accounts", "no", "auto_number")

        def attempt(number: int) -> str:
            own = customers.client(tenant)
            made = create(own, f"A{number}")
            own.close()
            return str(made.custom["no"].text)

        with ThreadPoolExecutor(4) as pool:
            assert {str(number) for number in range(1, 21)} == set(pool.map(attempt, range(20)))

    def test_formats(self) -> None:
        assert ["7", "PRJ-0007", "a12345b"] == [numbered("", 7), numbered("PRJ-{0000}", 7), numbered("a{0}b", 12345)]


class TestReferences:
    def test_same_service(self, tenant: Tenant, client: Client, importer: Importer) -> None:
        """A link must lead to a record that the caller sees; an import names it by its title."""
        tenant.custom_field("accounts", "partner", "reference", reference="customers.Account")
        first = create(client, "A")
        second = create(client, "B", partner={"text": first.id})
        assert first.id == second.custom["partner"].text
        assert [second.id] == [
            found.id for found in client.call("ListAccounts", filter=f"custom.partner = {first.id}").accounts
        ]
        for wrong in ("01a2020c-8c3e-7b6f-9f0e-58f09b352769", "A"):
            assert "custom.partner" == refused(create, client, "C", partner={"text": wrong}).violations[0][0]
        importer.all_of("name,partner\nD,A\n")
        [made] = client.call("ListAccounts", filter="name = D").accounts
        assert first.id == made.custom["partner"].text
        _, out = exported(importer, filter="name = D", fields=["name", "custom.partner"])
        assert [{"name": "D", "custom.partner": "A"}] == rows(out)

    def test_out_of_scope(self, tenant: Tenant, customers: Running, client: Client) -> None:
        tenant.custom_field("accounts", "partner", "reference", reference="customers.Account")
        hidden = create(client, "A")
        tenant.role("own", [("accounts", operation, "own") for operation in ("view", "create", "edit")])
        rep = customers.client(tenant, tenant.user("R", "own"))
        assert [("custom.partner", "UNKNOWN_REFERENCE")] == refused(
            create, rep, "B", partner={"text": hidden.id}
        ).violations

    def test_users(self, tenant: Tenant, client: Client) -> None:
        tenant.custom_field("accounts", "coach", "reference", reference="identity.User")
        assert str(tenant.admin) == create(client, coach={"text": str(tenant.admin)}).custom["coach"].text


def test_one_notion_of_a_field() -> None:
    """A definition is described as a field of a contract is."""
    definition = custom_fields_pb2.CustomField(
        key="tier", kind="choice", label_en="Tier", choices=CHOICES, help_zh="说明"
    )
    field = CustomField(definition)
    assert ("custom.tier", "choice", ("gold", "silver")) == (field.name, field.kind, field.choices)
    assert ("Tier", "Tier", "说明", "说明") == (
        field.options.label.zh, field.options.label.en, field.options.help.zh, field.options.help.en,
    )  # fmt: skip


class TestOrder:
    """Lists in the order of a field that an organization added, page by page."""

    @pytest.fixture
    def sizes(self, tenant: Tenant, client: Client) -> list[str]:
        """Names of accounts by their size; those without one come last, whichever way a list runs."""
        tenant.custom_field("accounts", "size", "number", ranged=True)
        tenant.custom_field("accounts", "code", "text", ranged=True)
        for name, size in (("C", "3"), ("A", "1"), ("none 1", ""), ("B", "2"), ("B2", "2"), ("none 2", "")):
            custom = {"size": {"decimal": size}, "code": {"text": name}} if size else {}
            client.call("CreateAccount", account={"name": name, "custom": custom})
        return ["A", "B", "B2", "C"]

    @pytest.mark.parametrize("field", ["size", "code"])
    @pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 50])
    def test_up_and_down(self, client: Client, sizes: list[str], field: str, page_size: int) -> None:
        """Every record once, in order, however the pages are cut."""
        for order, expected in ((f"custom.{field}", sizes), (f"custom.{field} desc", sizes[::-1])):
            found, token = [], ""
            while True:
                page = client.call("ListAccounts", order_by=order, page_size=page_size, page_token=token)
                found += [account.name for account in page.accounts]
                assert 6 == page.total_size
                token = page.next_page_token
                if not token:
                    break
            assert expected == found[:4]
            assert {"none 1", "none 2"} == set(found[4:])

    def test_of_what_a_filter_finds(self, client: Client, sizes: list[str]) -> None:
        """The filter may be of the same field, and of another."""
        for wanted, expected in (
            ("custom.size > 1", ["B", "B2", "C"]),
            ('custom.code = "C" OR name = "none 1"', ["C", "none 1"]),
        ):
            page = client.call("ListAccounts", order_by="custom.size asc", filter=wanted)
            assert expected == [account.name for account in page.accounts]

    def test_with_another_order(self, client: Client, sizes: list[str]) -> None:
        """Beside a second field the values come first, too."""
        page = client.call("ListAccounts", order_by="custom.size asc, name desc")
        assert ["A", "B2", "B", "C", "none 2", "none 1"] == [account.name for account in page.accounts]


class TestDefinitions:
    @pytest.mark.parametrize(
        ("changes", "violation"),
        [
            ({"kind": "reference"}, ("reference", "REQUIRED")),
            ({"kind": "reference", "reference": "no.Such"}, ("reference", "UNKNOWN_MODULE")),
            ({"reference": "customers.Account"}, ("reference", "NOT_OF_KIND")),
            ({"minimum": {"value": "1"}}, ("minimum", "NOT_OF_KIND")),
            ({"kind": "number", "minimum": {"value": "2"}, "maximum": {"value": "1"}}, ("maximum", "OUT_OF_RANGE")),
            ({"kind": "number", "default_value": "many"}, ("default_value", "INVALID_NUMBER")),
            ({"kind": "number", "default_value": "3", "maximum": {"value": "1"}}, ("default_value", "OUT_OF_RANGE")),
            ({"kind": "choice", "choices": CHOICES, "default_value": "tin"}, ("default_value", "UNKNOWN_CHOICE")),
            ({"kind": "boolean", "unique": True}, ("unique", "NOT_OF_KIND")),
            ({"kind": "long_text", "ranged": True}, ("ranged", "NOT_OF_KIND")),
            ({"kind": "auto_number", "number_format": "K-0"}, ("number_format", "INVALID_NUMBER_FORMAT")),
            ({"kind": "auto_number", "required": True}, ("required", "NOT_OF_KIND")),
            ({"number_format": "{0}"}, ("number_format", "NOT_OF_KIND")),
        ],
    )
    def test_refused(self, admin: Admin, changes: dict[str, Any], violation: tuple[str, str]) -> None:
        field = {"module": "accounts", "key": "tier", "label_en": "Tier", "kind": "text", **changes}
        assert [violation] == refused(admin.client().call, "CreateCustomField", custom_field=field).violations

    def test_described(self, house: House, admin: Admin) -> None:
        """What forms need to know: help, section, default, and where a link leads."""
        client = admin.client()
        field = {"module": "accounts", "kind": "choice", "key": "tier", "choices": CHOICES, "default_value": "银"}
        words = {"label_en": "Tier", "help_en": "How dear", "section_zh": "评级", "section_en": "Rating"}
        client.call("CreateCustomField", custom_field=field | words)
        client.call(
            "CreateCustomField",
            custom_field={"module": "accounts", "kind": "reference", "key": "maker", "reference": "sales.Product"},
        )
        client.call("CreateCustomField", custom_field={"module": "accounts", "kind": "auto_number", "key": "no"})
        newer = house.client().call("CreateSession", email=admin.email, password=PASSWORD).access_token
        modules = house.client(newer).call("GetMetadata").modules
        [module] = [found for found in modules if found.name == "accounts"]
        fields = {found.name: found for found in module.fields}
        tier = fields["custom.tier"]
        assert ("silver", "How dear", "评级") == (tier.default_value.text, tier.help.zh, tier.section.zh)
        assert ("reference", "sales.Product") == (fields["custom.maker"].kind, fields["custom.maker"].reference)
        assert fields["custom.no"].output_only

    def test_given_up(self, admin: Admin) -> None:
        """What needs an index of all values is chosen when there are none yet; it may be given up."""
        client = admin.client()
        field = {"module": "accounts", "kind": "text", "key": "code", "unique": True}
        made = client.call("CreateCustomField", custom_field=field)

        def put(etag: str, *, unique: bool) -> Any:
            wanted = {"id": made.id, "etag": etag, "unique": unique}
            return client.call("UpdateCustomField", custom_field=wanted, update_mask={"paths": ["unique"]})

        given_up = put(made.etag, unique=False)
        assert [("unique", "ON_CREATION")] == refused(put, given_up.etag, unique=True).violations
