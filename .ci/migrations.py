"""Lints the SQL that migrations really run: each service's, on a PostgreSQL of its own, recorded and given to squawk.

Rules that do not fit are excluded with their reason, in EXCLUDED.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from chassis.database.bootstrap import bootstrap, role_names, roles_of
from chassis.database.migrations import upgrade
from local import ports
from local.plan import SERVICES, folder_of
from local.postgres import Postgres

EXCLUDED = (
    "prefer-robust-stmts",  # each migration is one transaction: it happened or it did not
    "require-timeout-settings",  # the chassis' Alembic environment sets lock_timeout on the connection
    "prefer-bigint-over-int",  # small counts are int32 in the contracts too
    "prefer-bigint-over-smallint",
    "prefer-identity",  # identity columns cannot be used in a partitioned parent's copies
)
STATEMENT = re.compile(r"\s*(ALTER|CREATE|DROP|COMMENT)\b", re.IGNORECASE)
APPLIED = re.compile(r"(?:INSERT INTO|UPDATE) alembic_version", re.IGNORECASE)
ALONE = " /* in no transaction */"
REVISION = re.compile(r"'([a-z0-9_]+)'")


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Every statement sent through SQLAlchemy inside the block, parameters included where Alembic inlines them."""
    statements: list[str] = []

    def record(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        alone = ALONE if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT" else ""
        statements.append(statement + alone if not APPLIED.match(statement) else f"{statement} -- {parameters}")

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", record)


def by_revision(statements: list[str]) -> dict[str, list[str]]:
    """Revision → its statements; Alembic notes each revision in its table at the revision's end."""
    found: dict[str, list[str]] = {}
    pending: list[str] = []
    for statement in statements:
        if APPLIED.match(statement):
            names = REVISION.findall(statement)
            found[names[0] if names else f"revision-{len(found)}"] = pending
            pending = []
        elif STATEMENT.match(statement) and "alembic_version" not in statement:
            pending.append(statement.strip().rstrip(";") + ";")
    return found


def main() -> int:
    """0 when squawk has nothing to say."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = Postgres(
            folder / "data", port=ports.pick(1)[0], password="check", log=folder / "log", fsync=False
        )  # fmt: skip
        cluster.initialize()
        cluster.start()
        try:
            cluster.wait_ready()
            files = sorted({file for service in SERVICES for file in _record(cluster, service, folder)})
        finally:
            cluster.stop()
        print(f"{len(files)} migrations, {sum(file.read_text().count(';') for file in files)} statements")
        outcomes = [_lint([file for file in files if file.suffix == ".sql"], "--assume-in-transaction")]
        outcomes += [_lint([file for file in files if file.suffix == ".alone"])]
    return max(outcomes)


def _lint(files: list[Path], *options: str) -> int:
    """What squawk says of these files: 0 when nothing, or when there are none."""
    squawk = [Path(sys.prefix) / "bin" / "squawk", "--pg-version=18.0", f"--exclude={','.join(EXCLUDED)}", *options]
    return subprocess.run([*squawk, *files], check=False).returncode if files else 0


def _record(cluster: Postgres, service: str, folder: Path) -> list[Path]:
    """Migrate one service's new database; one SQL file for each revision of its own, and one (`.alone`) for what it does
    outside of its transaction.
    """
    bootstrap(cluster.url, [service], dict.fromkeys(role_names([service]), "check"))
    owner = f"postgresql+psycopg2://{roles_of(service)[0]}:check@127.0.0.1:{cluster.port}/{service}"
    with recorded() as statements:
        upgrade(owner, folder_of(service) / "migrations")
    files = []
    for revision, lines in by_revision(statements).items():
        for suffix, alone in (("sql", False), ("alone", True)):
            chosen = [line for line in lines if (ALONE in line) is alone]
            if chosen:
                files.append(folder / f"{revision}.{suffix}")
                files[-1].write_text("\n".join(chosen))
    return files


if __name__ == "__main__":
    sys.exit(main())
