"""`DuplicateService`: scans, the groups that they find, and merging many of them."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PermissionDeniedError, PreconditionError
from chassis.idempotency import once
from chassis.imports.pages import offset_of, page_token, size_of
from chassis.jobs import OwnJobs
from chassis.merges import KEPT
from chassis.parts import ServiceParts
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import MOST_COUNTED
from chassis.resources.records import Records, record_id
from chassis.texts import register, text
from customers.duplicates import merging, scan
from customers.duplicates.sight import DISMISSED, OPEN, Sight
from customers.duplicates.table import duplicate_groups, duplicate_verdicts
from guanxi.customers.v1 import duplicates_pb2

register(
    {
        "DUPLICATES_STATE": (
            "目前不能执行此步骤，请刷新后查看其状态",
            "It is not in a state for this; look at it again",
        ),
        "JOB_DUPLICATE_SCAN": ("查重", "The scan for duplicates"),
        "JOB_GROUP_MERGE": ("批量合并", "Merging duplicates"),
    }
)


class DuplicateServicer:
    """Handlers of `DuplicateService`."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service
        self._scans = OwnJobs(service.database, service.name, scan.KIND, "merge")
        self._merges = OwnJobs(service.database, service.name, merging.KIND, "merge")

    # scans

    def create_duplicate_scan(self, call: Call, request: duplicates_pb2.CreateDuplicateScanRequest) -> Any:
        """Begin at once."""
        self._module(call, request.module)
        data = {"phase": "begin"}
        return self._begin(call, request, self._scans, request.module, data, "scan", self._scan)

    def list_duplicate_scans(
        self, call: Call, request: duplicates_pb2.ListDuplicateScansRequest
    ) -> duplicates_pb2.ListDuplicateScansResponse:
        """The caller's own."""
        size = size_of(request.page_size)
        rows = self._scans.page(call, size, module=request.module)[:size]
        return duplicates_pb2.ListDuplicateScansResponse(duplicate_scans=[self._scan(call, row) for row in rows])

    def get_duplicate_scan(self, call: Call, request: duplicates_pb2.DuplicateActionRequest) -> Any:
        """One of the caller's own."""
        return self._scan(call, self._scans.find(call, request.id))

    def cancel_duplicate_scan(self, call: Call, request: duplicates_pb2.DuplicateActionRequest) -> Any:
        """Stop after the chunk under way; the groups of before stay."""
        return self._act(call, request, self._scans, self._cancel(self._scans), self._scan)

    # groups

    def list_duplicate_groups(
        self, call: Call, request: duplicates_pb2.ListDuplicateGroupsRequest
    ) -> duplicates_pb2.ListDuplicateGroupsResponse:
        """Those of which the caller sees two members or more, and a reason."""
        records = self._module(call, request.module)
        sight = Sight(self._service.database, call, records)
        wanted = sight.open_groups(request.min_score)
        some = sa.select(sa.literal(1)).select_from(duplicate_groups).where(*wanted).limit(MOST_COUNTED).subquery()
        total = self._service.database.read(call, sa.select(sa.func.count().label("number")).select_from(some))[
            0
        ].number
        size, start = size_of(request.page_size), offset_of(request.page_token)
        every = sa.select(duplicate_groups, sight.score).where(*wanted)
        ordered = every.order_by(sight.score.desc(), duplicate_groups.c.id)
        found = self._service.database.read(call, ordered.offset(start).limit(size + 1))
        answer = duplicates_pb2.ListDuplicateGroupsResponse(total_size=total)
        answer.duplicate_groups.extend(self._groups(call, records, sight, found[:size]))
        if len(found) > size:
            answer.next_page_token = page_token(str(start + size))
        return answer

    def dismiss_duplicate_group(
        self, call: Call, request: duplicates_pb2.DuplicateActionRequest
    ) -> duplicates_pb2.DuplicateGroup:
        """Remember each pair: what a later scan finds is another group."""

        def effect(transaction: Transaction, rows: Sequence[Mapping[str, uuid.UUID]]) -> None:
            transaction.execute(insert(duplicate_verdicts).values(list(rows)).on_conflict_do_nothing())

        return self._judge(call, request, OPEN, DISMISSED, effect)

    def reopen_duplicate_group(
        self, call: Call, request: duplicates_pb2.DuplicateActionRequest
    ) -> duplicates_pb2.DuplicateGroup:
        """Forget it."""

        def effect(transaction: Transaction, rows: Sequence[Mapping[str, uuid.UUID]]) -> None:
            verdict = duplicate_verdicts.c
            pairs = [(row["one"], row["other"]) for row in rows]
            mine = (verdict.org_id == call.org_id, sa.tuple_(verdict.one, verdict.other).in_(pairs))
            transaction.execute(sa.delete(duplicate_verdicts).where(*mine))

        return self._judge(call, request, DISMISSED, OPEN, effect)

    # merging many

    def create_group_merge(self, call: Call, request: duplicates_pb2.CreateGroupMergeRequest) -> Any:
        """Begin at once."""
        self._module(call, request.module)
        if not 1 <= request.min_score <= 100:
            raise InvalidArgumentError.of("min_score", "OUT_OF_RANGE", minimum=1, maximum=100)
        data = {"min_score": request.min_score, "last": "", "state": "running", "done": 0, "merged": 0, "refused": 0}
        return self._begin(call, request, self._merges, request.module, data, "run", self._group_merge)

    def list_group_merges(
        self, call: Call, request: duplicates_pb2.ListDuplicateScansRequest
    ) -> duplicates_pb2.ListGroupMergesResponse:
        """The caller's own."""
        size = size_of(request.page_size)
        rows = self._merges.page(call, size, module=request.module)[:size]
        return duplicates_pb2.ListGroupMergesResponse(group_merges=[self._group_merge(call, row) for row in rows])

    def get_group_merge(self, call: Call, request: duplicates_pb2.DuplicateActionRequest) -> Any:
        """One of the caller's own."""
        return self._group_merge(call, self._merges.find(call, request.id))

    def cancel_group_merge(self, call: Call, request: duplicates_pb2.DuplicateActionRequest) -> Any:
        """Stop after the chunk under way; what is merged stays so, and can be undone."""
        return self._act(call, request, self._merges, self._cancel(self._merges), self._group_merge)

    def undo_group_merge(self, call: Call, request: duplicates_pb2.DuplicateActionRequest) -> Any:
        """Take back, in the background."""

        def effect(transaction: Transaction, row: Any) -> Any:
            if _undo_until(row) is None:
                raise PreconditionError("DUPLICATES_STATE")
            counts = {"done": 0, "refused": 0, "last": "", "total": row.data["merged"], "state": "undoing"}
            data = {**row.data, **counts}
            return self._merges.change(transaction, row, state="undoing", step="undo", data=data, cancel=False)

        return self._act(call, request, self._merges, effect, self._group_merge)

    # shared

    def _module(self, call: Call, module: str) -> Records:
        if module not in scan.SCANNED:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE" if module else "REQUIRED", value=module[:80])
        if call.access.scope(module, "merge") is None or call.access.scope(module, "view") is None:
            raise PermissionDeniedError
        return self._service.records[module]

    def _begin(
        self, call: Call, request: Any, own: OwnJobs, module: str, data: Any, step: str, shown: Callable[..., Any]
    ) -> Any:
        with self._service.database.write(call) as transaction:

            def effect() -> Message:
                made: Message = shown(call, own.begin(transaction, module, data, state="running", step=step))
                return made

            kind = duplicates_pb2.DuplicateScan if own is self._scans else duplicates_pb2.GroupMerge
            return once(transaction, request, kind, effect)

    def _act(
        self,
        call: Call,
        request: Any,
        own: OwnJobs,
        effect: Callable[[Transaction, Any], Any],
        shown: Callable[..., Any],
    ) -> Any:
        with self._service.database.write(call) as transaction:
            row = own.lock(transaction, request.id)
            self._module(call, row.module)
            kind = duplicates_pb2.DuplicateScan if own is self._scans else duplicates_pb2.GroupMerge
            return once(transaction, request, kind, lambda: shown(call, effect(transaction, row)))

    def _cancel(self, own: OwnJobs) -> Callable[[Transaction, Any], Any]:
        def effect(transaction: Transaction, row: Any) -> Any:
            if row.step not in ("scan", "run"):
                raise PreconditionError("DUPLICATES_STATE")
            return own.change(transaction, row, cancel=True)

        return effect

    def _groups(
        self, call: Call, records: Records, sight: Sight, found: Sequence[Any]
    ) -> list[duplicates_pb2.DuplicateGroup]:
        members = [member for row in found for member in row.members]
        seen = {row["id"]: row for row in records.query.batch(call, members, skip_missing=True)} if members else {}
        groups = []
        for row in found:
            group = duplicates_pb2.DuplicateGroup(
                id=str(row.id),
                module=row.module,
                score=row.likely,
                reasons=sight.reasons(row.reasons),
                state=row.state,
            )
            for member in row.members:
                if member in seen:
                    group.members.add().Pack(records.shown(call, seen[member]), type_url_prefix="guanxi/")
            groups.append(group)
        return groups

    def _judge(
        self,
        call: Call,
        request: duplicates_pb2.DuplicateActionRequest,
        before: str,
        after: str,
        effect: Callable[[Transaction, Sequence[Mapping[str, uuid.UUID]]], None],
    ) -> duplicates_pb2.DuplicateGroup:
        """Decide on the pairs that the caller sees; on the group only where that is all of it."""
        groups = duplicate_groups.c
        this = (groups.org_id == call.org_id, groups.id == record_id(request.id))
        with self._service.database.write(call) as transaction:
            held = transaction.execute(sa.select(groups.module).where(*this).with_for_update()).first()
            if held is None:
                raise NotFoundError
            records = self._module(call, held.module)
            sight = Sight(self._service.database, call, records)
            row = transaction.execute(sa.select(duplicate_groups, sight.score).where(*this)).one()
            there = records.lock(transaction, row.members, None)
            seen = sorted(records.lock(transaction, row.members, "view"))
            if len(seen) < 2 or row.likely is None:
                raise NotFoundError

            def judged() -> duplicates_pb2.DuplicateGroup:
                own = {"org_id": call.org_id, "module": row.module}
                pairs = [{**own, "one": one, "other": other} for one, other in combinations(seen, 2)]
                decided = row.state == OPEN and self._verdicts(transaction, row.module, seen) == len(pairs)
                if (DISMISSED if decided else row.state) != before:
                    raise PreconditionError("DUPLICATES_STATE")
                effect(transaction, pairs)
                (answer,) = self._groups(call, records, sight, [row])
                if len(there) == len(seen):
                    transaction.execute(sa.update(duplicate_groups).where(*this).values(state=after))
                if len(there) == len(seen) or row.state == OPEN:
                    answer.state = after
                return answer

            return once(transaction, request, duplicates_pb2.DuplicateGroup, judged)

    def _verdicts(self, transaction: Transaction, module: str, among: Sequence[uuid.UUID]) -> int:
        """Of how many pairs among these records somebody has said that they are different."""
        verdict = duplicate_verdicts.c
        these = (verdict.one.in_(among), verdict.other.in_(among))
        mine = (verdict.org_id == transaction.call.org_id, verdict.module == module)
        found: int = transaction.execute(sa.select(sa.func.count()).where(*mine, *these)).scalar_one()
        return found

    def _scan(self, call: Call, row: Any) -> Any:
        counts = {name: row.data.get(name, 0) for name in ("total", "done", "groups")}
        made = duplicates_pb2.DuplicateScan(**self._job(call, row), **counts)
        return _dated(made, row)

    def _group_merge(self, call: Call, row: Any) -> Any:
        counts = {name: row.data.get(name, 0) for name in ("min_score", "total", "done", "merged", "refused")}
        made = duplicates_pb2.GroupMerge(**self._job(call, row), **counts)
        if until := _undo_until(row):
            made.undo_until.CopyFrom(to_timestamp(until))
        return _dated(made, row)

    def _job(self, call: Call, row: Any) -> dict[str, Any]:
        error = row.data.get("error") or ""
        return {
            "id": f"{self._service.name}-{row.id}",
            "module": row.module,
            "state": row.state,
            "error": text(error, call.language) if error else "",
            "create_time": to_timestamp(row.create_time),
        }


def _dated(message: Any, row: Any) -> Any:
    if row.end_time is not None and not row.step:
        message.end_time.CopyFrom(to_timestamp(row.end_time))
    return message


def _undo_until(row: Any) -> datetime | None:
    """Until when it can be undone; None where it cannot, or not any more."""
    ended = not row.step and row.state in ("done", "cancelled", "failed") and row.data.get("merged")
    until: datetime | None = row.create_time + KEPT if ended and row.data["state"] != "undoing" else None
    return until if until and until > datetime.now(UTC) else None
