"""`PreferenceService`: a member's own time zone, formats and language.

Checked by the contracts of the fields they stand for: what an organization may settle, and nothing else.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.call import Call
from chassis.contract import contract_of
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, Violation
from chassis.resources.kinds import KINDS, InvalidValue
from chassis.resources.resource import Draft
from chassis.service import Service
from guanxi.identity.v1 import organizations_pb2, preferences_pb2
from identity.preferences.table import preferences
from identity.sessions.issuer import owner_id
from identity.users.table import users

_KEPT = ("time_zone", "date_format", "number_format")
_FIELDS = ("language", *_KEPT)
_CONTRACTS = contract_of(organizations_pb2.Organization).fields


class PreferenceServicer:
    """Handlers of `PreferenceService`."""

    def __init__(self, service: Service) -> None:
        self._database = service.database
        self._users = service.records["users"]

    def get_preferences(
        self, call: Call, request: preferences_pb2.GetPreferencesRequest
    ) -> preferences_pb2.Preferences:
        """The caller's own."""
        with self._database.snapshot(call) as transaction:
            return _read(transaction, owner_id(call))

    def update_preferences(
        self, call: Call, request: preferences_pb2.UpdatePreferencesRequest
    ) -> preferences_pb2.Preferences:
        """Settle some, or have them as the organization has them."""
        values = _checked(request)
        user_id = owner_id(call)
        with self._database.write(call) as transaction:
            if "language" in values:
                self._speak(transaction, user_id, values.pop("language"))
            if values:
                row = {"org_id": call.org_id, "user_id": user_id, **values}
                made = insert(preferences).values(row)
                transaction.execute(made.on_conflict_do_update(index_elements=["org_id", "user_id"], set_=values))
            return _read(transaction, user_id)

    def _speak(self, transaction: Transaction, user_id: Any, language: str | None) -> None:
        """Mails follow the user's record, so it changes like any other of its fields, with an event."""
        row = (
            transaction.execute(
                sa.select(*self._users.resource.columns)
                .where(users.c.org_id == transaction.call.org_id, users.c.id == user_id)
                .with_for_update()
            )
            .mappings()
            .first()
        )
        if row is None:
            raise NotFoundError
        draft = Draft.of(dict(row))
        draft.values["language"] = language
        if draft.changed("language"):
            self._users.write(transaction, [draft])


def _checked(request: preferences_pb2.UpdatePreferencesRequest) -> dict[str, str | None]:
    """The columns' new values. Raises InvalidArgumentError naming every field that is wrong."""
    wanted = list(request.update_mask.paths) or [name for name in _FIELDS if getattr(request.preferences, name)]
    values: dict[str, str | None] = {}
    problems = []
    for name in wanted:
        if name not in _FIELDS:
            problems.append(Violation(name[:60], "INVALID_MASK"))
            continue
        text, contract = getattr(request.preferences, name), _CONTRACTS[name]
        try:
            values[name] = KINDS[contract.kind].check(contract, text) if text else None
        except InvalidValue as error:
            problems.append(error.violation)
    if problems:
        raise InvalidArgumentError(violations=problems)
    return values


def _read(transaction: Transaction, user_id: Any) -> preferences_pb2.Preferences:
    row = transaction.execute(
        sa.select(users.c.language, *(preferences.c[name] for name in _KEPT))
        .outerjoin(preferences, sa.and_(preferences.c.org_id == users.c.org_id, preferences.c.user_id == users.c.id))
        .where(users.c.org_id == transaction.call.org_id, users.c.id == user_id)
    )
    return preferences_pb2.Preferences(**{name: value for name, value in row.mappings().one().items() if value})
