"""The steps of an import, as a background job: validate, repair, run, undo. Each goes on where it was stopped."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chassis.database.connection import Transaction
from chassis.errors import ServiceError
from chassis.imports.analyse import Analysis
from chassis.imports.cells import CellReader, Problem
from chassis.imports.errors import FileError
from chassis.imports.missing import Missing
from chassis.imports.plan import Plan
from chassis.imports.repairs import Repairs
from chassis.imports.room import Room, format_of
from chassis.imports.rows import header_and_rows
from chassis.imports.staging import Staging, chunks, without_loops
from chassis.imports.write import CHUNK_ROWS, StagedRow, Writer
from chassis.jobs import Job
from chassis.resources.records import Records
from chassis.text import detect_order
from chassis.undo import Undoer

_ORDER_SAMPLE = 20_000
_SETTLE_SECONDS = 3.0
_TELL_SECONDS = 0.5


class ImportJob:
    """One step of one import."""

    def __init__(self, room: Room, job: Job) -> None:
        self._room = room
        self._job = job
        self._records: Records = room.records[job.module]
        self._staging = Staging(job.call, job.id)
        self._begun = time.monotonic()
        self._told = 0.0

    def work(self) -> None:
        """Do the step to its end."""
        try:
            {"validate": self._validate, "repair": self._repair, "run": self._run, "undo": self._undo}[self._job.step]()
        except FileError as error:
            self._fail(error)

    # validate

    def _validate(self) -> None:
        """Read and check every row."""
        # Users made a moment ago, here or elsewhere, are to be found.
        self._room.control_plane.forget(self._job.org_id)
        plan = self._stage()
        counts = self._analyse(plan, patient=True)
        self._finish("validated", counts=counts)

    def _plan(self) -> Plan:
        return self._room.plan(self._job.call, self._records, self._job.data)

    def _stage(self) -> Plan:
        """The file's rows into staging, from nothing."""
        data = self._job.data
        with self._job.write() as transaction:
            self._staging.clear(transaction)
            repairs = Repairs.load(transaction, self._staging)
            self._job.save(transaction, done=0, total=0, repaired=repairs.last)
        with self._room.copy(self._job.org_id, uuid.UUID(data["file_id"]), data["file_size"]) as path:
            plan = self._ordered(self._plan(), path)
            reader = CellReader(plan)
            staged = 0
            for chunk in chunks(self._read(path, reader, repairs)):
                with self._job.write() as transaction:
                    self._staging.add(transaction, reader, chunk)
                    staged += len(chunk)
                    self._job.save(transaction, done=staged, rate=self._rate(staged))
                self._tell()
                if self._job.cancelled:
                    break
        if not staged:
            raise FileError("FILE_NO_ROWS")
        with self._job.write() as transaction:
            self._job.save(transaction, staged=staged, total=staged)
        return plan

    def _read(
        self, path: Path, reader: CellReader, repairs: Repairs
    ) -> Iterator[tuple[int, dict[str, str], bool, list[Problem]]]:
        header, rows = header_and_rows(path, format_of(self._job.data))
        width = len(header)
        for number, cells in rows:
            raw, skip = repairs.apply(number, reader.cells(cells))
            problems: list[Problem] = []
            if len(cells) > width and any(map(str.strip, cells[width:])):
                problems.append(("", "ROW_CELLS", "", {}))
            if raw or problems:
                yield number, raw, skip, problems

    def _ordered(self, plan: Plan, path: Path) -> Plan:
        """The plan, knowing the order of day and month in its date columns."""
        dated = [source for source in plan.sources if source.column >= 0 and source.kind in ("date", "time")]
        if not dated:
            return plan
        found: dict[str, set[str]] = {source.path: set() for source in dated}
        _, rows = header_and_rows(path, format_of(self._job.data))
        for count, (_, cells) in enumerate(rows):
            if count >= _ORDER_SAMPLE:
                break
            for source in dated:
                if source.column < len(cells):
                    found[source.path].add(cells[source.column])
        orders = {name: order for name, texts in found.items() if (order := detect_order(texts)) is not None}
        with self._job.write() as transaction:
            self._job.save(transaction, orders=orders)
        return self._plan()

    def _analyse(self, plan: Plan, *, patient: bool = False) -> dict[str, int]:
        """Take an analysis; a patient one waits a little for news of other services' records that seem unknown."""
        until = time.monotonic() + _SETTLE_SECONDS
        while True:
            analysis = Analysis(plan, self._staging, self._records, self._room.local)
            with self._job.write() as transaction:
                counts = analysis.take(transaction)
                self._job.save(transaction, done=counts["rows"], total=counts["rows"])
            if not patient or not analysis.unknown_foreign or time.monotonic() > until or self._job.cancelled:
                return counts
            time.sleep(0.4)

    # repair

    def _repair(self) -> None:
        """Put the newest repairs into the rows they are for, and look at everything again."""
        plan = self._plan()
        if self._emptied():
            plan = self._stage()
        else:
            self._restage(plan)
        counts = self._analyse(plan)
        self._finish("validated", counts=counts)

    def _restage(self, plan: Plan) -> None:
        reader = CellReader(plan)
        with self._job.write() as transaction:
            repairs = Repairs.load(transaction, self._staging, after=self._job.data.get("repaired", 0))
            affected = repairs.affected(transaction, self._staging)
            self._job.save(transaction, repaired=repairs.last)
            for chunk in chunks(affected):
                rows = []
                for row in chunk:
                    raw, skip = repairs.apply(row.number, dict(row.raw))
                    kept: list[Problem] = [tuple(item) for item in row.problems if item[1] == "ROW_CELLS"]
                    rows.append((row.number, raw, skip or row.skip, kept))
                self._staging.add(transaction, reader, rows)

    # run

    def _run(self) -> None:
        """Write the valid rows, a chunk a transaction, from where the last one ended."""
        plan = self._plan()
        if self._emptied():
            plan = self._rebuild()
        data = self._job.data
        if not data.get("named"):
            self._create_missing(plan)
        writer = Writer(plan, self._staging, self._records)
        level, number = data.get("checkpoint") or (-1, 0)
        done = data.get("done", 0)
        while True:
            with self._job.write() as transaction:
                rows, level_of = self._next(transaction, level, number)
                if rows:
                    writer.write(transaction, rows)
                    level, number = level_of, rows[-1].number
                    done += len(rows)
                self._job.save(transaction, checkpoint=[level, number], done=done, rate=self._rate(done))
            self._tell()
            if self._job.cancelled:
                self._finish("cancelled", counts=self._counted())
                return
            if not rows:
                self._finish("done", counts=self._counted())
                return

    def _next(self, transaction: Transaction, level: int, number: int) -> tuple[list[StagedRow], int]:
        """The next rows of one level, in order."""
        found = self._staging.rows(
            transaction,
            "SELECT number, raw, level, coalesce(existing_id, record_id) AS id, existing_id IS NOT NULL AS existing"
            " FROM import_rows WHERE org_id = :org AND job_id = :job AND (level, number) > (:level, :number)"
            " AND NOT skip AND same_as IS NULL AND problems = '[]' AND found = '[]'"
            f" ORDER BY level, number LIMIT {CHUNK_ROWS}",
            level=level,
            number=number,
        )
        rows = [StagedRow(row.number, row.raw, row.id, row.existing) for row in found if row.level == found[0].level]
        return rows, found[0].level if found else level

    def _create_missing(self, plan: Plan) -> None:
        """Records that rows refer to and that do not exist, where the mapping asks for them."""
        for source in plan.references:
            if source.create_missing:
                Missing(self._room, self._job, self._staging, source).create()
        with self._job.write() as transaction:
            self._job.save(transaction, named=True)

    def _emptied(self) -> bool:
        """A crash of the database empties staging."""
        with self._job.write() as transaction:
            row = self._staging.rows(
                transaction, "SELECT count(*) AS n FROM import_rows WHERE org_id = :org AND job_id = :job"
            )[0]
        return bool(row.n != self._job.data.get("staged", 0))

    def _rebuild(self) -> Plan:
        """Staging again, from what is logged. Rows that are in already are found by their ids, and do not change."""
        plan = self._stage()
        self._analyse(plan)
        with self._job.write() as transaction:
            self._staging.run(
                transaction,
                "UPDATE import_rows r SET existing_id = r.record_id WHERE r.org_id = :org AND r.job_id = :job"
                f' AND EXISTS (SELECT FROM "{plan.resource.table.name}" t WHERE t.org_id = :org AND t.id = r.record_id)',
            )
            self._job.save(transaction, checkpoint=None, done=0)
        return plan

    def _counted(self) -> dict[str, int]:
        """The report: counted from what was written, so that it is right however often the run was interrupted."""
        with self._job.write() as transaction:
            # Records made for references alone are no rows; they are undone with the others.
            with without_loops(transaction):
                row = self._staging.rows(
                    transaction,
                    "SELECT count(*) FILTER (WHERE before IS NULL) AS created,"
                    " count(*) FILTER (WHERE before IS NOT NULL) AS updated FROM import_changes WHERE org_id = :org"
                    " AND job_id = :job AND module = :module AND record_id IN (SELECT coalesce(existing_id, record_id)"
                    " FROM import_rows WHERE org_id = :org AND job_id = :job)",
                    module=self._job.module,
                )[0]
            refused = self._staging.rows(
                transaction, "SELECT count(*) AS n FROM import_refusals WHERE org_id = :org AND job_id = :job"
            )[0].n
        counts = dict(self._job.data["counts"])
        writable = counts["valid"] - counts["same"]
        if self._job.cancelled:
            writable = min(writable, self._job.data["done"])
        counts |= {
            "created": row.created,
            "updated": row.updated,
            "unchanged": max(0, writable - row.created - row.updated - refused),
            "invalid": counts["invalid"] + refused,
            "valid": counts["valid"] - refused,
        }
        return counts

    # undo

    def _undo(self) -> None:
        """Take back what was written, newest first."""
        undoer = Undoer(self._job.id, self._room.records)
        done = self._job.data.get("undone", 0)
        conflicts = self._job.data.get("conflicts", 0)
        while True:
            with self._job.write() as transaction:
                looked, left = undoer.chunk(transaction)
                done, conflicts = done + looked, conflicts + len(left)
                self._job.save(transaction, done=done, undone=done, conflicts=conflicts)
            self._tell()
            if not looked:
                self._finish("undone", counts={**self._job.data["counts"], "conflicts": conflicts})
                return

    # shared

    def _rate(self, done: int) -> float:
        return round(done / max(time.monotonic() - self._begun, 0.001), 1)

    def _finish(self, state: str, *, counts: dict[str, int]) -> None:
        with self._job.write() as transaction:
            self._job.save(transaction, state=state, step="", counts=counts)
        self._tell(state, force=True)

    def _fail(self, error: FileError) -> None:
        with self._job.write() as transaction:
            self._job.save(transaction, state="failed", step="", error=error.reason, error_values=_texts(error))
        self._tell("failed", force=True)

    def _tell(self, state: str = "", *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._told < _TELL_SECONDS:
            return
        self._told = now
        data = self._job.data
        self._job.tell(
            {
                "id": f"{self._room.name}-{self._job.id}",
                "kind": "import",
                "module": self._job.module,
                "state": state or {"run": "running", "undo": "undoing"}.get(self._job.step, "validating"),
                "done": data.get("done", 0),
                "total": data.get("total", 0),
            }
        )


def _texts(error: ServiceError) -> dict[str, Any]:
    return {name: str(value) for name, value in error.values.items()}
