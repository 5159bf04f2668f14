"""An import goes on after its worker was killed, wherever that was."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from customers.app import build
from customers.config import Config
from guanxi.events.v1 import events_pb2
from tests.services.harness import SERVICE_TOKEN, Client, Running, config_of, running
from tests.services.test_imports import Importer, superuser_url
from tests.support.postgres import Database, Databases

ROWS = 5000
STEPS = ("validating", "running")


@contextmanager
def worker(database: Database, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`python -m customers work`, without NATS and identity: jobs need neither."""
    environment = {
        **os.environ,
        **database.environment(),
        "GUANXI_NATS_URL": "nats://127.0.0.1:1",
        "GUANXI_LISTEN": "127.0.0.1:0",
        "GUANXI_HEALTH_LISTEN": "127.0.0.1:0",
        "GUANXI_METRICS_LISTEN": "127.0.0.1:0",
        "GUANXI_SERVICE_TOKEN": SERVICE_TOKEN,
        "GUANXI_IDENTITY_ADDRESS": "127.0.0.1:1",
        "GUANXI_SALES_ADDRESS": "127.0.0.1:1",
        "GUANXI_OBJECT_STORE": f"file://{folder}/objects",
    }
    process = subprocess.Popen([sys.executable, "-m", "customers", "work"], env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def until(client: Client, job: Any, done: Callable[[Any], bool], seconds: float = 120) -> Any:
    """Poll the job until something is so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = client.call("GetImport", id=job.id)
        if done(now):
            return now
        time.sleep(0.05)
    raise AssertionError(f"the job stays {now.state} at {now.done} of {now.total}")


@pytest.mark.slow
def test_killed_and_taken_over(databases: Databases, tmp_path: Path) -> None:
    """Killed at any moment of validation and run, the import ends as if nothing had happened: every row
    is in once, with one event each, and one undo removes them all.
    """
    database = databases.create("customers")
    with running(build, config_of(database, tmp_path, Config)) as service:
        tenant = service.tenants.make()
        importer = Importer(service, service.client(tenant))
        client = importer.client
        text = "id,name,location\n" + "".join(f"{n},Account {n},Kenya\n" for n in range(ROWS))
        job = importer.create(text)
        client.call("ValidateImport", id=job.id)
        _killed_during(client, job, database, tmp_path, "validating")
        with worker(database, tmp_path):
            until(client, job, lambda now: now.state == "validated")
        client.call("RunImport", id=job.id)
        _killed_during(client, job, database, tmp_path, "running")
        with worker(database, tmp_path):
            job = until(client, job, lambda now: now.state not in STEPS)
        assert ("done", ROWS, 0, 0) == (job.state, job.counts.created, job.counts.unchanged, job.counts.invalid)
        assert ROWS == client.call("ListAccounts").total_size
        assert {1: ROWS} == events_by_count(service)
        job = importer.step("UndoImport", job)
        assert ("undone", 0) == (job.state, client.call("ListAccounts").total_size)


def _killed_during(client: Client, job: Any, database: Database, folder: Path, state: str) -> None:
    """Start a worker and kill it while it is at the step, at a moment nobody chose."""
    before = client.call("GetImport", id=job.id).done
    with worker(database, folder):
        until(client, job, lambda now: now.state != state or now.done > before)
        time.sleep(random.random() * 0.2)


def events_by_count(service: Running) -> dict[int, int]:
    """How many records have how many `created` events."""
    found: dict[str, int] = {}
    connection = psycopg2.connect(superuser_url(service))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM outbox WHERE subject = 'guanxi.customers.account.created'")
        for (payload,) in cursor:
            for change in events_pb2.Event.FromString(bytes(payload)).changes:
                found[change.id] = found.get(change.id, 0) + 1
    connection.close()
    counts: dict[int, int] = {}
    for times in found.values():
        counts[times] = counts.get(times, 0) + 1
    return counts
