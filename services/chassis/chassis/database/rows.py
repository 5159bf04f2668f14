"""Row-level security, as migrations put it on a table."""

from collections.abc import Iterable

import sqlalchemy as sa

from chassis.database.schema import GLOBAL_TABLES, WORKER_TABLES

_CONDITION = "org_id = nullif(current_setting('guanxi.org_id', true), '')::uuid"


def security_statements(table: str, owner: str, worker: str) -> list[str]:
    """DDL that lets a role see the rows of the organization it has set, and no others.

    `owner` (migrations) sees all: without a policy of its own a backfill under FORCE changes nothing, silently.
    """
    statements = [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'DROP POLICY IF EXISTS tenant ON "{table}"',
        f'CREATE POLICY tenant ON "{table}" USING ({_CONDITION}) WITH CHECK ({_CONDITION})',
        f'DROP POLICY IF EXISTS owner ON "{table}"',
        f'CREATE POLICY owner ON "{table}" TO "{owner}" USING (true) WITH CHECK (true)',
    ]
    if table in WORKER_TABLES:
        statements += [
            f'DROP POLICY IF EXISTS worker ON "{table}"',
            f'CREATE POLICY worker ON "{table}" TO "{worker}" USING (true) WITH CHECK (true)',
        ]
    return statements


def secure(connection: sa.Connection, tables: Iterable[str]) -> None:
    """Put row-level security on tables; the role names follow from the owner that runs this."""
    owner = str(connection.scalar(sa.text("SELECT current_user")))
    worker = owner.removesuffix("_owner") + "_worker"
    for table in tables:
        if table not in GLOBAL_TABLES:
            for statement in security_statements(table, owner, worker):
                connection.exec_driver_sql(statement)
