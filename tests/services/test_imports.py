"""Imports, proved on accounts: checked before, repaired between, written once, undone exactly."""

import time
from typing import Any

import psycopg2
import pytest
from sqlalchemy import make_url

from guanxi.files.v1 import files_pb2
from tests.services.harness import Client, Refused, Running, Tenant, runner_of


class Importer:
    """What the wizard does, step by step, with the service's worker run in place."""

    def __init__(self, running: Running, client: Client) -> None:
        self.client = client
        self.running = running
        service = running.service
        self.runner = runner_of(service)

    def upload(self, data: bytes | str, name: str = "file.csv") -> str:
        """Put a file up in pieces; returns its id."""
        content = data.encode() if isinstance(data, str) else data
        file = self._create_file(name)
        for offset in range(0, len(content), 2 * 1024 * 1024):
            self.client.call("AppendFile", id=file.id, offset=offset, data=content[offset : offset + 2 * 1024 * 1024])
        return self.client.call("CompleteFile", id=file.id).id

    def _create_file(self, name: str) -> Any:
        """`name` is a word of `Client.call` itself."""
        create = self.client._channel.unary_unary(
            "/guanxi.files.v1.FileService/CreateFile",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=files_pb2.File.FromString,
        )
        return create(files_pb2.CreateFileRequest(name=name), metadata=tuple(self.client.metadata))

    def create(self, data: bytes | str, module: str = "accounts", name: str = "file.csv") -> Any:
        return self.client.call("CreateImport", module=module, file_id=self.upload(data, name), timeout=60)

    def step(self, action: str, job: Any, **fields: Any) -> Any:
        """Ask for a step and do it."""
        self.client.call(action, id=job.id, **fields)
        return self.work(job)

    def work(self, job: Any) -> Any:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.runner.run_next()
            now = self.client.call("GetImport", id=job.id)
            if now.state not in ("validating", "running", "undoing"):
                return now
        raise AssertionError("the job does not end")

    def all_of(self, data: bytes | str, module: str = "accounts", **update: Any) -> Any:
        """Create, map, validate and run."""
        job = self.create(data, module)
        if update:
            job = self.client.call("UpdateImport", id=job.id, **update)
        self.step("ValidateImport", job)
        return self.step("RunImport", job)

    def issues(self, job: Any) -> list[tuple[str, str, str, int, str]]:
        found = self.client.call("ListImportIssues", id=job.id).issues
        return [(item.field, item.code, item.value, item.count, item.suggestion) for item in found]


@pytest.fixture
def importer(customers: Running, client: Client) -> Importer:
    return Importer(customers, client)


def superuser_url(running: Running) -> str:
    """The address of the service's database for what a test does behind its back."""
    url = make_url(running.service.config.database_url).set(drivername="postgresql", username="postgres")
    return url.render_as_string(hide_password=False)


ACCOUNTS = """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Sunny Sub,technolgy,1996,1100.04,2822,Kenya,Sunny Holding
Sunny Holding,medical,1999,251.41,495,United States,
Other,technolgy,1996,1.5,12,Kenya,
"""


def names(client: Client) -> list[str]:
    return sorted(account.name for account in client.call("ListAccounts", page_size=200).accounts)


