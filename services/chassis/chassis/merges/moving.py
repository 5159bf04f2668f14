"""Moving what refers to merged records, as a background job of each service, and moving it back.

A chunk is a transaction with where it ended. What is moved refers to a merged record no more, so that a job that is
taken up again finds just the rest.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from google.protobuf import json_format
from sqlalchemy.dialects.postgresql import insert

from chassis import ids, timers
from chassis.database.connection import Transaction
from chassis.database.schema import jobs
from chassis.events.projections import records as changes
from chassis.jobs import Job, JobHandler
from chassis.merges.progress import note, tell
from chassis.parts import ServiceParts
from chassis.personal.tables import stars
from chassis.resources.pointing import point, pointing, points_to
from chassis.resources.records import Records
from chassis.resources.refs import bequeath, forget_heirs, heirs_of
from chassis.resources.resource import Draft
from chassis.undo import Conflict, Undoer, in_halves, remember
from guanxi.events.v1 import events_pb2
from guanxi.merges.v1 import merges_pb2

KIND = "merge_move"
TIMER = "merge_sweep"
MOVED = "moved"
CHUNK = 500
# A transaction that began before a merge was known here has ended by then; what it wrote is moved by a second look.
SWEEP = timedelta(minutes=2)
# Moves, or moves back, what a service keeps beside its records: (transaction, [(merge, merged, survivor)], undo).
Mover = Callable[[Transaction, Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID]], bool], None]


def begin_moving(transaction: Transaction, initiator: str, told: Sequence[merges_pb2.ToldMerge], *, undo: bool) -> None:
    """Have what this service has follow merges of one type."""
    data = {
        "initiator": initiator,
        "undo": undo,
        "merges": [json_format.MessageToDict(each, preserving_proto_field_name=True) for each in told],
    }
    _begin(transaction, data)
    if not undo:
        timers.schedule(transaction, TIMER, str(ids.uuid7()), datetime.now(UTC) + SWEEP, {**data, "sweep": True})


def _begin(transaction: Transaction, data: Mapping[str, Any]) -> None:
    row = {"id": ids.uuid7(), "kind": KIND, "module": "", "state": "running", "step": "move", "data": data}
    principal = transaction.call.principal
    transaction.execute(sa.insert(jobs).values(org_id=transaction.call.org_id, user_id=principal.user_id, **row))


def sweep(transaction: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """The timer's handler: look once more."""
    _begin(transaction, payload)


def follow_merges(service: ServiceParts) -> Callable[[Transaction, events_pb2.Event], None]:
    """The handler of other services' merges: late references are known from here on, earlier ones follow."""

    def begin(transaction: Transaction, event: events_pb2.Event) -> None:
        undo = event.verb == "undone"
        found = [record.after for record in changes(event, merges_pb2.ToldMerge) if record.after is not None]
        for told in found:
            ended = [uuid.UUID(one.id) for one in told.ended]
            if undo:
                forget_heirs(transaction, told.type, ended)
            else:
                bequeath(transaction, told.type, _rows(told))
        if found:
            begin_moving(_in_name_of(transaction, event), event.resource.partition(".")[0], found, undo=undo)

    return begin


def _rows(told: merges_pb2.ToldMerge) -> Iterator[dict[str, Any]]:
    for one in told.ended:
        yield {
            "id": uuid.UUID(one.id),
            "version": one.version,
            "title": one.title,
            "owner_id": ids.parse(one.owner_id),
            "merged_into": uuid.UUID(told.survivor_id),
            "delete_time": datetime.now(UTC),
        }


def run_moving(service: ServiceParts, movers: Sequence[Mover]) -> JobHandler:
    """The job's handler."""

    def work(job: Job) -> None:
        MovingJob(service, job, [_move_stars, *movers]).work()

    return work


