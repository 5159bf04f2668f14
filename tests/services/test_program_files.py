"""What a program that was narrowed reaches of its maker's imports, exports and files: what it could have made itself."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from tests.services.harness import Client, refused
from tests.services.test_imports import Importer
from tests.support.house import Admin, House


class Maker:
    """An administrator with an import, and programs of theirs."""

    def __init__(self, admin: Admin) -> None:
        self.admin, self.client = admin, admin.client()
        self.importer = self.importing(self.client)
        self.file_id = self.importer.upload("name\nNorth\n")
        self.job = self.client.call("CreateImport", module="teams", file_id=self.file_id, timeout=60)

    def importing(self, client: Client) -> Importer:
        """What uploads with a client's rights."""
        running: Any = SimpleNamespace(service=self.admin.house.identity)
        return Importer(running, client)

    def token(self, *scopes: str) -> Client:
        """An API token narrowed to these."""
        made = self.client.call("CreateApiToken", name=uuid.uuid4().hex, scopes=scopes)
        return self.admin.house.client(made.token)

    def exported(self) -> Any:
        """A finished export of the teams."""
        job = self.client.call("CreateExport", module="teams")
        while not (job := self.client.call("GetExport", id=job.id)).file_id:
            assert self.importer.runner.run_next()
        return job


@pytest.fixture
def maker(house: House) -> Maker:
    """In a new organization."""
    return Maker(house.sign_up())


class TestImports:
    @pytest.mark.parametrize("scope", ["holidays.view", "teams.view", "holidays.import"])
    def test_out_of_reach(self, maker: Maker, scope: str) -> None:
        """Without the right to import into the module the import does not exist, in a list or by its id."""
        client, job_id = maker.token(scope), maker.job.id
        assert not client.call("ListImports").imports
        assert not client.call("ListImports", module="teams").imports
        for name in ("GetImport", "ListImportRows", "ListImportIssues", "CancelImport", "RunImport", "UndoImport"):
            assert "NOT_FOUND" == refused(client.call, name, id=job_id).code, name
        assert "NOT_FOUND" == refused(client.call, "UpdateImport", id=job_id, mode="create").code
        assert "NOT_FOUND" == refused(client.call, "ValidateImport", id=job_id).code
        assert "NOT_FOUND" == refused(client.call, "RepairImport", id=job_id, repairs=[{"row": 1, "skip": True}]).code

    def test_within_reach(self, maker: Maker) -> None:
        """With that right it is there, and so is everything for its maker."""
        maker.client.call("CreateImport", module="holidays", file_id=maker.importer.upload("name\nX\n"), timeout=60)
        client = maker.token("teams.import")
        assert ["teams"] == [job.module for job in client.call("ListImports").imports]
        assert maker.job.id == client.call("GetImport", id=maker.job.id).id
        assert ["holidays", "teams"] == [job.module for job in maker.client.call("ListImports").imports]

    def test_as_many_at_once(self, maker: Maker) -> None:
        """A narrowed program's page is full of what it reaches."""
        for module in ("holidays", "teams", "holidays"):
            maker.client.call("CreateImport", module=module, file_id=maker.importer.upload("name\nX\n"), timeout=60)
        page = maker.token("teams.import").call("ListImports", page_size=2)
        assert (2, "") == (len(page.imports), page.next_page_token)


class TestUploads:
    @pytest.mark.parametrize("scope", ["holidays.view", "teams.view", "holidays.import"])
    def test_out_of_reach(self, maker: Maker, scope: str) -> None:
        """An upload goes with the import that took it, and cannot be taken into another module instead."""
        client = maker.token(scope)
        for name in ("GetFile", "ReadFile", "CompleteFile"):
            assert "NOT_FOUND" == refused(client.call, name, id=maker.file_id).code, name
        if scope == "holidays.import":
            assert "NOT_FOUND" == refused(client.call, "CreateImport", module="holidays", file_id=maker.file_id).code

    def test_within_reach(self, maker: Maker) -> None:
        """Who may import into that module, and the maker, read it."""
        for client in (maker.token("teams.import"), maker.client):
            assert b"name\nNorth\n" == client.call("ReadFile", id=maker.file_id).data

    def test_in_no_import_yet(self, maker: Maker) -> None:
        """An upload that no import has taken is for programs that import, and they bring their own."""
        file_id = maker.importer.upload("name\nX\n")
        assert "NOT_FOUND" == refused(maker.token("teams.view").call, "ReadFile", id=file_id).code
        program = maker.token("teams.import")
        assert b"name\nX\n" == program.call("ReadFile", id=file_id).data
        assert "teams" == maker.importing(program).create("name\nY\n", "teams").module


class TestExports:
    def test_reach(self, maker: Maker) -> None:
        """An export and its file take the right to export; the file that to view as well."""
        job = maker.exported()
        for scopes in (["holidays.view"], ["teams.view"], ["holidays.export", "teams.import"]):
            client = maker.token(*scopes)
            for name, key in (("GetExport", job.id), ("CancelExport", job.id), ("ReadFile", job.file_id)):
                assert "NOT_FOUND" == refused(client.call, name, id=key).code, (scopes, name)
        assert "NOT_FOUND" == refused(maker.token("teams.export").call, "ReadFile", id=job.file_id).code
        for client in (maker.token("teams.view", "teams.export"), maker.client):
            assert job.id == client.call("GetExport", id=job.id).id
            assert client.call("ReadFile", id=job.file_id).data