class TestImport:
    def test_an_accounts_file_from_upload_to_undo(self, importer: Importer, client: Client) -> None:
        """Headers map themselves, a misspelt value is corrected once, parents may come later, undo leaves nothing."""
        job = importer.create(ACCOUNTS)
        mapped = {mapping.field: mapping.column for mapping in job.mappings}
        expected = ["name", "industry", "year_established", "annual_revenue", "employees", "location", "parent_id"]
        assert {field: column for column, field in enumerate(expected)} == mapped
        assert ["name"] == list(job.keys)
        job = importer.step("ValidateImport", job)
        assert ("validated", 3, 1, 2) == (job.state, job.counts.rows, job.counts.valid, job.counts.invalid)
        assert [("industry", "UNKNOWN_CHOICE", "technolgy", 2, "technology")] == importer.issues(job)
        repair = {"field": "industry", "value": "technolgy", "replacement": "technology"}
        job = importer.step("RepairImport", job, repairs=[repair])
        assert (3, 0, []) == (job.counts.valid, job.counts.invalid, importer.issues(job))
        job = importer.step("RunImport", job)
        assert ("done", 3, 0, 0) == (job.state, job.counts.created, job.counts.updated, job.counts.invalid)
        accounts = {account.name: account for account in client.call("ListAccounts").accounts}
        assert accounts["Sunny Holding"].id == accounts["Sunny Sub"].parent_id
        assert ("USD", 1100, 40_000_000) == (
            accounts["Sunny Sub"].annual_revenue.currency_code,
            accounts["Sunny Sub"].annual_revenue.units,
            accounts["Sunny Sub"].annual_revenue.nanos,
        )
        job = importer.step("UndoImport", job)
        assert ("undone", 0, []) == (job.state, job.counts.conflicts, names(client))

    def test_the_same_file_again_changes_nothing(self, importer: Importer) -> None:
        """A second import of a file creates 0 and updates 0; a changed cell updates its one record."""
        text = ACCOUNTS.replace("technolgy", "technology")
        assert 3 == importer.all_of(text).counts.created
        again = importer.all_of(text).counts
        assert (0, 0, 3) == (again.created, again.updated, again.unchanged)
        changed = importer.all_of(text.replace(",12,", ",13,")).counts
        assert (0, 1, 2) == (changed.created, changed.updated, changed.unchanged)

    def test_rows_are_the_file_and_its_problems(self, importer: Importer, client: Client) -> None:
        """A person sees rows with their cells and what is wrong in words of their language, and can leave rows out."""
        job = importer.step("ValidateImport", importer.create("name,employees,phone\nA,many,call me\n,5,\nB,7,\n"))
        rows = {row.number: row for row in client.call("ListImportRows", id=job.id, invalid_only=True).rows}
        assert {2, 3} == rows.keys()
        assert {"name": "A", "employees": "many", "phone": "call me"} == dict(rows[2].values)
        assert {("employees", "INVALID_NUMBER"), ("phone", "INVALID_PHONE")} == {
            (issue.field, issue.code) for issue in rows[2].issues
        }
        assert [("name", "REQUIRED")] == [(issue.field, issue.code) for issue in rows[3].issues]
        found = client.call("ListImportRows", id=job.id, field="employees", code="INVALID_NUMBER", value="many").rows
        assert [2] == [row.number for row in found]
        repairs = [
            {"field": "employees", "row": 2, "replacement": "12"},
            {"field": "phone", "value": "call me", "replacement": ""},
            {"field": "name", "row": 3, "skip": True},
        ]
        job = importer.step("RepairImport", job, repairs=repairs)
        assert (2, 0, 1) == (job.counts.valid, job.counts.invalid, job.counts.skipped)
        assert 2 == importer.step("RunImport", job).counts.created

    def test_what_is_wrong_stays_out(self, importer: Importer, client: Client) -> None:
        """Invalid rows are left out and counted; the others go in."""
        counts = importer.all_of("name,employees\nA,1\nB,x\nC,3\n").counts
        assert (3, 2, 1, 2) == (counts.rows, counts.valid, counts.invalid, counts.created)
        assert ["A", "C"] == names(client)

    def test_rows_of_one_record(self, importer: Importer, client: Client) -> None:
        """Equal rows are one record; a row that contradicts the first is a problem."""
        job = importer.create("name,location\nA,Kenya\nA,Kenya\nB,Kenya\nB,Poland\n")
        job = importer.step("ValidateImport", job)
        assert [("name", "DUPLICATE_ROW", "B", 1, "")] == importer.issues(job)
        counts = importer.step("RunImport", job).counts
        assert (2, 1, 1) == (counts.created, counts.skipped, counts.invalid)

    def test_custom_fields_and_external_ids(self, importer: Importer, client: Client, tenant: Tenant) -> None:
        """Columns find the organization's own fields, and external ids find records again under another name."""
        tenant.custom_field("accounts", "size", "number", label_zh="面积", label_en="Floor area", ranged=True)
        tenant.custom_field(
            "accounts",
            "level",
            "choice",
            label_en="Level",
            choices=[{"value": "gold", "label_zh": "金牌", "label_en": "Gold"}],
        )
        importer = Importer(importer.running, importer.running.client(tenant))
        text = 'account id,name,面积,level\nE1,A,"1,250.50",金牌\nE2,B,,\n'
        job = importer.create(text)
        assert {"external_ids.import", "name", "custom.size", "custom.level"} == {item.field for item in job.mappings}
        assert 2 == importer.all_of(text).counts.created
        [account] = importer.client.call("ListAccounts", filter="custom.size > 1250 AND custom.level = gold").accounts
        assert ("A", {"import": "E1"}) == (account.name, dict(account.external_ids))
        counts = importer.all_of(text.replace(",A,", ",A2,")).counts
        assert (0, 1, 1) == (counts.created, counts.updated, counts.unchanged)

    def test_modes(self, importer: Importer) -> None:
        """`create` refuses records that are there, `update` those that are not."""
        importer.all_of("name\nA\n")
        mapping = [{"column": 0, "field": "name"}]
        job = importer.create("name\nA\nB\n")
        client = importer.client
        client.call("UpdateImport", id=job.id, mode="create", mappings=mapping)
        job = importer.step("ValidateImport", job)
        assert [("name", "EXISTS", "A", 1, "")] == importer.issues(job)
        client.call("UpdateImport", id=job.id, mode="update", mappings=mapping)
        job = importer.step("ValidateImport", job)
        assert [("name", "NOT_THERE", "B", 1, "")] == importer.issues(job)

    def test_numbers_in_thousands_and_constants(self, importer: Importer, client: Client) -> None:
        """A factor multiplies, a constant fills what the file lacks."""
        mappings = [
            {"column": 0, "field": "name"},
            {"column": 1, "field": "annual_revenue", "factor": "1000000"},
            {"column": -1, "field": "industry", "constant": "金融"},
        ]
        importer.all_of("name,revenue\nA,1.25\n", mappings=mappings)
        [account] = client.call("ListAccounts").accounts
        assert (1_250_000, "finance") == (account.annual_revenue.units, account.industry)


