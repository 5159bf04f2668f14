"""What each has settled of the lists of a module, beside the standard methods of saved views."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call
from chassis.database.connection import mapping
from chassis.errors import InvalidArgumentError, Violation
from chassis.service import Service
from guanxi.identity.v1 import saved_views_pb2
from identity.saved_views.rules import LONGEST_NAME, refuse_narrowed, wrong_columns
from identity.saved_views.table import list_settings
from identity.sessions.issuer import owner_id

_FIELDS = ("default_view", "columns")


class SavedViewServicer:
    """Handlers of `SavedViewService` beside the standard ones."""

    def __init__(self, service: Service) -> None:
        self._database = service.database

    def list_list_settings(
        self, call: Call, request: saved_views_pb2.ListListSettingsRequest
    ) -> saved_views_pb2.ListListSettingsResponse:
        """The caller's own, of every module that is open to them."""
        table = list_settings
        mine = sa.select(table).where(table.c.org_id == call.org_id, table.c.user_id == owner_id(call))
        rows = self._database.read(call, mine.order_by(table.c.module))
        found = [_message(mapping(row)) for row in rows if call.access.reaches(row.module, "view")]
        return saved_views_pb2.ListListSettingsResponse(list_settings=found)

    def update_list_settings(
        self, call: Call, request: saved_views_pb2.UpdateListSettingsRequest
    ) -> saved_views_pb2.ListSettings:
        """Settle some of one module's."""
        refuse_narrowed(call)
        wanted, values = request.list_settings, _checked(call, request)
        key = {"org_id": call.org_id, "user_id": owner_id(call), "module": wanted.module}
        made = insert(list_settings).values({**key, **values})
        kept = made.on_conflict_do_update(index_elements=list(key), set_=values or {"module": wanted.module})
        with self._database.write(call) as transaction:
            row = transaction.execute(kept.returning(list_settings)).one()
        return _message(mapping(row))


def _checked(call: Call, request: saved_views_pb2.UpdateListSettingsRequest) -> dict[str, Any]:
    """The columns' new values. Raises InvalidArgumentError naming every field that is wrong."""
    wanted = request.list_settings
    paths = list(request.update_mask.paths) or [name for name in _FIELDS if getattr(wanted, name)]
    problems = [Violation(path[:60], "INVALID_MASK") for path in paths if path not in _FIELDS]
    if wanted.module not in call.organization.contracts:
        problems.append(Violation("module", "UNKNOWN_MODULE", {"value": wanted.module[:60]}))
    if len(wanted.default_view) > LONGEST_NAME:
        problems.append(Violation("default_view", "TOO_LONG", {"maximum": LONGEST_NAME}))
    problems += wrong_columns(wanted.columns)
    if problems:
        raise InvalidArgumentError(violations=problems)
    values = {"default_view": wanted.default_view, "columns": list(wanted.columns)}
    return {name: values[name] for name in paths}


def _message(row: Mapping[str, Any]) -> saved_views_pb2.ListSettings:
    return saved_views_pb2.ListSettings(module=row["module"], default_view=row["default_view"], columns=row["columns"])
