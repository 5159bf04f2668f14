"""`ControlPlaneService`: snapshots, keys and revocations for the other services, and the same for identity itself."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from typing_extensions import override

from chassis.authz.authenticator import API_TOKEN_PREFIX
from chassis.authz.identity import Identity
from chassis.call import Call, system_call
from chassis.database.connection import Database, Transaction
from chassis.errors import NotFoundError, UnauthenticatedError
from chassis.resources.kinds import to_date, to_timestamp
from chassis.resources.projection import Projection
from chassis.resources.records import record_id
from guanxi.identity.v1 import control_plane_pb2, holidays_pb2, organizations_pb2
from identity.clients.table import api_clients
from identity.custom_fields.resource import CUSTOM_FIELDS
from identity.custom_fields.table import custom_fields
from identity.custom_modules.resource import CUSTOM_MODULES
from identity.custom_modules.table import custom_modules
from identity.holidays.table import holidays
from identity.organizations.table import organizations
from identity.roles.resource import ROLES
from identity.roles.table import roles
from identity.sessions import secrets
from identity.sessions.issuer import Issuer, lifetime
from identity.sessions.keys import PERIOD, SigningKeys
from identity.sessions.table import api_tokens, revocations
from identity.teams.table import teams
from identity.users.table import memberships, users

_MEMBER = ("id", "name", "email", "team_id", "role_ids", "active", "language", "delete_time")
_TEAM = ("id", "name", "parent_id", "manager_id", "delete_time")
REVOCATIONS_KEPT = timedelta(minutes=10)
# Of holidays, services know those that can matter to what is open: a snapshot is kept in memory by every process.
HOLIDAYS_KEPT, MOST_HOLIDAYS = timedelta(days=366), 1_000


class ControlPlane(Identity):
    """What the control plane says, read from identity's own tables."""

    # Its own snapshot costs one small query; changes are seen at once.
    poll_seconds = 0.5

    def __init__(self, database: Database, keys: SigningKeys, issuer: Issuer) -> None:
        self._database = database
        self._keys = keys
        self._issuer = issuer
        self._role = Projection(ROLES)
        self._custom_field = Projection(CUSTOM_FIELDS)
        self._custom_module = Projection(CUSTOM_MODULES)

    @override
    def signing_keys(self) -> Mapping[str, bytes]:
        """Id → public key."""
        return self._keys.published()

    @override
    def revocations(self) -> set[str]:
        """Sessions and API tokens that ended within the last 10 minutes."""
        since = datetime.now(UTC) - REVOCATIONS_KEPT
        with self._database.work() as connection:
            rows = connection.execute(sa.select(revocations.c.session_id).where(revocations.c.end_time > since))
            return set(rows.scalars())

    @override
    def snapshot(self, org_id: uuid.UUID, known_version: int) -> control_plane_pb2.Snapshot | None:
        """The snapshot, when it is newer than `known_version`. Raises NotFoundError for an unknown organization."""
        call = system_call(org_id, seconds=10)
        version = self._database.read(
            call, sa.select(organizations.c.policy_version).where(organizations.c.org_id == org_id)
        )
        if not version:
            raise NotFoundError
        if version[0].policy_version <= known_version:
            return None
        with self._database.snapshot(call) as transaction:
            return self._read(transaction, known_version)

    def organization_ids(self) -> list[uuid.UUID]:
        """Every organization: each has members from its first moment."""
        with self._database.work() as connection:
            return list(connection.scalars(sa.select(memberships.c.org_id).distinct().order_by(memberships.c.org_id)))

    @override
    def exchange(self, token: str) -> tuple[str, int]:
        """An access token for an API token. Raises UnauthenticatedError."""
        presented = secrets.parts(token, API_TOKEN_PREFIX)
        if presented is None:
            raise UnauthenticatedError
        org_id, token_hash = presented
        with self._database.write(system_call(org_id)) as transaction:
            row = transaction.execute(
                sa.update(api_tokens)
                .where(
                    api_tokens.c.org_id == org_id,
                    api_tokens.c.secret_hash == token_hash,
                    api_tokens.c.end_time.is_(None),
                    api_tokens.c.expire_time > sa.func.now(),
                )
                .values(last_use_time=sa.func.now())
                .returning(api_tokens)
            ).first()
            if row is None:
                raise UnauthenticatedError
            self._issuer.describe(transaction, row.user_id)
            seconds, scope = lifetime(row.expire_time), " ".join(row.scopes)
            token = self._issuer.access_token(
                transaction, row.user_id, str(row.id), "token", seconds=seconds, scope=scope
            )
            return token, seconds

    def _read(self, transaction: Transaction, known_version: int) -> control_plane_pb2.Snapshot:
        org_id = transaction.call.org_id
        row = transaction.execute(sa.select(organizations).where(organizations.c.org_id == org_id)).one()
        return control_plane_pb2.Snapshot(
            organization_id=str(org_id),
            version=row.policy_version,
            name=row.name,
            time_zone=row.time_zone,
            currency=row.currency,
            language=row.language,
            members=[_member(item) for item in _all(transaction, users, *_MEMBER, since=known_version)],
            members_since=known_version,
            teams=[_team(item) for item in _all(transaction, teams, *_TEAM) if item["delete_time"] is None],
            roles=_messages(self._role, _all(transaction, roles)),
            custom_fields=_messages(self._custom_field, _all(transaction, custom_fields)),
            custom_modules=_messages(self._custom_module, _used(_all(transaction, custom_modules))),
            api_clients=[_client(item) for item in _all(transaction, api_clients)],
            working_hours=[organizations_pb2.WorkingHours(**item) for item in row.working_hours],
            holidays=_holidays(transaction),
            fiscal_year_start_month=row.fiscal_year_start_month,
        )


