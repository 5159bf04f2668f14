"""Writes the migration that makes new tables, from their declaration:

    python -m chassis.database.draft customers 0002 projects > services/customers/migrations/customers_0002_projects.py

What stands in a migration is SQL, not the declaration: the declaration goes on changing, and a migration must not.
"""

import importlib
import sys
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

_FILE = '''"""{title}."""

from alembic import op

from chassis.database.rows import secure

revision = "{revision}"
down_revision = {down}
branch_labels = {labels}
depends_on = {depends}

TABLES = {names}
STATEMENTS = """
{statements}
"""


def upgrade() -> None:
    """Make the tables, their indexes, and row-level security on them."""
    for statement in STATEMENTS.split(";\\n"):
        if statement.strip():
            op.execute(statement)
    secure(op.get_bind(), TABLES)
'''


def statements(tables: Iterable[sa.Table]) -> list[str]:
    """CREATE TABLE and CREATE INDEX of these tables."""
    found = []
    for table in tables:
        found.append(_sql(CreateTable(table)))
        found += [_sql(CreateIndex(index)) for index in sorted(table.indexes, key=lambda item: str(item.name))]
    return found


def migration(service: str, number: str, tables: Iterable[sa.Table], *, down: str | None = None) -> str:
    """The text of a migration file."""
    chosen = list(tables)
    return _FILE.format(
        title="Make " + ", ".join(table.name for table in chosen),
        revision=f"{service}_{number}",
        down=_text(down),
        labels=_tuple([] if down else [service]),
        depends=_text(None if down or service == "chassis" else "chassis_0001"),
        names=_tuple(table.name for table in chosen),
        statements=";\n\n".join(statements(chosen)) + ";",
    )


def _text(value: str | None) -> str:
    return f'"{value}"' if value else "None"


def _tuple(values: Iterable[str]) -> str:
    """As the formatter writes it."""
    quoted = [_text(value) for value in values]
    return f"({', '.join(quoted)}{',' if len(quoted) == 1 else ''})" if quoted else "None"


def _sql(element: CreateTable | CreateIndex) -> str:
    lines = str(element.compile(dialect=postgresql.dialect())).strip().splitlines()  # type: ignore[no-untyped-call]
    return "\n".join(line.rstrip().replace("\t", "    ") for line in lines)


def main(arguments: list[str]) -> int:
    """Print a migration."""
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line
        return 2
    service, number, *names = arguments
    importlib.import_module(f"{service}.app")
    metadata: sa.MetaData = importlib.import_module(f"{service}.metadata").metadata
    before = f"{service}_{int(number) - 1:04d}" if int(number) > 1 else None
    print(migration(service, number, [metadata.tables[name] for name in names], down=before), end="")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
