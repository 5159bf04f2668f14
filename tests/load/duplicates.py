"""`python -m tests.load.duplicates [ACCOUNTS]`: a scan for duplicates over a labelled set of accounts (a million unless
said), its time, its peak of memory, and how right it is.
"""

import os
import resource
import shutil
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path

import sqlalchemy as sa

from chassis.ids import uuid7
from customers.accounts.table import accounts
from customers.app import build
from customers.config import Config
from customers.duplicates.table import duplicate_groups
from tests.services.harness import Running, Tenant, config_of, runner_of, running
from tests.support import run
from tests.support.postgres import Databases
from tests.support.spellings import companies

ACCOUNTS = 1_000_000
_BATCH = 20_000
# Companies with so many spellings each, in the mean.
_SPELLINGS = 1.75


def fill(started: Running, tenant: Tenant, number: int) -> dict[object, int]:
    """So many accounts; each with its company's label."""
    labels: dict[object, int] = {}
    names: list[tuple[str, str]] = []
    service = started.service
    insert = (
        "INSERT INTO accounts (org_id, id, name, create_time, update_time)"
        " SELECT %s, id, name, now(), now() FROM unnest(%s::uuid[], %s::text[]) AS given (id, name)"
    )

    def write() -> None:
        with service.database.write(service.control_plane.system_call(tenant.id)) as transaction:
            ids, texts = map(list, zip(*names, strict=True))
            transaction.connection.exec_driver_sql(insert, (str(tenant.id), ids, texts))
        names.clear()

    for label, spellings in enumerate(companies(int(number / _SPELLINGS) + 1)):
        for name in spellings:
            record_id = uuid7()
            labels[record_id] = label
            names.append((str(record_id), name))
        if len(names) >= _BATCH:
            write()
    if names:
        write()
    return labels


def right(started: Running, tenant: Tenant, labels: dict[object, int]) -> tuple[float, float]:
    """Precision and recall, by pairs."""
    service = started.service
    with service.database.write(service.control_plane.system_call(tenant.id)) as transaction:
        groups = transaction.execute(sa.select(duplicate_groups.c.members)).scalars().all()
    found = [(a, b) for members in groups for a, b in combinations(members, 2)]
    sizes: dict[int, int] = {}
    for label in labels.values():
        sizes[label] = sizes.get(label, 0) + 1
    hits = sum(labels[a] == labels[b] for a, b in found)
    return hits / max(1, len(found)), hits / sum(size * (size - 1) // 2 for size in sizes.values())


def main(arguments: list[str]) -> int:
    """Print the figures."""
    number = int(arguments[0]) if arguments else ACCOUNTS
    os.environ.setdefault("GUANXI_LOG_LEVEL", "WARNING")
    folder = run.begin()
    with tempfile.TemporaryDirectory() as objects:
        config = config_of(Databases().create("customers"), Path(objects), Config)
        with running(build, config) as started:
            tenant = started.tenants.make()
            begun = time.monotonic()
            labels = fill(started, tenant, number)
            print(f"{len(labels):,} {accounts.name} in {time.monotonic() - begun:.0f} s")
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            client = started.client(tenant)
            scan = client.call("CreateDuplicateScan", module="accounts")
            begun, work = time.monotonic(), time.process_time()
            runner_of(started.service).run_next()
            seconds, work = time.monotonic() - begun, time.process_time() - work
            after = started.client(tenant).call("GetDuplicateScan", id=scan.id)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            precision, recall = right(started, tenant, labels)
            print(f"scan {after.state}: {seconds:.0f} s, of it {work:.0f} s of Python, {after.groups:,} groups")
            print(f"peak memory {peak / 1024:.0f} MiB, of it {before / 1024:.0f} before the scan")
            print(f"precision {precision:.3f}, recall {recall:.3f} by names alone")
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