class ControlPlaneServicer:
    """Handlers of `ControlPlaneService`."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane

    def get_snapshot(
        self, call: Call, request: control_plane_pb2.GetSnapshotRequest
    ) -> control_plane_pb2.GetSnapshotResponse:
        """For services."""
        org_id = record_id(request.organization_id, "organization_id")
        return control_plane_pb2.GetSnapshotResponse(
            snapshot=self._control_plane.snapshot(org_id, request.known_version)
        )

    def list_signing_keys(
        self, call: Call, request: control_plane_pb2.ListSigningKeysRequest
    ) -> control_plane_pb2.ListSigningKeysResponse:
        """For everybody."""
        answer = control_plane_pb2.ListSigningKeysResponse()
        for key_id, public_key in self._control_plane.signing_keys().items():
            key = answer.keys.add(id=key_id, public_key=public_key)
            key.expire_time.FromDatetime(datetime.now(UTC) + PERIOD)
        return answer

    def list_organization_ids(
        self, call: Call, request: control_plane_pb2.ListOrganizationIdsRequest
    ) -> control_plane_pb2.ListOrganizationIdsResponse:
        """For services."""
        found = [str(org_id) for org_id in self._control_plane.organization_ids()]
        return control_plane_pb2.ListOrganizationIdsResponse(organization_ids=found)

    def list_revocations(
        self, call: Call, request: control_plane_pb2.ListRevocationsRequest
    ) -> control_plane_pb2.ListRevocationsResponse:
        """For services."""
        return control_plane_pb2.ListRevocationsResponse(session_ids=sorted(self._control_plane.revocations()))

    def exchange_api_token(
        self, call: Call, request: control_plane_pb2.ExchangeApiTokenRequest
    ) -> control_plane_pb2.ExchangeApiTokenResponse:
        """For services."""
        token, expires_in = self._control_plane.exchange(request.token)
        return control_plane_pb2.ExchangeApiTokenResponse(access_token=token, expires_in=expires_in)


def _all(transaction: Transaction, table: sa.Table, *columns: str, since: int = 0) -> list[Mapping[str, Any]]:
    """The organization's rows, of some columns or of all, changed after a version: there are thousands of users."""
    wanted = sa.select(*(table.c[name] for name in columns)) if columns else sa.select(table)
    wanted = wanted.where(table.c.policy_version > since) if since else wanted
    rows = transaction.execute(wanted.where(table.c.org_id == transaction.call.org_id).order_by(table.c.id))
    return [dict(row) for row in rows.mappings()]


def _used(modules: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in modules if not row["disabled"]]


def _messages(projection: Projection, rows: list[Mapping[str, Any]]) -> Any:
    return [projection.message(row) for row in rows if row["delete_time"] is None]


def _holidays(transaction: Transaction) -> list[holidays_pb2.Holiday]:
    found = (
        sa.select(holidays.c.date, holidays.c.name, holidays.c.working, holidays.c.hours)
        .where(
            holidays.c.org_id == transaction.call.org_id,
            holidays.c.delete_time.is_(None),
            holidays.c.date >= datetime.now(UTC).date() - HOLIDAYS_KEPT,
        )
        .order_by(holidays.c.date)
        .limit(MOST_HOLIDAYS)
    )
    return [
        holidays_pb2.Holiday(date=to_date(row.date), name=row.name, working=row.working, hours=row.hours)
        for row in transaction.execute(found)
    ]


def _member(row: Mapping[str, Any]) -> control_plane_pb2.Member:
    return control_plane_pb2.Member(
        id=str(row["id"]),
        name=row["name"],
        email=row["email"] or "",
        team_id=str(row["team_id"] or ""),
        role_ids=[str(role_id) for role_id in row["role_ids"]],
        active=row["active"],
        language=row["language"] or "",
        deleted=row["delete_time"] is not None,
    )


def _client(row: Mapping[str, Any]) -> control_plane_pb2.ClientMember:
    return control_plane_pb2.ClientMember(
        id=str(row["id"]),
        name=row["name"],
        role_ids=[str(role_id) for role_id in row["role_ids"]],
        scopes=row["scopes"],
        secret_ids=row["secret_ids"],
        disabled=bool(row["disabled"]),
        deleted=row["delete_time"] is not None,
        expire_time=to_timestamp(row["expire_time"]) if row["expire_time"] else None,
    )


def _team(row: Mapping[str, Any]) -> control_plane_pb2.TeamNode:
    return control_plane_pb2.TeamNode(
        id=str(row["id"]),
        name=row["name"],
        parent_id=str(row["parent_id"] or ""),
        manager_id=str(row["manager_id"] or ""),
    )