class MovingJob:
    """What one service has to move for merges of one type."""

    def __init__(self, service: ServiceParts, job: Job, movers: Sequence[Mover]) -> None:
        self._service = service
        self._job = job
        self._movers = movers
        self._told = [json_format.ParseDict(each, merges_pb2.ToldMerge()) for each in job.data["merges"]]
        self._kind = self._told[0].type
        # Merged → the merge and the survivor.
        self._ended = {
            uuid.UUID(one.id): (uuid.UUID(told.merge_id), uuid.UUID(told.survivor_id))
            for told in self._told
            for one in told.ended
        }

    def work(self) -> None:
        """Do it to its end, and tell the service whose merges they are."""
        job = self._job
        if "counts" not in job.data:
            with job.write() as transaction:
                job.save(transaction, counts={}, conflicts={}, beside=False)
        if job.data["undo"]:
            for told in self._told:
                while self._undo(uuid.UUID(told.merge_id)):
                    pass
        else:
            for records, name in self._places:
                while self._move(records, name):
                    pass
        with job.write() as transaction:
            meant = self._ended if job.data["undo"] else self._still(transaction)
            ended = [(merge_id, old, new) for old, (merge_id, new) in self._ended.items() if old in meant]
            for mover in self._movers:
                mover(transaction, ended, job.data["undo"])
            self._report(transaction, "undone" if job.data["undo"] else "done")
            job.save(transaction, state="moved", step="")

    @cached_property
    def _places(self) -> list[tuple[Records, str]]:
        organization = self._job.call.organization
        return [
            (records, name)
            for _, records in sorted(self._service.records.of(self._job.call).items())
            for name in pointing(records.resource, organization, self._kind)
        ]

    def _still(self, transaction: Transaction) -> dict[uuid.UUID, uuid.UUID]:
        """Merged → survivor, of the merges that have not been taken back meanwhile."""
        return heirs_of(transaction, self._kind, list(self._ended))

    def _move(self, records: Records, name: str) -> bool:
        """The next records whose field refers to a merged one; False when there are none."""
        job, resource = self._job, records.resource
        with job.write() as transaction:
            heirs = self._still(transaction)
            if not heirs:
                return False
            table = resource.table
            live = (table.c.org_id == job.org_id, *resource.share(), table.c.delete_time.is_(None))
            wanted = sa.select(table.c.id).where(*live, points_to(resource, name, self._kind, list(heirs))).limit(CHUNK)
            found = transaction.execute(wanted).scalars().all()
            if not found:
                return False
            rows = records.lock(transaction, found, None)
            merge_of = {key: self._merge_of(row, name, heirs) for key, row in rows.items()}
            drafts = [Draft.of(row) for row in rows.values()]
            for draft in drafts:
                point(draft, name, heirs)
            written = self._write(transaction, records, drafts)
            for merge_id in set(merge_of.values()):
                moved = [draft for draft in written if merge_of[draft.id] == merge_id]
                remember(transaction, _log(merge_id), resource, [one for one in moved if not _is_gone(one)])
                remember(transaction, _log(merge_id), resource, [one for one in moved if _is_gone(one)], deleted=True)
                self._count(merge_id, resource.module, len(moved))
            self._report(transaction, "running")
            job.save(transaction)
        return True

    def _write(self, transaction: Transaction, records: Records, drafts: Sequence[Draft]) -> list[Draft]:
        """What was written; what would be there twice with it, such as a contact's role in both accounts, is deleted."""
        written: list[Draft] = []

        def attempt(some: Sequence[Draft]) -> None:
            written.extend(records.move(transaction, some, MOVED))

        refused = in_halves(transaction, drafts, attempt)
        doubles = [Draft.of(draft.before or {}) for draft, _ in refused]
        if doubles:
            records.remove(transaction, doubles, "merged")
        return [*written, *doubles]

    def _merge_of(self, row: Mapping[str, Any], name: str, heirs: Mapping[uuid.UUID, uuid.UUID]) -> uuid.UUID:
        """Which merge a record is moved by; the first where several would."""
        held = str(row[name.partition(".")[0]])
        return next(self._ended[old][0] for old in heirs if str(old) in held)

    def _undo(self, merge_id: uuid.UUID) -> bool:
        job = self._job
        with job.write() as transaction:
            looked, conflicts = Undoer(_log(merge_id), self._service.records).chunk(transaction)
            if looked:
                self._conflict(merge_id, conflicts)
                self._report(transaction, "undoing")
                job.save(transaction)
        return bool(looked)

    def _count(self, merge_id: uuid.UUID, module: str, number: int) -> None:
        counts = self._job.data["counts"].setdefault(str(merge_id), {})
        counts[module] = counts.get(module, 0) + number

    def _conflict(self, merge_id: uuid.UUID, found: Sequence[Conflict]) -> None:
        held = self._job.data["conflicts"].setdefault(str(merge_id), [])
        held += [{"module": "", "record_id": str(key), "code": item.reason} for key, item in found]
        del held[100:]

    def _report(self, transaction: Transaction, state: str) -> None:
        """How far it is, to the service whose merges they are. Of many at once it is said when they are done."""
        data = self._job.data
        if data.get("sweep"):
            return
        news = [
            merges_pb2.MergeProgress(
                merge_id=told.merge_id,
                initiator=data["initiator"],
                state=state,
                moved=[
                    merges_pb2.MovedRecords(module=module, count=count)
                    for module, count in sorted(data["counts"].get(told.merge_id, {}).items())
                ],
                conflicts=[merges_pb2.MergeConflict(**one) for one in data["conflicts"].get(told.merge_id, [])],
            )
            for told in self._told
            if state in ("done", "undone") or len(self._told) == 1
        ]
        if data["initiator"] == self._service.name:
            note(transaction, self._service.name, news)
        else:
            tell(transaction, self._service.name, news)


def _is_gone(draft: Draft) -> bool:
    return draft.values["delete_time"] is not None


def _log(merge_id: uuid.UUID) -> uuid.UUID:
    """What a merge moved is noted beside what it did to the records themselves: that comes back first."""
    return uuid.uuid5(merge_id, MOVED)


def _in_name_of(transaction: Transaction, event: events_pb2.Event) -> Transaction:
    """The transaction of an event's handler, in the name of who did what it tells of."""
    call = transaction.call
    principal = replace(call.principal, user_id=ids.parse(event.actor.user_id))
    return Transaction(replace(call, principal=principal), transaction.connection)


def _move_stars(transaction: Transaction, ended: Sequence[tuple[uuid.UUID, uuid.UUID, uuid.UUID]], undo: bool) -> None:
    """Whose favourite a merged record was, the survivor is. It stays so after an undo: they may have come to like it."""
    if undo:
        return
    for _, old, new in ended:
        theirs = sa.select(stars.c.org_id, stars.c.user_id, stars.c.module, sa.literal(new, sa.Uuid)).where(
            stars.c.org_id == transaction.call.org_id, stars.c.record_id == old
        )
        copied = insert(stars).from_select(["org_id", "user_id", "module", "record_id"], theirs)
        transaction.execute(copied.on_conflict_do_nothing())
