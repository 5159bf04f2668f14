"""Custom methods of API clients: their secrets, and access tokens for them (OAuth 2.0 client credentials)."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from google.protobuf.message import Message

from chassis import ids
from chassis.call import Call, system_call
from chassis.database.connection import Transaction
from chassis.errors import InvalidArgumentError, NotFoundError, PreconditionError, UnauthenticatedError
from chassis.events.outbox import Change, emit
from chassis.ids import uuid7
from chassis.rates import place_of
from chassis.resources.kinds import to_timestamp
from chassis.resources.records import record_id
from chassis.resources.resource import Draft
from chassis.service import Service
from guanxi.identity.v1 import api_clients_pb2
from identity.clients.resource import refuse_beyond_own
from identity.clients.scopes import covers, is_scope
from identity.clients.table import WORKING, api_client_secrets, api_clients
from identity.sessions import secrets, throttle
from identity.sessions.issuer import Issuer, lifetime

SECRET_PREFIX = "gxs_"  # noqa: S105 - how a secret begins
MOST_SECRETS = 2
GRANT_TYPE = "client_credentials"
TOKEN_TYPE = "Bearer"  # noqa: S105 - RFC 6750
# Of one client from one address, within a quarter of an hour.
_MOST_REFUSED = 50
_HINT = 4


class ApiClientServicer:
    """Handlers of `ApiClientService` beside the standard ones."""

    def __init__(self, service: Service, issuer: Issuer) -> None:
        self._records = service.records["api_clients"]
        self._database = service.database
        self._issuer = issuer

    def create_api_client_secret(
        self, call: Call, request: api_clients_pb2.CreateApiClientSecretRequest
    ) -> api_clients_pb2.CreateApiClientSecretResponse:
        """A new secret; it is in this answer and nowhere else."""
        made: dict[str, Any] = {}
        secret, secret_hash = secrets.opaque(call.org_id, SECRET_PREFIX)

        def add(transaction: Transaction, client: Mapping[str, Any]) -> Draft:
            # Who holds the secret has the client's rights.
            refuse_beyond_own(transaction, client["role_ids"])
            if len(client["secret_ids"]) >= MOST_SECRETS:
                raise PreconditionError("SECRETS_FULL", maximum=MOST_SECRETS)
            row = {
                "org_id": call.org_id,
                "id": uuid7(),
                "client_id": client["id"],
                "secret_hash": secret_hash,
                "hint": secret[-_HINT:],
            }
            added = sa.insert(api_client_secrets).values(row).returning(api_client_secrets)
            made["row"] = transaction.execute(added).one()
            return self._written(transaction, client, [*client["secret_ids"], str(row["id"])], "secret_created")

        self._records.change(call, request, request.id, add, "administer")
        return api_clients_pb2.CreateApiClientSecretResponse(secret=_message(made["row"]), client_secret=secret)

    def list_api_client_secrets(
        self, call: Call, request: api_clients_pb2.ListApiClientSecretsRequest
    ) -> api_clients_pb2.ListApiClientSecretsResponse:
        """The secrets in force, without what they are."""
        client_id = record_id(request.id)
        mine = (api_client_secrets.c.org_id == call.org_id, api_client_secrets.c.client_id == client_id)
        newest = api_client_secrets.c.create_time.desc()
        rows = self._database.read(call, sa.select(api_client_secrets).where(*mine).order_by(newest))
        if not rows and not self._records.visible(call, [client_id]):
            raise NotFoundError
        return api_clients_pb2.ListApiClientSecretsResponse(secrets=[_message(row) for row in rows])

    def delete_api_client_secret(self, call: Call, request: api_clients_pb2.DeleteApiClientSecretRequest) -> Message:
        """End a secret, and with it the access tokens that were made with it."""
        secret_id = record_id(request.secret_id, "secret_id")

        def remove(transaction: Transaction, client: Mapping[str, Any]) -> Draft:
            gone = transaction.execute(
                sa.delete(api_client_secrets).where(
                    api_client_secrets.c.org_id == call.org_id,
                    api_client_secrets.c.client_id == client["id"],
                    api_client_secrets.c.id == secret_id,
                )
            )
            if not gone.rowcount:
                raise NotFoundError
            left = [each for each in client["secret_ids"] if each != str(secret_id)]
            return self._written(transaction, client, left, "secret_deleted")

        return self._records.change(call, request, request.id, remove, "administer")

    def create_access_token(
        self, call: Call, request: api_clients_pb2.CreateAccessTokenRequest
    ) -> api_clients_pb2.CreateAccessTokenResponse:
        """A token for a client that proves who it is. Raises UnauthenticatedError, the same for whatever is wrong."""
        if request.grant_type != GRANT_TYPE:
            raise InvalidArgumentError.of("grant_type", "UNKNOWN_GRANT_TYPE")
        presented = secrets.parts(request.client_secret, SECRET_PREFIX)
        client_id = ids.parse(request.client_id)
        if presented is None or client_id is None:
            raise UnauthenticatedError("WRONG_CLIENT")
        org_id, secret_hash = presented
        issuing = system_call(org_id, of=call)
        with self._database.write(issuing) as transaction:
            client, secret_id = _proved(transaction, client_id, secret_hash)
            if client is not None:
                return self._token(transaction, client, str(secret_id), request.scope)
        self._refuse(issuing, client_id)
        raise UnauthenticatedError("WRONG_CLIENT")

    def _token(
        self, transaction: Transaction, client: Any, secret_id: str, wanted: str
    ) -> api_clients_pb2.CreateAccessTokenResponse:
        scope, seconds = _narrowed(wanted.split(), client.scopes), lifetime(client.expire_time)
        token = self._issuer.access_token(
            transaction,
            client.id,
            secret_id,
            "client",
            seconds=seconds,
            scope=scope,
            rate=client.requests_per_minute,
        )
        return api_clients_pb2.CreateAccessTokenResponse(
            access_token=token, token_type=TOKEN_TYPE, expires_in=seconds, scope=scope or " ".join(client.scopes)
        )

    def _refuse(self, call: Call, client_id: uuid.UUID) -> None:
        """Put a refused attempt into the audit log, where there is such a client."""
        throttle.count(self._database, {f"client:{client_id}:{place_of(call.principal.address)}": _MOST_REFUSED})
        with self._database.write(call) as transaction:
            known = sa.select(api_clients.c.id).where(
                api_clients.c.org_id == call.org_id, api_clients.c.id == client_id
            )
            if transaction.execute(known).first() is not None:
                emit(transaction, "identity.AccessToken", "refused", [Change(client_id, 1, None, None)])

    def _written(self, transaction: Transaction, client: Mapping[str, Any], secret_ids: list[str], verb: str) -> Draft:
        draft = Draft.of(client)
        draft.values["secret_ids"] = secret_ids
        self._records.write(transaction, [draft], verb)
        return draft


def _proved(transaction: Transaction, client_id: uuid.UUID, secret_hash: bytes) -> tuple[Any, uuid.UUID | None]:
    """The client whose secret this is, and the secret's id, both now used; None for the client where anything is wrong."""
    org_id = transaction.call.org_id
    secret_id = transaction.execute(
        sa.update(api_client_secrets)
        .where(
            api_client_secrets.c.org_id == org_id,
            api_client_secrets.c.client_id == client_id,
            api_client_secrets.c.secret_hash == secret_hash,
        )
        .values(last_use_time=sa.func.now())
        .returning(api_client_secrets.c.id)
    ).scalar()
    if secret_id is None:
        return None, None
    client = transaction.execute(
        sa.update(api_clients)
        .where(api_clients.c.org_id == org_id, api_clients.c.id == client_id, *WORKING)
        .values(last_use_time=sa.func.now())
        .returning(api_clients)
    ).first()
    return client, secret_id


def _narrowed(wanted: list[str], allowed: list[str]) -> str:
    """The scope of a token, as asked for. Raises InvalidArgumentError for one that is none, or beyond the client's."""
    for scope in dict.fromkeys(wanted):
        if not is_scope(scope) or (allowed and not covers(allowed, scope)):
            raise InvalidArgumentError.of("scope", "UNKNOWN_SCOPE", value=scope[:60])
    return " ".join(dict.fromkeys(wanted))


def _message(row: Any) -> api_clients_pb2.ApiClientSecret:
    return api_clients_pb2.ApiClientSecret(
        id=str(row.id),
        hint=row.hint,
        create_time=to_timestamp(row.create_time),
        last_use_time=to_timestamp(row.last_use_time) if row.last_use_time else None,
    )