class TestReferences:
    def test_parents_that_lead_back(self, importer: Importer) -> None:
        """Rows whose parents lead back to themselves are refused; a parent of nobody is unknown."""
        job = importer.create("name,parent\nA,B\nB,A\nC,C\nD,Nobody\n")
        issues = {(code, value) for _, code, value, _, _ in importer.issues(importer.step("ValidateImport", job))}
        assert ("UNKNOWN_REFERENCE", "Nobody") in issues
        assert {("CYCLE", "A"), ("CYCLE", "B"), ("CYCLE", "C")} <= issues

    def test_missing_ones_are_made(self, importer: Importer, client: Client) -> None:
        """Where the mapping says so, records that are referred to and missing are created, once, and undone, too."""
        mappings = [{"column": 0, "field": "name"}, {"column": 1, "field": "parent_id", "create_missing": True}]
        job = importer.all_of("name,parent\nA,Group\nB,group\n", mappings=mappings)
        accounts = {account.name: account for account in client.call("ListAccounts").accounts}
        assert {"A", "B", "Group"} == accounts.keys()
        assert accounts["A"].parent_id == accounts["B"].parent_id == accounts["Group"].id
        assert 2 == job.counts.created
        assert ("undone", []) == (importer.step("UndoImport", job).state, names(client))

    def test_owners_by_name_and_address(self, importer: Importer, tenant: Tenant) -> None:
        """Users are found by name, letter case aside; one that is near is proposed."""
        anna = tenant.user("Anna Snelling")
        importer = Importer(importer.running, importer.running.client(tenant))
        job = importer.create("name,owner\nA,anna snelling\nB,Ana Snelling\n")
        job = importer.step("ValidateImport", job)
        assert [("owner_id", "UNKNOWN_REFERENCE", "Ana Snelling", 1, "Anna Snelling")] == importer.issues(job)
        importer.step("RunImport", job)
        assert [str(anna)] == [account.owner_id for account in importer.client.call("ListAccounts").accounts]


