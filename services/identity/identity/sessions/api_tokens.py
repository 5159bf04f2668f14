"""`ApiTokenService`: tokens with which programs act as the user who made them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from google.protobuf.empty_pb2 import Empty

from chassis import ids
from chassis.authz.authenticator import API_TOKEN_PREFIX
from chassis.call import Call
from chassis.database.connection import Database, Transaction
from chassis.errors import InvalidArgumentError, NotFoundError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.resources.kinds import InvalidValue, checked_text, to_timestamp
from guanxi.identity.v1 import api_tokens_pb2
from identity.clients.scopes import wrong_scopes
from identity.sessions import secrets
from identity.sessions.endings import end_api_token
from identity.sessions.issuer import owner_id
from identity.sessions.table import api_tokens

DEFAULT_DAYS, MOST_DAYS = 90, 365


class ApiTokenServicer:
    """Handlers of `ApiTokenService`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_api_token(
        self, call: Call, request: api_tokens_pb2.CreateApiTokenRequest
    ) -> api_tokens_pb2.CreateApiTokenResponse:
        """A new token; its secret is in this answer and nowhere else."""
        days = request.days or DEFAULT_DAYS
        if not 1 <= days <= MOST_DAYS:
            raise InvalidArgumentError.of("days", "TOKEN_DAYS")
        try:
            name = checked_text("name", request.name, 100)
        except InvalidValue as error:
            raise InvalidArgumentError(violations=[error.violation]) from error
        if not name:
            raise InvalidArgumentError.of("name", "REQUIRED")
        scopes = list(dict.fromkeys(request.scopes))
        problems = wrong_scopes(scopes)
        if problems:
            raise InvalidArgumentError(violations=problems)
        with self._database.write(call) as transaction:
            return self._made(transaction, name, scopes, timedelta(days=days))

    def rotate_api_token(
        self, call: Call, request: api_tokens_pb2.RotateApiTokenRequest
    ) -> api_tokens_pb2.CreateApiTokenResponse:
        """A token that does what an old one of the caller's did; the old one ends."""
        with self._database.write(call) as transaction:
            old = transaction.execute(
                sa.select(api_tokens)
                .where(*_working(call.org_id, owner_id(call)), api_tokens.c.id == ids.parse(request.id))
                .with_for_update()
            ).first()
            if old is None:
                raise NotFoundError
            end_api_token(transaction, api_tokens.c.id == old.id)
            return self._made(transaction, old.name, old.scopes, old.expire_time - old.create_time)

    def _made(
        self, transaction: Transaction, name: str, scopes: Sequence[str], lasting: timedelta
    ) -> api_tokens_pb2.CreateApiTokenResponse:
        call = transaction.call
        token, token_hash = secrets.opaque(call.org_id, API_TOKEN_PREFIX)
        now = datetime.now(UTC)
        row = {
            "org_id": call.org_id,
            "id": uuid7(),
            "user_id": owner_id(call),
            "name": name,
            "secret_hash": token_hash,
            "scopes": list(scopes),
            "create_time": now,
            "expire_time": now + lasting,
        }
        made = transaction.execute(sa.insert(api_tokens).values(row).returning(api_tokens)).one()
        emit(transaction, "identity.ApiToken", "created", [Change(made.id, 1, None, None, ("name", *scopes))])
        return api_tokens_pb2.CreateApiTokenResponse(api_token=token_message(made), token=token)

    def list_api_tokens(
        self, call: Call, request: api_tokens_pb2.ListApiTokensRequest
    ) -> api_tokens_pb2.ListApiTokensResponse:
        """The caller's own tokens that still work."""
        rows = self._database.read(call, tokens_of(call.org_id, owner_id(call)))
        return api_tokens_pb2.ListApiTokensResponse(api_tokens=[token_message(row) for row in rows])

    def delete_api_token(self, call: Call, request: api_tokens_pb2.DeleteApiTokenRequest) -> Empty:
        """End one of the caller's tokens."""
        with self._database.write(call) as transaction:
            mine = (api_tokens.c.id == ids.parse(request.id), api_tokens.c.user_id == owner_id(call))
            if not end_api_token(transaction, *mine):
                raise NotFoundError
        return Empty()


def tokens_of(org_id: uuid.UUID, user_id: uuid.UUID) -> "sa.Select[Any]":
    """A user's tokens that work."""
    return sa.select(api_tokens).where(*_working(org_id, user_id)).order_by(api_tokens.c.create_time.desc())


def _working(org_id: uuid.UUID, user_id: uuid.UUID) -> list[sa.ColumnElement[bool]]:
    return [
        api_tokens.c.org_id == org_id,
        api_tokens.c.user_id == user_id,
        api_tokens.c.end_time.is_(None),
        api_tokens.c.expire_time > sa.func.now(),
    ]


def token_message(row: Any) -> api_tokens_pb2.ApiToken:
    """A token as people see it: without its secret."""
    return api_tokens_pb2.ApiToken(
        id=str(row.id),
        name=row.name,
        create_time=to_timestamp(row.create_time),
        expire_time=to_timestamp(row.expire_time),
        last_use_time=to_timestamp(row.last_use_time) if row.last_use_time else None,
        scopes=row.scopes,
    )
