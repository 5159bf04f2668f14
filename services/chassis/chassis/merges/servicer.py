"""`MergeService`: what a person does with merges."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.contract import all_modules
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError
from chassis.files.servicer import parse_file_id
from chassis.idempotency import once
from chassis.merges.merging import MOST, OPERATION, Merger, Wanted, undo_until
from chassis.merges.tables import merge_progress, merges
from chassis.parts import ServiceParts
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import MOST_COUNTED
from chassis.resources.pointing import pointing, points_to
from chassis.resources.records import Records, record_id
from chassis.texts import register, text
from guanxi.merges.v1 import merges_pb2

_MOST_LISTED = 50

register(
    {
        "MERGE_RECORDS": (
            "请选择2到{maximum}条不同的记录进行合并",
            "Choose between 2 and {maximum} different records to merge",
        ),
        "MERGE_DENIED": (
            "您需要有合并权限，能编辑全部所选记录，并能删除将被合并的记录；请联系其负责人或管理员",
            "You must be allowed to merge and edit all of these records, and to delete those that end; ask an administrator",
        ),
        "MERGE_STATE": (
            "该合并目前不能撤销：它尚未完成、已被撤销，或已超过30天",
            "The merge cannot be undone: it is under way, undone already, or more than 30 days old",
        ),
        "MERGE_SURVIVOR_GONE": (
            "保留的记录已被删除或又被合并；请先恢复它，或先撤销后来的合并",
            "The record that stayed is deleted, or was merged again; restore it, or undo that merge first",
        ),
        "NOT_MERGEABLE": ("“{value}”的记录不能合并", "Records of “{value}” cannot be merged"),
        "JOB_MERGE_MOVE": ("转移合并记录的关联数据", "Moving what belongs to merged records"),
    }
)


class MergeServicer:
    """Merges of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service
        self._merger = Merger(service)

    def list_references(
        self, call: Call, request: merges_pb2.ListReferencesRequest
    ) -> merges_pb2.ListReferencesResponse:
        """What of this service's modules the caller sees of it."""
        target = all_modules().get(request.target_module)
        if target is None:
            raise InvalidArgumentError.of("target_module", "UNKNOWN_MODULE", value=request.target_module[:80])
        if call.access.scope(target.module, "view") is None:
            raise PermissionDeniedError
        if len(request.ids) > MOST:
            raise InvalidArgumentError.of("ids", "TOO_MANY", maximum=MOST)
        wanted = [record_id(item, "ids") for item in request.ids]
        modules = self._service.records.of(call)
        if request.module and request.module not in modules:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:80])
        answer = merges_pb2.ListReferencesResponse()
        for module, records in sorted(modules.items()):
            if request.module in ("", module) and call.access.scope(module, "view") is not None:
                answer.references.extend(self._counted(call, records, target.type, wanted))
        return answer

    def _counted(
        self, call: Call, records: Records, kind: str, wanted: Sequence[uuid.UUID]
    ) -> Iterator[merges_pb2.References]:
        hidden, resource = call.access.hidden(records.resource.module), records.resource
        names = [
            name
            for name in pointing(resource, call.organization, kind)
            if hidden.isdisjoint((name, name.partition(".")[0]))
        ]
        for target in wanted if names else ():
            refers = sa.or_(*(points_to(resource, name, kind, [target]) for name in names))
            seen = (*records.query.conditions(call, "view", deleted=False), refers)
            some = sa.select(sa.literal(1)).select_from(resource.table).where(*seen).limit(MOST_COUNTED).subquery()
            counted = sa.select(sa.func.count().label("number")).select_from(some)
            if number := self._service.database.read(call, counted)[0].number:
                yield merges_pb2.References(record_id=str(target), module=resource.module, count=number)

    def create_merge(self, call: Call, request: merges_pb2.CreateMergeRequest) -> merges_pb2.Merge:
        """Merge now; what refers to the records follows in the background."""
        records = self._module(call, request.module, OPERATION)
        wanted = Wanted(
            record_id(request.survivor_id, "survivor_id"),
            [record_id(item, "merged_ids") for item in request.merged_ids],
            dict(request.fields),
        )

        def effect(transaction: Transaction) -> merges_pb2.Merge:
            row = self._merger.merge(transaction, records, wanted)
            self._merger.tell(transaction, [row], undo=False)
            return self._message(call, row, ())

        return records.transact(call, request, merges_pb2.Merge, effect)

    def list_merges(self, call: Call, request: merges_pb2.ListMergesRequest) -> merges_pb2.ListMergesResponse:
        """Those whose survivor the caller sees."""
        records = self._module(call, request.module, "view")
        wanted = record_id(request.record_id, "record_id")
        concerned = sa.or_(merges.c.survivor_id == wanted, merges.c.merged_ids.contains([wanted]))
        mine = (merges.c.org_id == call.org_id, merges.c.module == request.module, concerned)
        rows = self._service.database.read(
            call, sa.select(merges).where(*mine).order_by(merges.c.id.desc()).limit(_MOST_LISTED)
        )
        survivors = [row.survivor_id for row in rows]
        seen = {row["id"] for row in records.query.batch(call, survivors, deleted=True, skip_missing=True)}
        found = [row for row in rows if row.survivor_id in seen]
        news = self._news(call, [row.id for row in found])
        return merges_pb2.ListMergesResponse(merges=[self._message(call, row, news.get(row.id, ())) for row in found])

    def get_merge(self, call: Call, request: merges_pb2.GetMergeRequest) -> merges_pb2.Merge:
        """One whose survivor the caller sees."""
        mine = (merges.c.org_id == call.org_id, merges.c.id == parse_file_id(self._service.name, request.id))
        rows = self._service.database.read(call, sa.select(merges).where(*mine))
        if not rows:
            raise NotFoundError
        self._refuse_unseen(call, rows[0])
        return self._message(call, rows[0], self._news(call, [rows[0].id]).get(rows[0].id, ()))

    def undo_merge(self, call: Call, request: merges_pb2.UndoMergeRequest) -> merges_pb2.Merge:
        """Take it back; what was moved follows in the background."""
        mine = (merges.c.org_id == call.org_id, merges.c.id == parse_file_id(self._service.name, request.id))
        with self._service.database.write(call) as transaction:
            row = transaction.execute(sa.select(merges).where(*mine).with_for_update()).first()
            if row is None:
                raise NotFoundError
            self._refuse_unseen(call, row)
            if call.access.scope(row.module, OPERATION) is None:
                raise PermissionDeniedError("MERGE_DENIED")

            def effect() -> merges_pb2.Merge:
                undone = self._merger.undo(transaction, row)
                self._merger.tell(transaction, [undone], undo=True)
                return self._message(call, undone, ())

            return once(transaction, request, merges_pb2.Merge, effect)

    def _refuse_unseen(self, call: Call, row: Any) -> None:
        records = self._service.records[row.module]
        if call.access.scope(row.module, "view") is None:
            raise NotFoundError
        records.query.get(call, row.survivor_id, deleted=True)

    def _module(self, call: Call, module: str, operation: str) -> Records:
        records = self._service.records.get(module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=module[:80])
        if not records.resource.contract.options.mergeable:
            raise InvalidArgumentError.of("module", "NOT_MERGEABLE", value=module)
        if call.access.scope(module, operation) is None:
            raise PermissionDeniedError
        return records

    def _news(self, call: Call, wanted: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
        mine = (merge_progress.c.org_id == call.org_id, merge_progress.c.merge_id.in_(wanted))
        found: dict[uuid.UUID, list[Any]] = {}
        for row in self._service.database.read(call, sa.select(merge_progress).where(*mine)):
            found.setdefault(row.merge_id, []).append(row)
        return found

    def _message(self, call: Call, row: Any, news: Sequence[Any]) -> merges_pb2.Merge:
        message = merges_pb2.Merge(
            id=f"{self._service.name}-{row.id}",
            module=row.module,
            survivor_id=str(row.survivor_id),
            merged_ids=[str(item) for item in row.merged_ids],
            state=row.state,
            moved=[merges_pb2.MovedRecords(module=module, count=count) for module, count in _moved(news)],
            user_id=str(row.user_id or ""),
            create_time=to_timestamp(row.create_time),
        )
        for item in [*row.conflicts, *(item for each in news for item in each.conflicts)]:
            message.conflicts.add(**_shown(item, call.language))
        if row.end_time is not None:
            message.end_time.CopyFrom(to_timestamp(row.end_time))
        until = undo_until(row)
        if until is not None and call.access.scope(row.module, OPERATION) is not None:
            message.undo_until.CopyFrom(to_timestamp(until))
        return message


def _moved(news: Sequence[Any]) -> list[tuple[str, int]]:
    return sorted((module, count) for each in news for module, count in each.moved.items())


def _shown(item: Mapping[str, str], language: str) -> dict[str, str]:
    return {**item, "message": text(item["code"], language)}
