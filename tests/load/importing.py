"""An import of 50,000 accounts through the real wizard's calls, against a bare COPY and one set-based merge of the same
rows into the same table, with their search texts and sort keys computed before.
"""

import csv
import io
import time
from pathlib import Path

from chassis.ids import uuid7
from customers.accounts.resource import ACCOUNTS
from local.process import poll
from tests.load.company import Company
from tests.load.filling import INDUSTRIES, names
from tests.load.measuring import Table

ROWS = 50_000
LEVEL_SECONDS, LEVEL_MOST_SECONDS = 5, 300
_HEADER = ("name", "industry", "location", "employees", "email")
_COLUMNS = ("id", *_HEADER, "sort_name", "sort_industry", "sort_location", "search_text")
_MERGE = """
INSERT INTO accounts ({columns}, org_id, created_by, owner_id, create_time, update_time)
SELECT {columns}, %(org)s, %(user)s, %(user)s, now(), now() FROM bench_staging s
WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.org_id = %(org)s AND a.sort_name = s.sort_name)
ON CONFLICT DO NOTHING
"""


def run(company: Company, table: Table, folder: Path) -> None:
    """Bare before and after, the import between."""
    table.heading(f"Import of {ROWS:,} rows", "COPY+merge", "import", "ratio")
    bare = [_bare(company, "Alpha")]
    reported = _reported(company)
    validating, running = _import(company, folder / "accounts.csv")
    ended = time.perf_counter()
    level = poll(lambda: _reported(company) >= reported + ROWS, LEVEL_MOST_SECONDS, every=0.1)
    behind = time.perf_counter() - ended
    bare.append(_bare(company, "Omega"))
    raw = ROWS * len(bare) / sum(bare)
    table.rates("import, run", raw, ROWS / running)
    table.rates("import, validate and run", raw, ROWS / (validating + running), 0.7)
    table.note(
        f"validate {ROWS / validating:,.0f}/s; COPY+merge before and after: "
        + ", ".join(f"{ROWS / seconds:,.0f}/s" for seconds in bare)
    )
    table.note(
        f"from the import's end to the level report: {behind:.1f} s (aim {LEVEL_SECONDS} s)"
        + ("" if level else ", and it was not level then")
    )


def _reported(company: Company) -> int:
    """How many accounts the report counts."""
    rows = company.api.report("accounts-by-industry")["rows"]
    return sum(int(row["values"][1]) for row in rows)


def _rows(prefix: str) -> list[tuple[str, ...]]:
    known = names()
    return [
        (
            f"{prefix} {known[number % len(known)]} {number}",
            INDUSTRIES[number % len(INDUSTRIES)],
            "Shanghai",
            str(number % 5000),
            f"{prefix.lower()}{number}@example.com",
        )
        for number in range(ROWS)
    ]


def _import(company: Company, file: Path) -> tuple[float, float]:
    """Seconds of validation and of the run."""
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerows([_HEADER, *_rows("Middle")])
    job = company.api.upload("accounts", file)
    begun = time.perf_counter()
    company.api.step(job, "validate")
    validated = time.perf_counter()
    done = company.api.step(job, "run")
    ended = time.perf_counter()
    if done["state"] != "done" or int(done["counts"]["created"]) != ROWS:
        raise RuntimeError(f"the import did not do its work: {done['state']} {done['counts']} {done['error']}")
    return validated - begun, ended - validated


def _bare(company: Company, prefix: str) -> float:
    """Seconds of COPY into an unlogged table and a merge, in one transaction of the service's role."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for cells in _rows(prefix):
        row = dict(zip(_HEADER, cells, strict=True))
        derived = ACCOUNTS.derived(row)
        writer.writerow([uuid7(), *cells, *(derived[name] for name in _COLUMNS[len(cells) + 1 :])])
    buffer.seek(0)
    _staging(company)
    columns = ", ".join(_COLUMNS)
    begun = time.perf_counter()
    with company.sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT set_config('guanxi.org_id', %s, true)", [str(company.org_id)])
        cursor.copy_expert(f"COPY bench_staging ({columns}) FROM STDIN (FORMAT csv)", buffer)
        cursor.execute(_MERGE.format(columns=columns), {"org": str(company.org_id), "user": str(company.user_id)})
        written = cursor.rowcount
        cursor.execute("COMMIT")
    if written != ROWS:
        raise RuntimeError(f"the merge wrote {written} rows")
    return time.perf_counter() - begun


def _staging(company: Company) -> None:
    with company.connect("customers", "superuser") as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_staging")
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_staging AS SELECT " + ", ".join(_COLUMNS) + " FROM accounts WITH NO DATA"
        )
        cursor.execute("GRANT ALL ON bench_staging TO customers_app")
    connection.close()
