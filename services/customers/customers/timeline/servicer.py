"""`TimelineService`: one customer's stream, as the caller may see it."""

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.authz.scope import owner_condition
from chassis.call import Call
from chassis.contract import ResourceContract
from chassis.database.connection import Database, mapping
from chassis.errors import InvalidArgumentError
from chassis.plain import seen_json
from chassis.resources.kinds import to_timestamp
from chassis.resources.paging import page_size
from chassis.resources.records import Records, record_id
from customers.timeline.rules import PLACES, places_of, told_by
from customers.timeline.table import timeline_entries, timeline_places
from guanxi.customers.v1 import timeline_pb2


class TimelineServicer:
    """Handlers of `TimelineService`."""

    def __init__(self, database: Database, records: Mapping[str, Records]) -> None:
        self._database = database
        self._places = {item.resource.module: item for item in records.values() if item.resource.type in PLACES}

    def list_timeline_entries(
        self, call: Call, request: timeline_pb2.ListTimelineEntriesRequest
    ) -> timeline_pb2.ListTimelineEntriesResponse:
        """A page; the record's own beginning ends the last one."""
        place = self._places.get(request.module)
        if place is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=request.module[:80])
        row = place.query.get(call, record_id(request.record_id, "record_id"), deleted=True)
        told = told_by(call.organization)
        modules = list(dict.fromkeys(request.modules)) or list(told)
        if unknown := [name for name in modules if name not in told]:
            raise InvalidArgumentError.of("modules", "UNKNOWN_MODULE", value=unknown[0][:80])
        size = page_size(request.page_size)
        after = _after(request.page_token)
        found = self._database.read(
            call, self._statement(call, row["id"], [told[name] for name in modules], after).limit(size + 1)
        )
        names = call.organization.titles("identity.User")
        answer = timeline_pb2.ListTimelineEntriesResponse(
            timeline_entries=[_message(call, mapping(entry), names) for entry in found[:size]]
        )
        if len(found) > size:
            answer.next_page_token = _token(found[size - 1])
        elif request.module in modules:
            answer.timeline_entries.append(_beginning(place, call, row, names))
        return answer

    def _statement(
        self, call: Call, place_id: uuid.UUID, told: list[ResourceContract], after: tuple[datetime, uuid.UUID] | None
    ) -> sa.Select[Any]:
        """The entries of one place that the caller may see, newest first."""
        entry, place = timeline_entries.c, timeline_places.c
        reached = [_reached(call, item, place_id) for item in told if call.access.scope(item.module, "view")]
        conditions = [
            place.org_id == call.org_id,
            place.place_id == place_id,
            place.module.in_([item.module for item in told]),
            sa.or_(sa.false(), *reached),
        ]
        if after is not None:
            conditions.append(sa.tuple_(place.time, place.entry_id) < sa.tuple_(*map(sa.literal, after)))
        joined = timeline_places.join(
            timeline_entries, sa.and_(entry.org_id == place.org_id, entry.id == place.entry_id)
        )
        return (
            sa.select(timeline_entries)
            .select_from(joined)
            .where(*conditions)
            .order_by(place.time.desc(), place.entry_id.desc())
        )


def _reached(call: Call, contract: ResourceContract, place_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """The entries of one module that the caller may see on a place's timeline.

    Where a field by which its records stand there is hidden, only the place's own: the others would tell the field.
    """
    module, entry = contract.module, timeline_entries.c
    conditions = [entry.module == module]
    places = places_of(contract, call.organization.definitions(module))
    if call.access.hidden(module).intersection((*places, *(name.partition(".")[0] for name in places))):
        conditions.append(entry.record_id == place_id)
    if call.access.scope(module, "view") != "all":
        conditions.append(owner_condition(call, module, "view", entry.owner_id, [entry.shared_with]))
    return sa.and_(*conditions)


def _message(call: Call, row: Mapping[str, Any], names: Mapping[uuid.UUID, str]) -> timeline_pb2.TimelineEntry:
    module = row["module"]
    hidden = call.access.hidden(module)
    titled = call.organization.contracts[module].options.title
    return timeline_pb2.TimelineEntry(
        id=str(row["id"]),
        time=to_timestamp(row["time"]),
        module=module,
        record_id=str(row["record_id"]),
        title="" if titled in hidden else row["title"],
        verb=row["verb"],
        actor_id=str(row["actor_id"] or ""),
        actor_name=names.get(row["actor_id"], ""),
        changed_fields=[path for path in row["changed_fields"] if not {path, path.partition(".")[0]} & hidden],
        before=seen_json(row["before"], hidden),
        after=seen_json(row["after"], hidden),
    )


def _beginning(
    place: Records, call: Call, row: Mapping[str, Any], names: Mapping[uuid.UUID, str]
) -> timeline_pb2.TimelineEntry:
    hidden = call.access.hidden(place.resource.module)
    return timeline_pb2.TimelineEntry(
        id=str(row["id"]),
        time=to_timestamp(row["create_time"]),
        module=place.resource.module,
        record_id=str(row["id"]),
        title="" if place.resource.contract.options.title in hidden else place.resource.title(row),
        verb="created",
        actor_id=str(row["created_by"] or ""),
        actor_name=names.get(row["created_by"], ""),
        before="{}",
        after="{}",
    )


def _token(row: Any) -> str:
    return base64.urlsafe_b64encode(f"{row.time.isoformat()} {row.id}".encode()).decode()


def _after(token: str) -> tuple[datetime, uuid.UUID] | None:
    if not token:
        return None
    try:
        time, _, entry_id = base64.urlsafe_b64decode(token).decode().partition(" ")
        moment, found = datetime.fromisoformat(time), ids.parse(entry_id)
    except ValueError as error:
        raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN") from error
    if found is None or moment.tzinfo is None:
        raise InvalidArgumentError.of("page_token", "INVALID_PAGE_TOKEN")
    return moment, found
