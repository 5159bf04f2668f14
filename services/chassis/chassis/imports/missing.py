"""Records that an import's rows refer to and that do not exist: made where the mapping asks for it.

Those of this service are made here, and go with the import when it is undone; those of another, such as tags, are asked
of their owner in the name of who imports.
"""

import uuid
from collections.abc import Mapping

from chassis.database.connection import Transaction
from chassis.imports.analyse import future_id
from chassis.imports.plan import Source
from chassis.imports.room import Room
from chassis.imports.staging import Staging, chunks
from chassis.imports.write import create_named
from chassis.jobs import Job
from chassis.resources.refs import keep
from chassis.resources.spelling import split

CHUNK = 500


class Missing:
    """What one field's texts name and that is not there."""

    def __init__(self, room: Room, job: Job, staging: Staging, source: Source) -> None:
        self._room = room
        self._job = job
        self._staging = staging
        self._source = source

    def create(self) -> None:
        """Make them; those that are there by now are left alone."""
        with self._job.write() as transaction:
            named = self._named(transaction)
        for chunk in chunks(named.items(), CHUNK):
            if self._source.reference in self._room.local:
                self._here(dict(chunk))
            else:
                self._elsewhere(dict(chunk))

    def _named(self, transaction: Transaction) -> dict[uuid.UUID, str]:
        """Future id → name, of what valid rows refer to."""
        rows = self._staging.rows(
            transaction,
            "SELECT v.targets, v.value FROM import_values v WHERE v.org_id = :org AND v.job_id = :job"
            " AND v.field = :field AND v.state = 'create' AND EXISTS (SELECT FROM import_rows r WHERE r.org_id = :org"
            " AND r.job_id = :job AND r.raw->>:field = v.value AND NOT r.skip AND r.problems = '[]'"
            " AND r.found = '[]') ORDER BY v.value",
            field=self._source.path,
        )
        named: dict[uuid.UUID, str] = {}
        for row in rows:
            for part in split(row.value) if self._source.kind == "references" else [row.value]:
                future = future_id(self._staging, self._source, part)
                if future in row.targets:
                    named.setdefault(future, part)
        return named

    def _here(self, named: Mapping[uuid.UUID, str]) -> None:
        records = self._room.records[self._room.local[self._source.reference].module]
        with self._job.write() as transaction:
            create_named(transaction, records, self._staging, named)

    def _elsewhere(self, named: Mapping[uuid.UUID, str]) -> None:
        """The owner may have made one of the same name meanwhile: then that is meant."""
        job, kind = self._job, self._source.reference
        assert job.user_id is not None  # imports belong to somebody
        made = self._room.peers.ensure(kind, job.org_id, job.user_id, named)
        with job.write() as transaction:
            keep(transaction, kind, made.values())
            for future, row in made.items():
                if row["id"] != future:
                    self._staging.run(
                        transaction,
                        "UPDATE import_values SET targets = array_replace(targets, CAST(:future AS uuid),"
                        " CAST(:found AS uuid)) WHERE org_id = :org AND job_id = :job AND field = :field",
                        field=self._source.path,
                        future=str(future),
                        found=str(row["id"]),
                    )
