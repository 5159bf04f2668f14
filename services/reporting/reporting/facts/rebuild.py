"""`python -m reporting rebuild [--org ID]`: makes facts anew from the records as their owners have them.

It needs no pause. Pages are applied as events are, by version, so that what happens meanwhile is never overwritten; facts
whose records no owner knows are removed at the end.
"""

import argparse
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from chassis.call import Call, system_call
from chassis.database.connection import Database
from chassis.events.projections import keep_newest
from chassis.peers import Peers
from reporting.config import RebuildConfig
from reporting.facts.handlers import freshen, row_of
from reporting.facts.table import FACTS, contract_of

_BITE = 1000


def rebuild(database: Database, peers: Peers, org_id: uuid.UUID) -> int:
    """Make one organization's facts anew; returns how many there are. Raises UnavailableError when an owner is away:
    run it again then.
    """
    begun, count = datetime.now(UTC), 0
    for table in FACTS.values():
        before = {row.id for row in database.read(_call(org_id), sa.select(table.c.id).where(table.c.org_id == org_id))}
        for page in peers.records(contract_of(table).type, org_id):
            rows = [row_of(table, record, int(record.etag)) for record in page]
            with database.write(_call(org_id)) as transaction:
                keep_newest(transaction, table, rows, anew=True)
            before.difference_update(row["id"] for row in rows)
            count += len(rows)
        _remove(database, table, org_id, before)
    with database.write(_call(org_id)) as transaction:
        freshen(transaction, begun)
    return count


def _call(org_id: uuid.UUID) -> Call:
    return system_call(org_id, seconds=300)


def _remove(database: Database, table: sa.Table, org_id: uuid.UUID, gone: Iterable[uuid.UUID]) -> None:
    ordered = sorted(gone)
    for start in range(0, len(ordered), _BITE):
        with database.write(_call(org_id)) as transaction:
            bite = ordered[start : start + _BITE]
            transaction.execute(sa.delete(table).where(table.c.org_id == org_id, table.c.id.in_(bite)))


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser("python -m reporting rebuild", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--org", type=uuid.UUID, metavar="ID", help="one organization; all unless given")
    options = parser.parse_args(arguments)
    config = RebuildConfig.from_environment()
    peers = Peers(config.addresses(), config.service_token)
    database = Database(config.worker_database_url, 1, application="reporting-rebuild")
    try:
        for org_id in [options.org] if options.org else peers.organization_ids():
            print(f"{org_id} {rebuild(database, peers, org_id)} facts", flush=True)  # noqa: T201 - a command line
    finally:
        database.dispose()
        peers.close()
    return 0