class TestUndo:
    def test_what_somebody_changed_since_stays(self, importer: Importer, client: Client) -> None:
        """Undo restores fields nobody touched, leaves the others, and says how many records are in conflict."""
        importer.all_of("name,location,employees\nA,Kenya,1\n")
        job = importer.all_of("name,location,employees\nA,Poland,2\nB,Kenya,1\n")
        assert (1, 1) == (job.counts.created, job.counts.updated)
        account = next(item for item in client.call("ListAccounts").accounts if item.name == "A")
        account.location = "China"
        client.call("UpdateAccount", account=account, update_mask={"paths": ["location"]})
        job = importer.step("UndoImport", job)
        assert ("undone", 1) == (job.state, job.counts.conflicts)
        [left] = client.call("ListAccounts").accounts
        assert ("A", "China", 1) == (left.name, left.location, left.employees)

    def test_one_refusal_leaves_the_others(self, importer: Importer, client: Client) -> None:
        """A record whose old values no longer fit stays as it is; the others of its chunk are restored."""
        importer.all_of("name,parent,employees\nTop,,1\nElsewhere,,1\nMoved,Top,1\n")
        job = importer.all_of("name,parent,employees\nTop,,2\nMoved,Elsewhere,2\n")
        accounts = {account.name: account for account in client.call("ListAccounts").accounts}
        below = {"id": accounts["Top"].id, "etag": accounts["Top"].etag, "parent_id": accounts["Moved"].id}
        client.call("UpdateAccount", account=below, update_mask={"paths": ["parent_id"]})
        assert 1 == importer.step("UndoImport", job).counts.conflicts
        left = {account.name: account.employees for account in client.call("ListAccounts").accounts}
        assert {"Top": 1, "Elsewhere": 1, "Moved": 2} == left

    def test_a_file_may_come_again_after_undo(self, importer: Importer, client: Client) -> None:
        """External ids are free again after an undo."""
        text = "id,name\nX1,A\n"
        importer.step("UndoImport", importer.all_of(text))
        assert 1 == importer.all_of(text).counts.created


class TestAccess:
    def test_without_permission(self, importer: Importer, tenant: Tenant) -> None:
        """Without `<module>.import` there is no import."""
        tenant.role("viewer", [("accounts", "view", "all")])
        viewer = importer.running.client(tenant, tenant.user("Viewer", "viewer"))
        with pytest.raises(Refused) as caught:
            Importer(importer.running, viewer).create(ACCOUNTS)
        assert "PERMISSION_DENIED" == caught.value.code

    def test_other_organizations_and_colleagues(self, importer: Importer, customers: Running, tenant: Tenant) -> None:
        """An import, its issues and its file are its maker's; to others they do not exist."""
        job = importer.create(ACCOUNTS)
        tenant.role("importer", [("accounts", "*", "own")])
        for client in (
            customers.client(customers.tenants.make()),
            customers.client(tenant, tenant.user("Colleague", "importer")),
        ):
            for method in ("GetImport", "ListImportIssues", "ListImportRows", "ValidateImport", "RunImport"):
                with pytest.raises(Refused) as caught:
                    client.call(method, id=job.id)
                assert "NOT_FOUND" == caught.value.code
            with pytest.raises(Refused) as caught:
                client.call("CreateImport", module="accounts", file_id=job.file_id)
            assert "NOT_FOUND" == caught.value.code

    def test_own_scope(self, importer: Importer, customers: Running, tenant: Tenant) -> None:
        """Who may import own records only neither finds nor changes a colleague's, and gives none away."""
        importer.all_of("id,name\nX1,Theirs\n")
        other = tenant.user("Other")
        tenant.role("importer", [("accounts", operation, "own") for operation in ("view", "edit", "create", "import")])
        mine = Importer(customers, customers.client(tenant, tenant.user("Mine", "importer")))
        job = mine.step("ValidateImport", mine.create("id,name\nX1,Stolen\n"))
        assert [("external_ids.import", "TAKEN", "X1", 1, "")] == mine.issues(job)
        job = mine.all_of("name,owner\nGiven,Other\nKept,\n")
        assert (1, 1) == (job.counts.created, job.counts.invalid)
        assert [("owner_id", "ASSIGN_DENIED", "Other", 1, "")] == mine.issues(job)
        assert other

    def test_hidden_and_unknown_fields(self, importer: Importer, customers: Running, tenant: Tenant) -> None:
        """Fields the importer may not change are neither suggested nor mapped, like fields that do not exist."""
        grants = [("accounts", operation, "all") for operation in ("view", "import")]
        tenant.role("importer", grants, [("accounts", "industry", "hidden"), ("accounts", "location", "read")])
        mine = Importer(customers, customers.client(tenant, tenant.user("Mine", "importer")))
        job = mine.create("name,industry,location\nA,retail,Kenya\n")
        assert ["name"] == [mapping.field for mapping in job.mappings]
        for field in ("industry", "location", "nothing", "custom.nothing", "create_time"):
            with pytest.raises(Refused) as caught:
                mine.client.call("UpdateImport", id=job.id, mappings=[{"column": 0, "field": field}])
            assert field == caught.value.violations[0][0]


