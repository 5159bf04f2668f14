"""Keeps snapshots, and the closed team tree made from them, in the service's own database."""

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from typing_extensions import override

from chassis.authz.organization import Organization
from chassis.authz.snapshots import SnapshotStore
from chassis.call import system_call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import snapshots, team_members
from guanxi.events.v1 import events_pb2
from guanxi.identity.v1 import control_plane_pb2

CHANNEL = "guanxi_snapshot"
# Told of when a session or an API token has ended; see `Revocations`.
REVOKED = "guanxi_revoked"


def tell_of_endings(transaction: Transaction, event: events_pb2.Event) -> None:
    """Event handler: the processes of a service ask at once which tokens are void."""
    if event.verb == "ended":
        transaction.execute(sa.select(sa.func.pg_notify(REVOKED, "")))


class DatabaseSnapshots(SnapshotStore):
    """Snapshots by organization; an older one never replaces a newer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    def load(self, org_id: uuid.UUID) -> control_plane_pb2.Snapshot | None:
        rows = self._database.read(
            system_call(org_id, seconds=5), sa.select(snapshots.c.message).where(snapshots.c.org_id == org_id)
        )
        return control_plane_pb2.Snapshot.FromString(rows[0].message) if rows else None

    @override
    def save(self, organization: Organization, before: Organization | None) -> None:
        org_id = uuid.UUID(organization.message.organization_id)
        row = {"org_id": org_id, "version": organization.version, "message": organization.message.SerializeToString()}
        with self._database.write(system_call(org_id, seconds=10)) as transaction:
            there = sa.select(snapshots.c.version).where(snapshots.c.org_id == org_id).with_for_update()
            level = transaction.execute(there).scalar() or 0
            statement = insert(snapshots).values(row)
            kept = transaction.execute(
                statement.on_conflict_do_update(
                    index_elements=["org_id"],
                    set_={"version": statement.excluded.version, "message": statement.excluded.message},
                    where=snapshots.c.version < statement.excluded.version,
                )
            )
            if not kept.rowcount:
                return
            # Told when this commits, to every process of the service.
            transaction.execute(sa.select(sa.func.pg_notify(CHANNEL, str(org_id))))
            # The tree says what the kept version does, or more.
            moved = organization.moved_since(before) if before and level >= before.version else None
            _level(transaction, organization, moved)


def _level(transaction: Transaction, organization: Organization, moved: set[str] | None) -> None:
    """Have the closed tree say what is so, of those who moved or of all: only rows of users of whom it said something
    else are written.
    """
    org_id = transaction.call.org_id
    wanted = {(team, user): direct for team, user, direct in organization.closure(moved)}
    kept = sa.select(team_members.c.team_id, team_members.c.user_id, team_members.c.direct)
    kept = kept.where(team_members.c.org_id == org_id)
    if moved is not None:
        kept = kept.where(team_members.c.user_id.in_([uuid.UUID(user_id) for user_id in moved]))
    rows = transaction.execute(kept)
    found = {(row.team_id, row.user_id): row.direct for row in rows}
    users = {
        user for place, user in found.keys() | wanted.keys() if found.get((place, user)) != wanted.get((place, user))
    }
    if not users:
        return
    theirs = team_members.c.user_id == sa.any_(sa.bindparam("users", list(users), ARRAY(sa.Uuid)))
    transaction.execute(sa.delete(team_members).where(team_members.c.org_id == org_id, theirs))
    new = [
        {"org_id": org_id, "team_id": team_id, "user_id": user_id, "direct": direct}
        for (team_id, user_id), direct in wanted.items()
        if user_id in users
    ]
    if new:
        transaction.execute(sa.insert(team_members), new)
