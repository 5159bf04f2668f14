"""`python -m identity audit-verify [--org ID]`: walks every organization's chain, and says where it breaks.

It reads as the owner of the tables, from whom row-level security hides no organization. What it prints for a whole chain
names its last entry and hash: kept elsewhere, that line shows later whether a chain was written anew from the start.
"""

import argparse
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.config import MigrateConfig
from chassis.database.connection import mapping
from identity.audit.chain import FIRST, first_broken
from identity.audit.table import audit_entries, audit_heads

_PAGE = 1000


@dataclass(frozen=True)
class Verdict:
    """What was found of one organization's chain."""

    org_id: uuid.UUID
    # The first entry that does not follow from the one before; one after the last where the end is wrong.
    broken: int | None
    entries: int
    hash: bytes

    def __str__(self) -> str:
        if self.broken is None:
            return f"{self.org_id} whole: {self.entries} entries, the last with hash {self.hash.hex()}"
        if self.broken > self.entries:
            return (
                f"{self.org_id} BROKEN at its end: entries after {self.entries} were taken out, or its head was changed"
            )
        return f"{self.org_id} BROKEN at entry {self.broken} of {self.entries}"


def verify(url: str, org_id: uuid.UUID | None = None) -> Iterator[Verdict]:
    """A verdict for each organization, or for one, each of one moment; `url` is the owner's."""
    engine = sa.create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            known = sa.union(sa.select(audit_heads.c.org_id), sa.select(audit_entries.c.org_id))
            found = [org_id] if org_id else sorted(connection.scalars(known))
        for each in found:
            with engine.connect() as connection:
                yield _verdict(connection, each)
    finally:
        engine.dispose()


def _verdict(connection: sa.Connection, org_id: uuid.UUID) -> Verdict:
    head = connection.execute(sa.select(audit_heads).where(audit_heads.c.org_id == org_id)).first()
    entries = audit_entries.c.org_id == org_id
    count = connection.scalar(sa.select(sa.func.count()).select_from(audit_entries).where(entries)) or 0
    end = bytes(head.hash) if head else FIRST
    broken = first_broken(_entries(connection, entries), head=end)
    if broken is None and (head.number if head else 0) != count:
        broken = count + 1
    return Verdict(org_id, broken, count, end)


def _entries(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Iterator[Mapping[str, Any]]:
    wanted = sa.select(audit_entries).where(condition).order_by(audit_entries.c.number)
    for row in connection.execution_options(yield_per=_PAGE).execute(wanted):
        yield mapping(row)


def main(arguments: list[str]) -> int:
    """The command; 1 where a chain is broken."""
    parser = argparse.ArgumentParser("python -m identity audit-verify", description=verify.__doc__)
    parser.add_argument("--org", type=uuid.UUID, metavar="ID", help="one organization; all unless given")
    options = parser.parse_args(arguments)
    code = 0
    for verdict in verify(MigrateConfig.from_environment().owner_database_url, options.org):
        print(verdict, flush=True)  # noqa: T201 - a command line
        code |= verdict.broken is not None
    return code
