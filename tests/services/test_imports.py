"""Imports, proved on accounts: checked before, repaired between, written once, undone exactly."""

import csv
import io
import time
from typing import Any

import pytest
import sqlalchemy as sa
from guanxi.files.v1 import files_pb2

from chassis.jobs import JobRunner
from tests.services.harness import Client, Refused, Running, Tenant


class Importer:
    """What the wizard does, step by step, with the service's worker run in place."""

    def __init__(self, running: Running, client: Client) -> None:
        self.client = client
        service = running.service
        self.runner = JobRunner(service.worker_database, service.control_plane, service.jobs, lambda org_id, news: None)

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
        return create(files_pb2.CreateFileRequest(name=name), metadata=self.client.metadata)

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