class TestFiles:
    def test_a_bad_file_is_refused_in_the_callers_language(self, customers: Running, tenant: Tenant) -> None:
        """What is wrong with a file is said at once, with its reason."""
        mine = Importer(customers, customers.client(tenant, language="zh"))
        with pytest.raises(Refused) as caught:
            mine.create(b"%PDF-1.7 ...")
        assert ("INVALID_ARGUMENT", "FILE_BINARY") == (caught.value.code, caught.value.reason)
        assert "表格" in caught.value.message

    def test_a_file_that_breaks_below_its_first_rows(self, importer: Importer, client: Client) -> None:
        """Quotes that never close further down end the validation with the row's number; nothing is written."""
        job = importer.create("name\n" + "A\n" * 500 + '"B\n' * 2)
        job = importer.step("ValidateImport", job)
        assert "failed" == job.state
        assert "502" in job.error
        assert [] == names(client)

    def test_a_person_knows_better(self, importer: Importer, client: Client) -> None:
        """Encoding, delimiter and header can be chosen; columns and mapping follow."""
        job = importer.create("name;x|location\nCaf\u00e9;y|Kenya\n".encode("cp1252"))
        assert 1 < len(job.columns)
        chosen = {"kind": "csv", "encoding": "cp1252", "delimiter": "|", "header": True}
        job = client.call("UpdateImport", id=job.id, format=chosen)
        assert ["name;x", "location"] == [column.header for column in job.columns]
        assert {"Caf\u00e9;y"} == set(job.columns[0].samples)
        job = client.call("UpdateImport", id=job.id, format={**chosen, "header": False})
        assert ["", ""] == [column.header for column in job.columns]
        with pytest.raises(Refused) as caught:
            client.call("UpdateImport", id=job.id, format={**chosen, "encoding": "klingon"})
        assert "FILE_ENCODING" == caught.value.reason

    def test_header_only(self, importer: Importer) -> None:
        """A file without rows says so."""
        job = importer.step("ValidateImport", importer.create("name\n"))
        assert ("failed", "The file has a header and no rows") == (job.state, job.error)

    def test_formulas_and_zeros(self, importer: Importer, client: Client) -> None:
        """A formula is a text like any other; a NUL is a problem of its row alone."""
        job = importer.all_of('name,location\n"=1+1",Kenya\nA\0B,Kenya\n')
        assert [("name", "NUL", "A\u2400B", 1, "")] == importer.issues(job)
        assert ["=1+1"] == names(client)


class TestResumption:
    def test_cancelled_emptied_and_resumed(self, importer: Importer, client: Client) -> None:
        """Cancelled after a chunk and with staging lost in a crash of the database, the rest goes in, once each."""
        count = 2500
        text = "name,parent\n" + "".join(f"Account {n},Account {(n * 7) % 50}\n" for n in range(50, count))
        text += "".join(f"Account {n},\n" for n in range(50))
        job = importer.step("ValidateImport", importer.create(text))
        assert (count, 0) == (job.counts.valid, job.counts.invalid)
        client.call("RunImport", id=job.id)
        client.call("CancelImport", id=job.id)
        job = importer.work(job)
        assert "cancelled" == job.state
        assert 0 < job.counts.created < count
        with psycopg2.connect(superuser_url(importer.running)) as connection, connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE import_rows, import_values, import_issues"
            )  # what recovery does to unlogged tables
        connection.close()
        job = importer.step("RunImport", job)
        assert ("done", count, 0) == (job.state, job.counts.created, job.counts.unchanged)
        assert count == client.call("ListAccounts").total_size
        job = importer.step("UndoImport", job)
        assert ("undone", 0) == (job.state, client.call("ListAccounts").total_size)
