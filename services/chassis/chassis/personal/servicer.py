"""`StarService`: the caller's own favourite records of a service's modules."""

import uuid
from typing import Any

import sqlalchemy as sa
from google.protobuf import empty_pb2
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call
from chassis.errors import ExhaustedError, InvalidArgumentError, PermissionDeniedError, UnauthenticatedError
from chassis.parts import ServiceParts
from chassis.personal.tables import stars
from chassis.resources.kinds import to_timestamp
from chassis.resources.records import Records, record_id
from guanxi.personal.v1 import stars_pb2

MOST_SHOWN = 200
MOST_KEPT = 2000


class StarServicer:
    """Stars of one service's modules."""

    def __init__(self, service: ServiceParts) -> None:
        self._service = service

    def create_star(self, call: Call, request: stars_pb2.CreateStarRequest) -> stars_pb2.Star:
        """Mark a record that the caller sees."""
        records, wanted = self._module(call, request.module), record_id(request.record_id, "record_id")
        row = records.query.get(call, wanted)
        key = {"org_id": call.org_id, "user_id": _person(call), "module": request.module, "record_id": wanted}
        with self._service.database.write(call) as transaction:
            mine = (stars.c.org_id == call.org_id, stars.c.user_id == _person(call))
            kept = transaction.execute(sa.select(sa.func.count()).select_from(stars).where(*mine)).scalar_one()
            if kept >= MOST_KEPT:
                raise ExhaustedError
            transaction.execute(insert(stars).values(key).on_conflict_do_nothing())
            this = [stars.c[name] == value for name, value in key.items()]
            made = transaction.execute(sa.select(stars).where(*this)).one()
        return self._star(call, records, row, made)

    def delete_star(self, call: Call, request: stars_pb2.DeleteStarRequest) -> empty_pb2.Empty:
        """Mark it no more."""
        wanted = record_id(request.record_id, "record_id")
        with self._service.database.write(call) as transaction:
            transaction.execute(
                sa.delete(stars).where(
                    stars.c.org_id == call.org_id,
                    stars.c.user_id == _person(call),
                    stars.c.module == request.module,
                    stars.c.record_id == wanted,
                )
            )
        return empty_pb2.Empty()

    def list_stars(self, call: Call, request: stars_pb2.ListStarsRequest) -> stars_pb2.ListStarsResponse:
        """The newest of those whose records the caller sees."""
        if request.module:
            self._module(call, request.module)
        mine = [stars.c.org_id == call.org_id, stars.c.user_id == _person(call)]
        if request.module:
            mine.append(stars.c.module == request.module)
        newest = sa.select(stars).where(*mine).order_by(stars.c.create_time.desc(), stars.c.record_id)
        kept = self._service.database.read(call, newest.limit(MOST_SHOWN))
        seen = {module: self._seen(call, module, kept) for module in {row.module for row in kept}}
        answer = stars_pb2.ListStarsResponse()
        for row in kept:
            found = seen[row.module].get(row.record_id)
            if found is not None:
                answer.stars.append(self._star(call, self._service.records[row.module], found, row))
        return answer

    def _seen(self, call: Call, module: str, kept: list[Any]) -> dict[uuid.UUID, Any]:
        records = self._service.records.find(call, module)
        if records is None or call.access.scope(module, "view") is None:
            return {}
        wanted = [row.record_id for row in kept if row.module == module]
        return {row["id"]: row for row in records.query.batch(call, wanted, skip_missing=True)}

    def _star(self, call: Call, records: Records, row: Any, kept: Any) -> stars_pb2.Star:
        resource = records.resource
        hidden = resource.contract.options.title in call.access.hidden(resource.module)
        return stars_pb2.Star(
            module=resource.module,
            record_id=str(row["id"]),
            title="" if hidden else resource.title(row),
            create_time=to_timestamp(kept.create_time),
        )

    def _module(self, call: Call, module: str) -> Records:
        records = self._service.records.find(call, module)
        if records is None:
            raise InvalidArgumentError.of("module", "UNKNOWN_MODULE", value=module[:80])
        if call.access.scope(module, "view") is None:
            raise PermissionDeniedError
        return records


def _person(call: Call) -> uuid.UUID:
    if call.principal.user_id is None:
        raise UnauthenticatedError
    return call.principal.user_id
