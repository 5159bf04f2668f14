"""Adds the resource of docs/adding-a-resource.md to a running customers service, and uses all it has now.

A process of its own, because generated modules cannot be taken out of one again:

    python -m tests.contract.exercise FOLDER      with the database settings of customers and identity in the environment
"""

import importlib
import json
import os
import shutil
import sys
import time
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

import google.api
import sqlalchemy as sa
from grpc_tools import protoc

import customers
import guanxi.customers.v1
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import metadata_pb2
from tests.support.postgres import Database as TestDatabase

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "resource"


def add_contract(folder: Path) -> None:
    """Step 1: the contract, and what is generated from it."""
    source = folder / "proto" / "guanxi" / "customers" / "v1"
    source.mkdir(parents=True)
    shutil.copy(EXAMPLE / "projects.proto", source)
    target = folder / "generated"
    target.mkdir()
    includes = [folder / "proto", ROOT / "proto", Path(protoc.__file__).parent / "_proto", _googleapis()]
    code = protoc.main(
        ["protoc", *(f"-I{path}" for path in includes), f"--python_out={target}", "guanxi/customers/v1/projects.proto"]
    )
    assert code == 0
    guanxi.customers.v1.__path__.append(str(target / "guanxi" / "customers" / "v1"))


def add_code(folder: Path) -> ModuleType:
    """Steps 2 and 3: the table and the declaration."""
    package = folder / "customers" / "projects"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name in ("table.py", "resource.py"):
        shutil.copy(EXAMPLE / name, package)
    customers.__path__.append(str(package.parent))
    return importlib.import_module("customers.projects.resource")


def migrate(database: TestDatabase, table: sa.Table) -> None:
    """The migration that `chassis.database.draft` writes, run as the owner."""
    from chassis.database.draft import statements
    from chassis.database.rows import secure

    engine = sa.create_engine(database.owner_url)
    with engine.begin() as connection:
        for statement in statements([table]):
            connection.exec_driver_sql(statement)
        secure(connection, [table.name])
    engine.dispose()


def use(folder: Path, project: Any, database: TestDatabase, identity: TestDatabase) -> dict[str, Any]:
    """Everything the resource has; what was found, by name."""
    from chassis.service import Service
    from customers.accounts.resource import ACCOUNTS
    from customers.contacts.resource import CONTACTS
    from tests.services.harness import Tenants, config_of, running

    def build(config: Any, identity: Any) -> Service:
        return Service("customers", config, resources=[ACCOUNTS, CONTACTS, project], identity=identity).complete()

    tenants = Tenants()
    tenant = tenants.make()
    with running(build, config_of(database, folder), tenants) as started:
        client = started.client(tenant)
        start = client.call("ListChanges", module="projects").cursor
        found = standard(client, tenant, started)
        found |= import_and_export(client, started.service)
        found |= after_the_commit(client, started.service, start, identity)
        found |= descriptions(started.service, tenant)
        client.close()
    return found


def standard(client: Any, tenant: Any, started: Any) -> dict[str, Any]:
    """Standard methods, filter, search and permissions."""
    from tests.services.harness import Refused

    made = client.call("CreateProject", project={"name": "新项目 Alpha", "progress": 10})
    changed = client.call(
        "UpdateProject", project={"id": made.id, "etag": made.etag, "progress": 60}, update_mask={"paths": ["progress"]}
    )
    gone = client.call("DeleteProject", id=made.id)
    back = client.call("UndeleteProject", id=gone.id)
    upserted = client.call(
        "BatchUpsertProjects", projects=[{"name": "Beta", "external_ids": {"erp": "7"}}], match_system="erp"
    )
    tenant.role("nobody", [("accounts", "view", "all")])
    stranger = started.client(tenant, tenant.user("N", "nobody"))
    try:
        stranger.call("ListProjects")
        refusal = ""
    except Refused as refused:
        refusal = refused.code
    stranger.close()
    return {
        "update": [changed.progress, changed.etag],
        "undelete": back.name,
        "upsert": upserted.created,
        "filter": client.call("ListProjects", filter='progress >= 50 AND name = "新*"').total_size,
        "search": [hit.title for hit in client.call("Search", query="项目").hits],
        "permission": refusal,
    }


