"""An export as a background job: one state of the database, streamed into a file of CSV."""

import csv
import hashlib
import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.database.schema import external_ids, files
from chassis.events.outbox import Change, emit
from chassis.exports.plan import Column, columns_of
from chassis.files.store import FileStore, FileWriter
from chassis.ids import uuid7
from chassis.jobs import Job
from chassis.parts import ServiceParts
from chassis.resources.paging import order_keys
from guanxi.exports.v1 import exports_pb2

LinesOf = Callable[[Sequence[Mapping[str, Any]]], Iterator[list[str]]]
_CHUNK = 2000
_MOST_SYSTEMS = 50
_BYTE_ORDER_MARK = "\ufeff".encode()


class ExportJob:
    """One export, from its beginning: a worker that takes it over writes the file again."""

    def __init__(self, service: ServiceParts, job: Job) -> None:
        self._store: FileStore = service.files
        self._service = service
        self._job = job

    def work(self) -> None:
        """Write the file, then tell of it."""
        job = self._job
        file_id = uuid7()
        writer = _Digesting(self._store, job.org_id, file_id)
        if job.data["byte_order_mark"]:
            writer.write(_BYTE_ORDER_MARK)
        count = 0
        for text, rows in self._pieces():
            writer.write(text.encode())
            count += rows
            with job.write() as transaction:
                job.save(transaction, rows=count)
            if job.cancelled:
                with job.write() as transaction:
                    job.save(transaction, state="cancelled", step="")
                return
        writer.close()
        with job.write() as transaction:
            self._keep(transaction, file_id, writer)
            # Who took what away is part of the audit log.
            fields = tuple(job.data["fields"]) or ("*",)
            told = exports_pb2.Export(module=job.module, filter=job.data["filter"], rows=count)
            shown = ("module", "filter", "rows", *fields)
            emit(transaction, f"{self._service.name}.Export", "exported", [Change(job.id, 1, None, told, shown)])
            job.save(transaction, state="done", step="", rows=count, file_id=str(file_id))
        job.tell(
            {
                "id": f"{self._service.name}-{job.id}",
                "kind": "export",
                "module": job.module,
                "state": "done",
                "done": count,
            }
        )

    def _pieces(self) -> Iterator[tuple[str, int]]:
        """Texts of some thousand rows, and how many rows they are; the header first."""
        header, statement, lines_of = self._read()
        buffer = io.StringIO()
        lines = csv.writer(buffer, lineterminator="\r\n")  # RFC 4180
        lines.writerow(header)
        yield buffer.getvalue(), 0
        with snapshot(self._job.database, self._job.call) as rows:
            for part in rows(statement):
                buffer.seek(0)
                buffer.truncate()
                lines.writerows(lines_of(part))
                yield buffer.getvalue(), len(part)

    def _read(self) -> tuple[Sequence[str], sa.Select[Any], LinesOf]:
        """The columns' names, what to read, and how rows become cells."""
        job = self._job
        source = self._service.exports.get(job.module)
        if source is not None:
            return source.header, source.statement(job.call, job.data), partial(source.lines, job.call)
        columns, statement = self._statement()

        def lines_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
            return ([column.cell(row) for column in columns] for row in rows)

        return [column.header for column in columns], statement, lines_of

    def _statement(self) -> tuple[list[Column], sa.Select[Any]]:
        job, data = self._job, self._job.data
        records = self._service.records[job.module]
        resource = records.resource
        fields = data["fields"]
        columns = columns_of(job.call, resource, fields, self._service.local)
        if not fields and "external_ids" in resource.contract.fields:
            systems = [f"external_ids.{system}" for system in self._systems()]
            columns += columns_of(job.call, resource, systems, self._service.local) if systems else []
        keys = order_keys(
            resource,
            resource.definitions(job.call.organization),
            data["order_by"],
            job.call.access.hidden(job.module),
        )
        conditions = [
            *records.query.conditions(job.call, "export", deleted=False),
            *records.query.conditions(job.call, "view", deleted=False),
            *records.query.filter(job.call, data["filter"]),
        ]
        joined = [column.joined for column in columns if column.joined is not None]
        statement = sa.select(*resource.columns, *joined).where(*conditions)
        order = (key.expression.desc() if key.descending else key.expression.asc() for key in keys)
        return columns, statement.order_by(*order)

    def _systems(self) -> list[str]:
        """External systems that name records of this module; one column each."""
        job = self._job
        if job.call.access.hidden(job.module) & {"external_ids"}:
            return []
        systems = sa.select(external_ids.c.system).where(
            external_ids.c.org_id == job.org_id, external_ids.c.module == job.module
        )
        return sorted(row.system for row in job.database.read(job.call, systems.distinct().limit(_MOST_SYSTEMS)))

    def _keep(self, transaction: Transaction, file_id: uuid.UUID, writer: "_Digesting") -> None:
        """The file belongs to who asked for it: nobody else may read it."""
        transaction.execute(
            sa.insert(files).values(
                org_id=self._job.org_id,
                id=file_id,
                name=f"{self._job.module}.csv",
                media_type="text/csv; charset=utf-8",
                size=writer.size,
                digest=writer.digest.hexdigest(),
                complete=True,
                created_by=self._job.user_id,
                module=self._job.module,
            )
        )


class _Digesting(FileWriter):
    """A file being written, and its digest."""

    def __init__(self, store: FileStore, org_id: uuid.UUID, file_id: uuid.UUID) -> None:
        super().__init__(store, org_id, file_id)
        self.digest = hashlib.sha256()

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self.digest.update(data)
        return super().write(data)


class snapshot:  # noqa: N801 - reads as a word in `with snapshot(…)`
    """Rows of one REPEATABLE READ, READ ONLY state through a cursor on the server, in pieces."""

    def __init__(self, database: Database, call: Call) -> None:
        self._context = database.snapshot(Call(call.principal, call.access, call.language))

    def __enter__(self) -> Any:
        transaction = self._context.__enter__()
        # A long export is no fault; each fetch has its time.
        transaction.connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")

        def rows(statement: sa.Select[Any]) -> Iterator[list[Any]]:
            streamed = statement.execution_options(stream_results=True, yield_per=_CHUNK)
            for part in transaction.execute(streamed).mappings().partitions():
                yield list(part)

        return rows

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)
