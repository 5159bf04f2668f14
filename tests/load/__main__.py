"""`python -m tests.load`: starts the real system in a folder of its own, measures, prints, and ends it."""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.load import calls, events, importing, people, ranged
from tests.load.company import Company
from tests.load.filling import Filling, fill
from tests.load.measuring import Table
from tests.support.stack import Stack

ACCOUNTS = int(os.environ.get("GUANXI_BENCH_ACCOUNTS", "100000"))


def main() -> int:
    """Run everything; 0 even where an aim is missed, which the table says."""
    os.environ.setdefault("GUANXI_LOG_LEVEL", "WARNING")
    begun = time.monotonic()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-") as folder:
        stack = Stack.start(Path(folder) / "state", fsync=True)
        try:
            company = Company(stack)
            ranged.define(company)
            fill(
                stack.database_url("customers", "superuser"),
                Filling(company.org_id, [company.user_id], ACCOUNTS, rare=20),
            )
            table.note(
                f"{ACCOUNTS:,} accounts, {os.cpu_count()} processors, load average "
                + " ".join(f"{load:.1f}" for load in os.getloadavg())
            )
            calls.run(company, table)
            company.renew()
            ranged.run(company, table, ACCOUNTS)
            company.renew()
            events.run(company, table)
            company.renew()
            importing.run(company, table, Path(folder))
            company.close()
            people.run(stack, table)
        finally:
            stack.stop()
    table.close()
    table.note(f"took {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
