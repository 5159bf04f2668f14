"""Effective permissions of users: what every service grants them, and which role it comes from."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chassis.authz.access import OPERATIONS, SCOPES, Access
from chassis.authz.organization import Organization
from chassis.call import Call
from chassis.errors import InvalidArgumentError
from chassis.explain import refuse_unseen_rights
from chassis.resources.records import record_id
from chassis.service import Service
from guanxi.identity.v1 import control_plane_pb2, roles_pb2, users_pb2
from identity.roles.rules import AREAS

MOST = 200


class EffectiveAccess:
    """Handlers of `UserService` for what a user may do."""

    def __init__(self, service: Service) -> None:
        self._all_users = service.records["users"]
        self._all_roles = service.records["roles"]

    def get_user_access(self, call: Call, request: users_pb2.GetUserAccessRequest) -> users_pb2.UserAccess:
        """Of an inactive user, what they may do when they are active. Read now: it may have changed a moment ago."""
        refuse_unseen_rights(call)
        user = self._all_users.query.get(call, record_id(request.id), deleted=True)
        roles = self._roles(call, user["role_ids"])
        organization = _organization(call, [user], roles)
        modules = (_module(organization, user["id"], *each) for each in _grantable(organization).items())
        return users_pb2.UserAccess(
            active=user["active"] and user["delete_time"] is None,
            roles=[users_pb2.HeldRole(id=role.id, name=role.name) for role in roles],
            modules=[module for module in modules if module.operations],
        )

    def batch_get_user_access_summaries(
        self, call: Call, request: users_pb2.BatchGetUserAccessSummariesRequest
    ) -> users_pb2.BatchGetUserAccessSummariesResponse:
        """Counted once for users of the same roles."""
        refuse_unseen_rights(call)
        if len(request.ids) > MOST:
            raise InvalidArgumentError.of("ids", "TOO_MANY", maximum=MOST)
        wanted = [record_id(value, "ids") for value in request.ids]
        found = self._all_users.query.batch(call, wanted, deleted=True, skip_missing=True)
        organization = _organization(
            call, found, self._roles(call, {role for user in found for role in user["role_ids"]})
        )
        summaries: dict[frozenset[uuid.UUID], users_pb2.UserAccessSummary] = {}
        answer = users_pb2.BatchGetUserAccessSummariesResponse()
        for user in found:
            held = frozenset(user["role_ids"])
            if held not in summaries:
                summaries[held] = _summary(organization, user["id"])
            answer.users.append(summaries[held])
            answer.users[-1].id = str(user["id"])
        return answer

    def _roles(self, call: Call, wanted: Iterable[uuid.UUID]) -> list[roles_pb2.Role]:
        rows = self._all_roles.query.batch(call, list(wanted), skip_missing=True)
        return list(self._all_roles.each_shown(call, rows))  # type: ignore[arg-type]


def _organization(call: Call, users: Sequence[Mapping[str, Any]], roles: Sequence[roles_pb2.Role]) -> Organization:
    """What a service would make of them."""
    known = {role.id for role in roles}
    members = [
        control_plane_pb2.Member(
            id=str(user["id"]), role_ids=[str(held) for held in user["role_ids"] if str(held) in known], active=True
        )
        for user in users
    ]
    return Organization(
        control_plane_pb2.Snapshot(
            members=members, roles=roles, custom_modules=call.organization.message.custom_modules
        )
    )


def _summary(organization: Organization, user_id: uuid.UUID) -> users_pb2.UserAccessSummary:
    access, grantable = organization.access_of(user_id) or Access.nothing(), _grantable(organization)
    summary, missing = users_pb2.UserAccessSummary(), 0
    for operation in OPERATIONS:
        granted = [access.scope(module, operation) for module, known in grantable.items() if operation in known]
        scopes = [scope for scope in granted if scope is not None]
        missing += sum(scope != "all" for scope in granted)
        if scopes:
            widest = max(scopes, key=SCOPES.index)
            summary.operations.add(operation=operation, modules=len(scopes), scope=widest)
    summary.everything = not missing
    return summary


def _grantable(organization: Organization) -> dict[str, tuple[str, ...]]:
    """Module → the operations that can be granted on it."""
    modules = dict.fromkeys(sorted(organization.contracts), OPERATIONS)
    return modules | {name: operations for name, (_, operations) in AREAS.items()}


def _module(
    organization: Organization, user_id: uuid.UUID, name: str, operations: tuple[str, ...]
) -> users_pb2.ModuleAccess:
    access = organization.access_of(user_id) or Access.nothing()
    hidden = access.hidden(name)
    return users_pb2.ModuleAccess(
        module=name,
        operations=_operations(organization, user_id, name, operations),
        hidden_fields=sorted(hidden),
        read_only_fields=sorted(access.read_only(name) - hidden),
    )


def _operations(
    organization: Organization, user_id: uuid.UUID, module: str, operations: tuple[str, ...]
) -> Iterator[users_pb2.OperationAccess]:
    access = organization.access_of(user_id) or Access.nothing()
    for operation in operations:
        scope = access.scope(module, operation)
        if scope is not None:
            roles = organization.granting(user_id, module, operation)
            yield users_pb2.OperationAccess(operation=operation, scope=scope, role_ids=[role.id for role in roles])