def import_and_export(client: Any, service: Any) -> dict[str, Any]:
    """A file in, and a file out."""
    from tests.services.harness import runner_of

    runner = runner_of(service)

    def finish(read: Any, done: tuple[str, ...]) -> Any:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            runner.run_next()
            job = read()
            if job.state in done:
                return job
        raise AssertionError(read())

    file = client.call("CreateFile", name="projects.csv")
    client.call("AppendFile", id=file.id, data=b"name,progress\nGamma,5\nDelta,7\n")
    client.call("CompleteFile", id=file.id)
    job = client.call("CreateImport", module="projects", file_id=file.id)
    client.call("ValidateImport", id=job.id)
    finish(lambda: client.call("GetImport", id=job.id), ("validated", "failed"))
    client.call("RunImport", id=job.id)
    job = finish(lambda: client.call("GetImport", id=job.id), ("done", "failed"))
    out = client.call("CreateExport", module="projects", fields=["name", "progress"], order_by="name")
    out = finish(lambda: client.call("GetExport", id=out.id), ("done", "failed"))
    text = client.call("ReadFile", id=out.file_id).data.decode("utf-8-sig")
    return {"import": job.counts.created, "export": len(text.splitlines())}


def after_the_commit(client: Any, service: Any, start: str, identity: TestDatabase) -> dict[str, Any]:
    """Events, change feed and audit."""
    from chassis.call import system_call
    from chassis.database.connection import Database
    from chassis.database.schema import outbox
    from chassis.events.relay import sequence
    from identity.audit.consumer import record
    from identity.audit.table import audit_entries

    while sequence(service.worker_database):
        pass
    with service.worker_database.work() as connection:
        rows = connection.execute(sa.select(outbox).order_by(outbox.c.seq)).all()
    events = [events_pb2.Event.FromString(row.payload) for row in rows]
    log = Database(identity.worker_url, 1)
    org_id = rows[0].org_id
    with log.write(system_call(uuid.UUID(str(org_id)))) as transaction:
        for event in events:
            record(transaction, event)
    entries = log.read(system_call(org_id), sa.select(audit_entries).where(audit_entries.c.org_id == org_id))
    log.dispose()
    return {
        "events": sorted({row.subject for row in rows if row.resource == "customers.Project"}),
        "feed": len(client.call("ListChanges", module="projects", cursor=start).changes),
        "audit": len(entries) == sum(len(event.changes) for event in events if not event.audience),
    }


def descriptions(service: Any, tenant: Any) -> dict[str, Any]:
    """What clients are told: metadata for lists, forms and filters, and OpenAPI for programs."""
    from chassis.authz.access import Access
    from chassis.call import Call, Principal
    from gateway.openapi.document import build
    from gateway.transcoding.catalog import Catalog
    from identity.descriptions import MetadataServicer

    asked = metadata_pb2.GetMetadataRequest()
    call = Call(Principal(tenant.id, tenant.admin, "user"), Access.everything())
    modules = {item.name: item for item in MetadataServicer().get_metadata(call, asked).modules}
    document = build(Catalog(), "http://localhost")
    return {
        "metadata": [field.label.zh for field in modules["projects"].fields if field.name == "progress"],
        "openapi": sorted(path for path in document["paths"] if "/projects" in path),
    }


def _googleapis() -> Path:
    return Path(next(iter(google.api.__path__))).parent.parent


def main(folder: Path) -> None:
    """Do what the page says and print what was found."""
    names = json.loads(os.environ["EXERCISE_DATABASES"])
    database, identity = (TestDatabase(*names[service]) for service in ("customers", "identity"))
    add_contract(folder)
    project = add_code(folder).PROJECTS
    migrate(database, project.table)
    print(json.dumps(use(folder, project, database, identity)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
