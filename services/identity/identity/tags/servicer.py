"""Custom methods of tags: what imports of other services ask for."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from chassis.call import Call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, PermissionDeniedError
from chassis.resources.drafting import blank_draft
from chassis.resources.records import record_id
from chassis.resources.resource import Draft
from chassis.service import Service
from guanxi.identity.v1 import tags_pb2
from identity.tags.table import tags

MOST = 500


class TagServicer:
    """Handlers of `TagService` beside the standard ones."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._records = service.records["tags"]

    def ensure_tags(self, call: Call, request: tags_pb2.EnsureTagsRequest) -> tags_pb2.EnsureTagsResponse:
        """Tags of these names; those that are not there are made by the user, with the ids that are given."""
        if len(request.tags) > MOST:
            raise InvalidArgumentError.of("tags", "TOO_MANY", maximum=MOST)
        org_id, user_id = record_id(request.organization_id, "organization_id"), record_id(request.user_id, "user_id")
        theirs = self._service.control_plane.call_as(org_id, user_id, kind="import", job_id="", seconds=10)
        with self._service.database.write(theirs) as transaction:
            rows = self._ensured(transaction, request.tags)
        return tags_pb2.EnsureTagsResponse(tags=list(self._records.each_shown(theirs, rows)))  # type: ignore[arg-type]

    def _ensured(self, transaction: Transaction, wanted: Sequence[tags_pb2.Tag]) -> list[Mapping[str, Any]]:
        call = transaction.call
        known = self._known(transaction, [item.name for item in wanted])
        missing = [item for item in wanted if item.name.strip().lower() not in known]
        if missing and not call.access.allows("tags.create"):
            raise PermissionDeniedError
        drafts = [self._draft(call, item) for item in missing]
        self._records.write(transaction, drafts)
        known |= {str(draft.values["name"]).lower(): draft.values for draft in drafts}
        return [known[item.name.strip().lower()] for item in wanted]

    def _known(self, transaction: Transaction, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """By name without letter case, as the unique index has it."""
        lowered = sa.func.lower(tags.c.name)
        rows = transaction.execute(
            sa.select(*self._records.resource.columns).where(
                tags.c.org_id == transaction.call.org_id,
                tags.c.delete_time.is_(None),
                lowered.in_([name.strip().lower() for name in names]),
            )
        )
        return {row["name"].lower(): dict(row) for row in rows.mappings()}

    def _draft(self, call: Call, item: tags_pb2.Tag) -> Draft:
        draft = blank_draft(call, self._records.resource, _id(item), {"name"})
        draft.values.update(self._records.resource.bindings["name"].check(item.name))
        return draft


def _id(item: tags_pb2.Tag) -> uuid.UUID:
    return record_id(item.id)
