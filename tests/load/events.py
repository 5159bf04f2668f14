"""Events on their way from a commit in customers to the fact in reporting: how long one takes, and how many a second.

The broker is held down while events gather, so that what is measured is relay, stream and consumer, not the writing.
Raw is what a consumer cannot do without: for each event one transaction with its inbox row and its fact.
"""

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from psycopg2.extras import execute_values

from chassis.ids import uuid7
from guanxi.customers.v1 import accounts_pb2
from tests.load.company import Company
from tests.load.measuring import Table

SINGLE, BATCHES, BATCH = 600, 60, 500
LATENCIES = 30
SECONDS = 60.0


def run(company: Company, table: Table) -> None:
    """Latency, then throughput of single events and of batches."""
    table.heading("Events, commit in customers to fact in reporting", "raw", "ours", "ratio")
    table.note(f"latency {_latency(company) * 1000:.0f} ms (median of {LATENCIES}, one at a time)")
    table.rates("single events", _raw(company, SINGLE, 1), _drained(company, lambda: _singles(company), SINGLE))
    company.renew()
    rows = BATCHES * BATCH
    table.rates("records in batches", _raw(company, rows, BATCH), _drained(company, lambda: _upserts(company), rows))


def _latency(company: Company) -> float:
    found = []
    with company.connect("reporting", "superuser") as connection, connection.cursor() as cursor:
        for number in range(LATENCIES):
            made = company.grpc("CreateAccount", _created(f"Latency {number}"))
            begun = time.perf_counter()
            deadline = begun + SECONDS
            while time.perf_counter() < deadline:
                cursor.execute(
                    "SELECT 1 FROM account_facts WHERE org_id = %s AND id = %s", [str(company.org_id), made.id]
                )
                if cursor.fetchone():
                    break
                time.sleep(0.002)
            found.append(time.perf_counter() - begun)
    connection.close()
    return statistics.median(found)


def _drained(company: Company, write: Callable[[], None], count: int) -> float:
    """Records a second, from the broker's return to the last that arrives: finding it again is part of it."""
    with company.connect("reporting", "superuser") as connection, connection.cursor() as cursor:

        def arrived() -> int:
            cursor.execute("SELECT count(*) FROM account_facts WHERE org_id = %s", [str(company.org_id)])
            return int(cursor.fetchone()[0])  # type: ignore[index]

        before = arrived()
        with company.stack.held("nats"):
            write()
        begun, now = time.perf_counter(), 0
        while now < count and time.perf_counter() < begun + SECONDS:
            now = arrived() - before
            time.sleep(0.01)
        taken = time.perf_counter() - begun
    connection.close()
    if now < count:
        raise RuntimeError(f"{now} of {count} events arrived in {SECONDS:g} s")
    return count / taken


def _created(name: str) -> accounts_pb2.CreateAccountRequest:
    return accounts_pb2.CreateAccountRequest(account=accounts_pb2.Account(name=name, industry="software"))


def _singles(company: Company) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: company.grpc("CreateAccount", _created(f"Single {number}")), range(SINGLE)))


def _upserts(company: Company) -> None:
    for batch in range(BATCHES):
        accounts = [accounts_pb2.Account(name=f"Batch {batch} {number}") for number in range(BATCH)]
        company.grpc("BatchUpsertAccounts", accounts_pb2.BatchUpsertAccountsRequest(accounts=accounts))


def _raw(company: Company, count: int, batch: int) -> float:
    """Facts a second written by psycopg2 as the worker's role."""
    org_id = str(uuid.uuid4())
    connection = company.connect("reporting", "worker")
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        for _ in range(0, count, batch):
            cursor.execute("BEGIN; SELECT set_config('guanxi.org_id', %s, true)", [org_id])
            cursor.execute(
                "INSERT INTO inbox (org_id, consumer, event_id) VALUES (%s, 'bench', %s)", [org_id, str(uuid.uuid4())]
            )
            execute_values(
                cursor,
                "INSERT INTO account_facts (org_id, id, version, name, industry) VALUES %s ON CONFLICT (org_id, id)"
                " DO UPDATE SET version = excluded.version, name = excluded.name, industry = excluded.industry"
                " WHERE account_facts.version < excluded.version",
                [(org_id, str(uuid7()), 1, "Raw", "software") for _ in range(batch)],
                page_size=batch,
            )
            cursor.execute("COMMIT")
    taken = time.perf_counter() - begun
    connection.close()
    return count / taken
