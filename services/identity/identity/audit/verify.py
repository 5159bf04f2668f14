"""`python -m identity audit-verify [--org ID]`: walks every organization's chain, and says where it breaks.

It reads as the owner of the tables, from whom row-level security hides no organization, and compares the chain with the
anchors that were put into the object store day by day. What it prints for a whole chain names its last entry and hash:
kept elsewhere, that line shows later whether a chain was written anew together with its anchors.
"""

import argparse
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.config import MigrateConfig, setting
from chassis.database.connection import mapping
from chassis.files import FileStore
from identity.audit.chain import FIRST, first_broken
from identity.audit.keeping import FOLDER, Anchor, anchors
from identity.audit.table import audit_cuts, audit_entries, audit_heads

_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class VerifyConfig(MigrateConfig):
    """What `audit-verify` needs."""

    object_store: str = setting("GUANXI_OBJECT_STORE", "file:///folder or s3://bucket/prefix")


@dataclass(frozen=True)
class Verdict:
    """What was found of one organization's chain."""

    org_id: uuid.UUID
    # The first entry that does not follow from the one before; one after the last where the end is wrong.
    broken: int | None
    entries: int
    hash: bytes
    # The last entry of those deleted as the organization chose; 0 for none.
    cut: int = 0
    anchors: int = 0
    # The anchor in the object store that says otherwise; empty when all agree.
    disagreeing: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken is None and not self.disagreeing

    def __str__(self) -> str:
        if self.whole:
            kept = f"entries {self.cut + 1} to {self.entries}" if self.cut else f"{self.entries} entries"
            agreed = f"{self.anchors} anchors agree"
            return f"{self.org_id} whole: {kept}, {agreed}, the last with hash {self.hash.hex()}"
        if self.broken is None:
            return f"{self.org_id} BROKEN: written anew, or cut off; the anchor {self.disagreeing} is missing or says otherwise"
        if self.broken > self.entries:
            return (
                f"{self.org_id} BROKEN at its end: entries after {self.entries} were taken out, or its head was changed"
            )
        return f"{self.org_id} BROKEN at entry {self.broken} of {self.entries}"


def verify(url: str, org_id: uuid.UUID | None = None, *, files: FileStore) -> Iterator[Verdict]:
    """A verdict for each organization, or for one, each of one moment; `url` is the owner's."""
    engine = sa.create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            known = sa.union(sa.select(audit_heads.c.org_id), sa.select(audit_entries.c.org_id))
            # Whose chain is wholly gone is known by its anchors.
            found = [org_id] if org_id else sorted({*connection.scalars(known), *files.organizations(FOLDER)})
        for each in found:
            kept = list(anchors(files, each))  # first: an anchor made meanwhile is of an entry not seen yet
            with engine.connect() as connection:
                yield _verdict(connection, each, kept)
    finally:
        engine.dispose()


def _verdict(connection: sa.Connection, org_id: uuid.UUID, kept: list[Anchor]) -> Verdict:
    head = connection.execute(sa.select(audit_heads).where(audit_heads.c.org_id == org_id)).first()
    cut = connection.execute(
        sa.select(audit_cuts).where(audit_cuts.c.org_id == org_id).order_by(audit_cuts.c.number.desc()).limit(1)
    ).first()
    start = (cut.number, bytes(cut.hash)) if cut else (0, FIRST)
    entries = audit_entries.c.org_id == org_id
    count = connection.scalar(sa.select(sa.func.count()).select_from(audit_entries).where(entries)) or 0
    end = bytes(head.hash) if head else FIRST
    broken = first_broken(_entries(connection, entries), head=end, after=start)
    last = start[0] + count
    if broken is None and (head.number if head else 0) != last:
        broken = last + 1
    wrong = _disagreeing(connection, org_id, kept, start) if broken is None else ""
    return Verdict(org_id, broken, last, end, start[0], len(kept), wrong)


def _disagreeing(connection: sa.Connection, org_id: uuid.UUID, kept: list[Anchor], start: tuple[int, bytes]) -> str:
    """Name of the first anchor that the chain does not agree with; of what was cut off only the last entry is known."""
    numbers = [anchor.number for anchor in kept if anchor.number > start[0]]
    wanted = sa.select(audit_entries.c.number, audit_entries.c.hash).where(
        audit_entries.c.org_id == org_id, audit_entries.c.number.in_(numbers)
    )
    hashes = {row.number: bytes(row.hash) for row in connection.execute(wanted)} | {start[0]: start[1]}
    for anchor in kept:
        if anchor.number >= start[0] and hashes.get(anchor.number) != anchor.hash:
            return anchor.name
    cuts = {anchor.number for anchor in kept if anchor.name.startswith("cut-")}
    return "" if start[0] == 0 or start[0] in cuts else f"cut-{start[0]}"


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
    config = VerifyConfig.from_environment()
    for verdict in verify(config.owner_database_url, options.org, files=FileStore(config.object_store)):
        print(verdict, flush=True)  # noqa: T201 - a command line
        code |= not verdict.whole
    return code
