"""Exports: what a list shows, safe in a spreadsheet, and read back by an import as what it was."""

import csv
import io
from typing import Any

import psycopg2
import pytest

from chassis.exports.cells import safe, unsafe
from guanxi.events.v1 import events_pb2
from guanxi.exports.v1 import exports_pb2
from tests.services.harness import Client, Refused, Running, Tenant
from tests.services.test_imports import Importer, names, superuser_url


@pytest.fixture
def importer(customers: Running, client: Client) -> Importer:
    return Importer(customers, client)


def exported(importer: Importer, module: str = "accounts", **request: Any) -> tuple[Any, str]:
    """Export a module; returns the export and the file's text."""
    client = importer.client
    job = client.call("CreateExport", module=module, **request)
    for _ in range(20):
        importer.runner.run_next()
        job = client.call("GetExport", id=job.id)
        if job.state not in ("queued", "running"):
            break
    if not job.file_id:
        return job, ""
    size = client.call("GetFile", id=job.file_id).size
    step = 2 * 1024 * 1024
    data = b"".join(client.call("ReadFile", id=job.file_id, offset=offset).data for offset in range(0, size, step))
    return job, data.decode()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestExport:
    def test_works(self, importer: Importer, client: Client) -> None:
        """Filter, order and fields are the list's; references are titles, amounts have their currency."""
        importer.all_of("name,revenue,employees,parent,location\nA,1.50,3,,Kenya\nB,2,4,A,Kenya\nC,9,9,,Poland\n")
        job, text = exported(
            importer,
            filter="location = kenya",
            order_by="name desc",
            fields=["name", "annual_revenue", "parent_id", "employees"],
        )
        assert ("done", 2) == (job.state, job.rows)
        assert "name,annual_revenue,parent_id,employees\r\nB,USD 2,A,4\r\nA,USD 1.5,,3\r\n" == text

    def test_is_told(self, importer: Importer, customers: Running) -> None:
        """A finished export is an event: the audit log knows who took which fields away."""
        importer.all_of("name\nA\n")
        job, _ = exported(importer, fields=["name"])
        with psycopg2.connect(superuser_url(customers)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT payload FROM outbox WHERE subject = 'guanxi.customers.export.exported'")
            events = [events_pb2.Event.FromString(bytes(payload)) for (payload,) in cursor]
        connection.close()
        [event] = [event for event in events if job.id.endswith(event.changes[0].id)]
        assert ["module", "filter", "rows", "name"] == list(event.changes[0].changed_fields)
        told = exports_pb2.Export()
        assert event.changes[0].after.Unpack(told)
        assert ("accounts", 1) == (told.module, told.rows)
        assert "export" == event.actor.kind

    def test_byte_order_mark(self, importer: Importer) -> None:
        """Excel reads UTF-8 with a mark."""
        importer.all_of("name\n张伟\n")
        _, text = exported(importer, fields=["name"], byte_order_mark=True)
        assert "\ufeffname\r\n张伟\r\n" == text

    def test_an_import_reads_it_back(self, importer: Importer, client: Client, tenant: Tenant) -> None:
        """An export, imported as it is, changes nothing; into an organization without the records it makes them all."""
        importer.all_of(
            'id,name,revenue,parent,website\nE1,"=cmd|A",1.50,,a.example\nE2,"-x, ""y""",2,=cmd|A,\nE3,+86,,,\n'
        )
        before = client.call("ListAccounts").accounts
        _, text = exported(importer)
        counts = importer.all_of(text).counts
        assert (0, 0, 3, 0) == (counts.created, counts.updated, counts.unchanged, counts.invalid)
        assert before == client.call("ListAccounts").accounts

        other = Importer(importer.running, importer.running.client(importer.running.tenants.make()))
        table = [{key: value for key, value in row.items() if key not in ("id", "owner_id")} for row in rows(text)]
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, table[0])
        writer.writeheader()
        writer.writerows(table)
        assert 3 == other.all_of(buffer.getvalue()).counts.created
        assert names(client) == names(other.client)

    def test_formulas_are_harmless(self, importer: Importer) -> None:
        """Cells that a spreadsheet would run begin with an apostrophe, blanks in front or not."""
        importer.all_of('name,location\n"=1+1"," =2"\n@SUM,"-5 rooms"\n')
        _, text = exported(importer, fields=["name", "location"])
        assert {("'=1+1", "'=2"), ("'@SUM", "'-5 rooms")} == {(row["name"], row["location"]) for row in rows(text)}

    def test_scope_and_hidden_fields(self, importer: Importer, customers: Running, tenant: Tenant) -> None:
        """An export holds what its maker may see: rows in scope, fields that are not hidden."""
        importer.all_of("name,industry\nTheirs,retail\n")
        grants = [("accounts", operation, "own") for operation in ("view", "create", "import", "export")]
        tenant.role("seller", grants, [("accounts", "industry", "hidden")])
        mine = Importer(customers, customers.client(tenant, tenant.user("Mine", "seller")))
        mine.all_of("name\nMy own\n")
        _, text = exported(mine)
        assert ["My own"] == [row["name"] for row in rows(text)]
        assert "industry" not in text
        for request in ({"fields": ["industry"]}, {"filter": "industry = retail"}, {"order_by": "industry"}):
            with pytest.raises(Refused) as caught:
                exported(mine, **request)
            assert "INVALID_ARGUMENT" == caught.value.code

    def test_without_permission(self, customers: Running, tenant: Tenant) -> None:
        """Without `<module>.export` there is no export."""
        tenant.role("viewer", [("accounts", "view", "all")])
        with pytest.raises(Refused) as caught:
            exported(Importer(customers, customers.client(tenant, tenant.user("Viewer", "viewer"))))
        assert "PERMISSION_DENIED" == caught.value.code

    def test_files_and_exports_are_their_makers(self, importer: Importer, customers: Running, tenant: Tenant) -> None:
        """To another organization, or a colleague, an export and its file do not exist."""
        importer.all_of("name\nA\n")
        job, _ = exported(importer)
        tenant.role("other", [("*", "*", "all")])
        for client in (
            customers.client(customers.tenants.make()),
            customers.client(tenant, tenant.user("Colleague", "other")),
        ):
            for method, key in (("GetExport", job.id), ("CancelExport", job.id), ("ReadFile", job.file_id)):
                with pytest.raises(Refused) as caught:
                    client.call(method, id=key)
                assert "NOT_FOUND" == caught.value.code


@pytest.mark.parametrize("text", ["=1", "+cmd", "-cmd", "@x", "\t=1", " =1", "\x01=1", "＝1", "\r=1"])
def test_dangerous_cells(text: str) -> None:
    """What a spreadsheet may run is marked, and the mark is taken off again."""
    assert f"'{text}" == safe(text)
    assert text == unsafe(safe(text))


@pytest.mark.parametrize("text", ["+8613800138000", "-12.5", "a=b", "'quoted'", "", "O'Brien"])
def test_harmless_cells(text: str) -> None:
    """Phone numbers, negative numbers and ordinary texts stay as they are."""
    assert text == safe(text) == unsafe(text)
