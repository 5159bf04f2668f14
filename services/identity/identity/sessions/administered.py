"""What opens the organization in a user's name, seen and ended by an administrator."""

import uuid
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.call import Call
from chassis.errors import NotFoundError
from chassis.resources.records import record_id
from chassis.service import Service
from guanxi.identity.v1 import users_pb2
from identity.roles.escalation import refuse_beyond_user
from identity.sessions.api_tokens import token_message, tokens_of
from identity.sessions.endings import end_api_token, end_session
from identity.sessions.lifetime import Lifetime
from identity.sessions.servicer import session_message, sessions_of
from identity.sessions.table import api_tokens, sessions

ALL = "-"


class AdministeredSessions:
    """Handlers of `UserService` for sessions and API tokens of users."""

    def __init__(self, service: Service) -> None:
        self._of_users = service.records["users"]
        self._database = service.database

    def list_user_sessions(
        self, call: Call, request: users_pb2.ListUserSessionsRequest
    ) -> users_pb2.ListUserSessionsResponse:
        """Those that go on, and work."""
        user_id = self._of_users.query.get(call, record_id(request.id), operation="administer")["id"]
        with self._database.snapshot(call) as transaction:
            lifetime = Lifetime.of(transaction)
            begun = transaction.execute(sessions_of(call.org_id, user_id, lifetime)).all()
            tokens = transaction.execute(tokens_of(call.org_id, user_id).limit(200)).all()
        return users_pb2.ListUserSessionsResponse(
            sessions=[session_message(row, call, lifetime) for row in begun],
            api_tokens=[token_message(row) for row in tokens],
        )

    def delete_user_session(self, call: Call, request: users_pb2.DeleteUserSessionRequest) -> Empty:
        """End one, or all but the caller's own that calls."""
        mine = ids.parse(call.principal.session_id)
        return self._end(call, request.id, request.session_id, sessions, sessions.c.id.is_distinct_from(mine))

    def delete_user_api_token(self, call: Call, request: users_pb2.DeleteUserApiTokenRequest) -> Empty:
        """End one, or all."""
        return self._end(call, request.id, request.api_token_id, api_tokens, sa.true())

    def _end(self, call: Call, user: str, wanted: str, table: sa.Table, among_all: sa.ColumnElement[Any]) -> Empty:
        user_id, chosen = record_id(user), ids.parse(wanted)
        with self._database.write(call) as transaction:
            found = self._of_users.lock(transaction, [user_id], "administer").get(user_id)
            if found is None:
                raise NotFoundError
            refuse_beyond_user(transaction, found)
            which = among_all if wanted == ALL else table.c.id == (chosen or uuid.UUID(int=0))
            end = end_session if table is sessions else end_api_token
            if not end(transaction, table.c.user_id == user_id, which) and wanted != ALL:
                raise NotFoundError
        return Empty()
